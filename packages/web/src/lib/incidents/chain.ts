/** Why did this page? The API's chain as links: what was found and decided, who was told, who was not and why. */
import type { TimelineEntry } from "@v-insight/domain/model/Incident"
import type { MonitorStatus } from "@v-insight/domain/model/Monitor"

export interface Link {
  readonly at: string
  readonly text: string
  /** Its shape. */
  readonly status: MonitorStatus
}

const shapes: Readonly<Record<string, MonitorStatus>> = {
  "went-down": "down",
  raised: "degraded",
  "raised-again": "degraded",
  degraded: "degraded",
  "began-flapping": "degraded",
  "stopped-flapping": "up",
  recovered: "up",
  ended: "up",
  "failed-in-maintenance": "maintenance",
  parent_down: "unknown",
  grouped: "unknown",
  sent: "up",
  digested: "up",
  failed: "down",
  pending: "pending",
  suppressed: "paused"
}

/** What people did is the timeline's; only what ended the telling belongs here. */
const ending = new Set(["acknowledged", "resolved", "merged"])

export const links = (chain: ReadonlyArray<TimelineEntry>): ReadonlyArray<Link> =>
  chain
    .filter(({ kind, source }) => source !== "person" || ending.has(kind))
    .map(({ at, kind, message, source }) => ({
      at,
      text: message,
      status: source === "person" ? "unknown" : (shapes[kind] ?? "unknown")
    }))

/** `Why did this page?`, of what paged nobody why not. */
export const question = (chain: ReadonlyArray<TimelineEntry>): string => {
  const told = chain.filter(({ source }) => source === "notification")
  if (told.some(({ kind }) => kind === "sent" || kind === "digested")) return "Why did this page?"
  return told.some(({ kind }) => kind === "pending") ? "Why has this not paged yet?" : "Why did this not page?"
}
