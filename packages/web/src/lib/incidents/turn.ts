/** The checks around the turn from good to bad, out of a stretch of them. */
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"

export interface Turn {
  /** From the first failing check to the one that decided, oldest first. */
  readonly failing: readonly [MonitorCheck, ...ReadonlyArray<MonitorCheck>]
  readonly lastGood: MonitorCheck | undefined
}

/** Times come rounded to the millisecond, not always to the same side. */
const roundingMs = 2
/** What failed this much later than the incident began did not begin it: what did is kept no longer, or not at hand. */
const tooLateMs = 60_000

/**
 * `checks` newest first; undefined when the turn is not among them. An incident starts when the check began that
 * decided, which may be well after its slot.
 */
export const turnOf = (checks: ReadonlyArray<MonitorCheck>, startedAt: string): Turn | undefined => {
  const start = Date.parse(startedAt) - roundingMs
  const oldestFirst = checks.toReversed()
  const decided = oldestFirst.findIndex(({ checkedAt, status }) => status === "down" && Date.parse(checkedAt) >= start)
  if (decided < 0) return undefined
  if (decided === 0 && Date.parse(oldestFirst[0]!.checkedAt) - start > tooLateMs) return undefined
  let first = decided
  while (first > 0 && oldestFirst[first - 1]!.status === "down") first--
  return {
    failing: [oldestFirst[first]!, ...oldestFirst.slice(first + 1, decided + 1)],
    lastGood: oldestFirst.slice(0, first).findLast(({ status }) => status === "up" || status === "degraded")
  }
}
