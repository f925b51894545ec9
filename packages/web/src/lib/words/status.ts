/** States in words and in order: what needs somebody, what is planned, what is fine. */
import type { MonitorStatus } from "@v-insight/domain/model/Monitor"
import type { MonitorSummary } from "@v-insight/domain/api/Monitors"

export const words: Readonly<Record<MonitorStatus, string>> = {
  up: "Up",
  degraded: "Degraded",
  down: "Down",
  unknown: "Unknown",
  pending: "Pending",
  paused: "Paused",
  maintenance: "Maintenance"
}

/** Worst first. */
export const order: ReadonlyArray<MonitorStatus> = [
  "down",
  "degraded",
  "unknown",
  "maintenance",
  "paused",
  "pending",
  "up"
]

export const isStatus = (text: string | null): text is MonitorStatus => order.includes(text as MonitorStatus)

export type Group = "needs you" | "planned" | "fine"

export const groupOf = (status: MonitorStatus): Group => {
  if (status === "down" || status === "degraded" || status === "unknown") return "needs you"
  return status === "maintenance" || status === "paused" ? "planned" : "fine"
}

/** A piece of a sentence; with a status it is a count that filters. */
export interface Piece {
  readonly text: string
  readonly status?: MonitorStatus
}

/** `2 down, 1 degraded, 52 up.`; `All 52 up.` when that is the whole story. */
export const headline = (summary: MonitorSummary): ReadonlyArray<Piece> => {
  if (summary.total === 0) return [{ text: "Nothing is watched yet." }]
  if (summary.up === summary.total)
    return [{ text: summary.up === 1 ? "1 up" : `All ${summary.up} up`, status: "up" }, { text: "." }]
  const told = (["down", "degraded", "up"] as const).filter((status) => summary[status] > 0)
  if (told.length === 0) return [...listed(summary, ["unknown", "maintenance", "paused", "pending"]), { text: "." }]
  return [...listed(summary, told), { text: "." }]
}

/** What the headline leaves out: `1 without data, 2 paused`; undefined when it leaves nothing out. */
export const remainder = (summary: MonitorSummary): ReadonlyArray<Piece> | undefined => {
  if (summary.down + summary.degraded + summary.up === 0) return undefined
  const pieces = listed(summary, ["unknown", "maintenance", "paused", "pending"])
  return pieces.length === 0 ? undefined : [...pieces, { text: "." }]
}

const phrases: Readonly<Record<MonitorStatus, string>> = {
  up: "up",
  degraded: "degraded",
  down: "down",
  unknown: "without data",
  pending: "waiting for the first check",
  paused: "paused",
  maintenance: "in maintenance"
}

const listed = (summary: MonitorSummary, statuses: ReadonlyArray<MonitorStatus>): ReadonlyArray<Piece> =>
  statuses
    .filter((status) => summary[status] > 0)
    .flatMap((status, index) => [
      ...(index === 0 ? [] : [{ text: ", " }]),
      { text: `${summary[status]} ${phrases[status]}`, status }
    ])
