/** Ids out of addresses: what is not one names nothing. */
import { error } from "@sveltejs/kit"
import { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { AlertRuleId } from "@v-insight/domain/model/AlertRule"
import { IncidentId } from "@v-insight/domain/model/Incident"
import { MonitorId } from "@v-insight/domain/model/Monitor"
import { Schema } from "effect"

const reading =
  <S extends Schema.Codec<unknown, string>>(schema: S) =>
  (text: string): S["Type"] => {
    if (!Schema.is(schema)(text)) error(404, "There is no such thing here.")
    return text
  }

export const monitorId = reading(MonitorId)
export const incidentId = reading(IncidentId)
export const channelId = reading(AlertChannelId)
export const ruleId = reading(AlertRuleId)
