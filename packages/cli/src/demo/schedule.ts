/** When the demo's jobs run, and how it is told of one that did not. */
import type { CheckError } from "@v-insight/domain/model/CheckOutcome"
import { dueAfter, type Schedule } from "@v-insight/domain/rules/heartbeat"
import { Cron, DateTime } from "effect"
import type { Watched } from "./Watched.ts"

const zoneOf = ({ settings: { timeZone } }: Watched): string => (typeof timeZone === "string" ? timeZone : "UTC")

export const scheduleOf = (watched: Watched): Schedule => {
  const { cron, periodSeconds } = watched.settings
  return typeof cron === "string"
    ? { kind: "cron", cron: Cron.parseUnsafe(cron, zoneOf(watched)) }
    : { kind: "period", periodMs: Number(periodSeconds) * 1000 }
}

export interface Lateness {
  /** When it is late, epoch milliseconds. */
  readonly from: number
  readonly error: CheckError
}

/** Of the call that is due after one at `at`, as the kind tells it. */
export const lateAfter = (watched: Watched, at: number): Lateness => {
  const dueAt = dueAfter(scheduleOf(watched), at, 0)
  const since = `since ${tell(watched, at)}`
  return {
    from: dueAt + Number(watched.settings["graceSeconds"]) * 1000,
    error: {
      code: "heartbeat_late",
      message: `The job has not reported success ${since}. Its call was due at ${tell(watched, dueAt)}.`
    }
  }
}

/** `2026-11-21 03:00:00 Europe/Berlin` */
const tell = (watched: Watched, at: number): string => {
  const timeZone = zoneOf(watched)
  const iso = DateTime.formatIsoZoned(DateTime.makeZonedUnsafe(at, { timeZone }))
  return `${iso.slice(0, 19).replace("T", " ")} ${timeZone}`
}
