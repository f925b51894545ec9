/** Ids out of addresses: what is not one names nothing. */
import { error } from "@sveltejs/kit"
import { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { AlertRuleId } from "@v-insight/domain/model/AlertRule"
import { EscalationPolicyId } from "@v-insight/domain/model/EscalationPolicy"
import { IncidentId } from "@v-insight/domain/model/Incident"
import { MaintenanceWindowId } from "@v-insight/domain/model/MaintenanceWindow"
import { MonitorId } from "@v-insight/domain/model/Monitor"
import { OnCallOverrideId, OnCallScheduleId } from "@v-insight/domain/model/OnCallSchedule"
import { UserId } from "@v-insight/domain/model/User"
import { NotificationId } from "@v-insight/domain/model/Notification"
import { SilenceId } from "@v-insight/domain/model/Silence"
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
export const policyId = reading(EscalationPolicyId)
export const scheduleId = reading(OnCallScheduleId)
export const overrideId = reading(OnCallOverrideId)
export const windowId = reading(MaintenanceWindowId)
export const userId = reading(UserId)
export const notificationId = reading(NotificationId)
export const silenceId = reading(SilenceId)
