/** Incidents in words. */
import type { Incident, IncidentStatus } from "@v-insight/domain/model/Incident"
import { spanInWords } from "#lib/words/time.ts"

export const words: Readonly<Record<IncidentStatus, string>> = {
  open: "Open",
  acknowledged: "Acknowledged",
  resolved: "Resolved"
}

/** The shape that stands for it: what is not over is down. */
export const shape = (status: IncidentStatus): "down" | "up" => (status === "resolved" ? "up" : "down")

/** `Checkout API has been down for 26 minutes.` */
export const headline = (
  { monitorName, startedAt, resolvedAt }: Pick<Incident, "monitorName" | "startedAt" | "resolvedAt">,
  now: number
): string =>
  resolvedAt === null
    ? `${monitorName} has been down for ${spanInWords(now - Date.parse(startedAt))}.`
    : `${monitorName} was down for ${spanInWords(Date.parse(resolvedAt) - Date.parse(startedAt))}.`

/** `1 open, 2 acknowledged.` */
export const listHeadline = (open: number, acknowledged: number): string => {
  if (open + acknowledged === 0) return "Nothing is open."
  return `${[open > 0 ? `${open} open` : "", acknowledged > 0 ? `${acknowledged} acknowledged` : ""].filter(Boolean).join(", ")}.`
}
