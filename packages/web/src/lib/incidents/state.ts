/** The state of an incident in a word and a shape: apart from the other words, for lists that say no more. */
import type { AlertTrigger } from "@v-insight/domain/model/AlertRule"
import type { IncidentStatus } from "@v-insight/domain/model/Incident"
import type { MonitorStatus } from "@v-insight/domain/model/Monitor"

export const words: Readonly<Record<IncidentStatus, string>> = {
  open: "Open",
  acknowledged: "Acknowledged",
  resolved: "Resolved"
}

/** The shape that stands for it: what is over is up, of the rest whatever the monitor would be shown as. */
export const shape = (status: IncidentStatus, trigger: AlertTrigger = "down"): MonitorStatus => {
  if (status === "resolved") return "up"
  if (trigger === "down" || trigger === "heartbeat_missed") return "down"
  return trigger === "coverage_lost" ? "unknown" : "degraded"
}
