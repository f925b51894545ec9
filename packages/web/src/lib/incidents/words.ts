/** Incidents in words. */
import type { AlertTrigger } from "@v-insight/domain/model/AlertRule"
import type { Incident } from "@v-insight/domain/model/Incident"
import type { Severity } from "@v-insight/domain/model/Severity"
import { spanInWords } from "#lib/words/time.ts"

/** What is wrong, in a word, as lists and filters say it. */
export const kinds: Readonly<Record<AlertTrigger, string>> = {
  down: "Down",
  heartbeat_missed: "Missed call",
  degraded: "Degraded",
  slow_response: "Slow",
  ssl_expiry: "Certificate",
  flapping: "Flapping",
  coverage_lost: "Not seen"
}

export const severities: Readonly<Record<Severity, string>> = {
  critical: "Critical",
  warning: "Warning",
  info: "Info"
}

/** What it is doing and was doing; the time follows. */
const doing: Readonly<Record<AlertTrigger, readonly [now: string, before: string]>> = {
  down: ["has been down", "was down"],
  heartbeat_missed: ["has missed its call", "missed its call"],
  degraded: ["has been degraded", "was degraded"],
  slow_response: ["has been slow", "was slow"],
  ssl_expiry: ["has had a certificate to renew", "had a certificate to renew"],
  flapping: ["has been flapping", "was flapping"],
  coverage_lost: ["has hardly been checked", "was hardly checked"]
}

type Told = Pick<Incident, "monitorName" | "startedAt" | "resolvedAt"> & Partial<Pick<Incident, "trigger">>

/** `Checkout API has been down for 26 minutes.` */
export const headline = ({ monitorName, resolvedAt, startedAt, trigger = "down" }: Told, now: number): string => {
  const [is, was] = doing[trigger]
  return resolvedAt === null
    ? `${monitorName} ${is} for ${spanInWords(now - Date.parse(startedAt))}.`
    : `${monitorName} ${was} for ${spanInWords(Date.parse(resolvedAt) - Date.parse(startedAt))}.`
}

/** `1 open, 2 acknowledged.` */
export const listHeadline = (open: number, acknowledged: number): string => {
  if (open + acknowledged === 0) return "Nothing is open."
  return `${[open > 0 ? `${open} open` : "", acknowledged > 0 ? `${acknowledged} acknowledged` : ""].filter(Boolean).join(", ")}.`
}

const groups = { open: "Open", acknowledged: "In somebody's hands", resolved: "Resolved" } as const

/** As they are listed, by what they ask of the reader; the order within is the API's. */
export const grouped = <I extends Pick<Incident, "status">>(
  incidents: ReadonlyArray<I>
): ReadonlyArray<{ readonly title: string; readonly incidents: ReadonlyArray<I> }> =>
  (["open", "acknowledged", "resolved"] as const)
    .map((status) => ({ title: groups[status], incidents: incidents.filter((one) => one.status === status) }))
    .filter(({ incidents }) => incidents.length > 0)

/** Of a group's key: `tag prod`, `the same cause`. */
export const groupText = (key: string): string => (key.startsWith("tag:") ? `tag ${key.slice(4)}` : "the same cause")
