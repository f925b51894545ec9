/** Where people are told: one receiver of notifications. */
import { Schema } from "effect"
import { ActiveHours } from "./ActiveHours.ts"
import { Name } from "./Name.ts"
import { Timestamp } from "./Timestamp.ts"

export const AlertChannelId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("AlertChannelId"))
export type AlertChannelId = typeof AlertChannelId.Type

export const AlertChannelName = Name

/** While they last, only what is critical is told, and the rest afterwards if it is still wrong. */
export const QuietHours = Schema.Struct({ ...ActiveHours.fields, exceptCritical: Schema.Boolean }).annotate({
  identifier: "QuietHours"
})
export type QuietHours = typeof QuietHours.Type

/** So many messages in so many seconds; what is beyond them goes into one digest. */
export const StormBudget = Schema.Struct({
  messages: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
  seconds: Schema.Int.check(Schema.isBetween({ minimum: 60, maximum: 86_400 }))
}).annotate({ identifier: "StormBudget" })
export type StormBudget = typeof StormBudget.Type

/** Of a channel that says nothing else: no more than one message in 15 seconds over a while. */
export const defaultStormBudget: StormBudget = { messages: 20, seconds: 300 }

/** A channel as it is read: secret settings are left out. */
export const AlertChannel = Schema.Struct({
  id: AlertChannelId,
  name: Schema.String,
  type: Schema.String,
  settings: Schema.Record(Schema.String, Schema.Json),
  enabled: Schema.Boolean,
  quietHours: Schema.NullOr(QuietHours),
  stormBudget: StormBudget,
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "AlertChannel" })
export type AlertChannel = typeof AlertChannel.Type
