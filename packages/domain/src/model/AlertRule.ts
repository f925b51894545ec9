/** Who is told of what: "when any of these monitors goes down, tell these channels". */
import { Schema } from "effect"
import { AlertChannelId } from "./AlertChannel.ts"
import { MonitorId, Tag } from "./Monitor.ts"
import { Name } from "./Name.ts"
import { Timestamp } from "./Timestamp.ts"

export const AlertRuleId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("AlertRuleId"))
export type AlertRuleId = typeof AlertRuleId.Type

export const AlertRuleName = Name

export const AlertTrigger = Schema.Literals(["down"]).annotate({
  identifier: "AlertTrigger",
  message: "Write down: a monitor goes down"
})
export type AlertTrigger = typeof AlertTrigger.Type

/** A monitor is in scope when it is named or carries one of the tags; an empty scope is every monitor. */
export const AlertScope = Schema.Struct({
  monitorIds: Schema.optionalKey(Schema.Array(MonitorId).check(Schema.isMaxLength(1000), Schema.isUnique())),
  tags: Schema.optionalKey(Schema.Array(Tag).check(Schema.isMaxLength(20), Schema.isUnique()))
}).annotate({ identifier: "AlertScope" })
export type AlertScope = typeof AlertScope.Type

export const AlertRuleChannels = Schema.Array(AlertChannelId).check(Schema.isMaxLength(20), Schema.isUnique())

export const AlertRule = Schema.Struct({
  id: AlertRuleId,
  name: Schema.String,
  trigger: AlertTrigger,
  scope: Schema.Struct({ monitorIds: Schema.Array(MonitorId), tags: Schema.Array(Schema.String) }),
  channelIds: Schema.Array(AlertChannelId),
  enabled: Schema.Boolean,
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "AlertRule" })
export type AlertRule = typeof AlertRule.Type
