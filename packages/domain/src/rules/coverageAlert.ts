/**
 * How much of what was due was observed: checks that could not look (`unknown`) and those that were never done do not
 * count. Raised below the limit, ended when half of what is missing from the limit to 100 % is there again. Judged once the
 * window has been watched in whole.
 */
import type { AlertCondition } from "../model/AlertRule.ts"
import type { Observation, RuleTurn } from "./alerts.ts"
import { turnOf } from "./degradedAlert.ts"

export interface CoverageMemory {
  readonly trigger: "coverage_lost"
  readonly isRaised: boolean
  /** Since when checks are due, epoch milliseconds; null: nothing is known yet. */
  readonly since: number | null
  readonly intervalMs: number
  /** Per step of the window, numbered since the epoch: how many were observed; the oldest first, none of nothing. */
  readonly observed: ReadonlyArray<readonly [step: number, count: number]>
}

/** Steps in a window. */
const steps = 30

export const judgeCoverage = (
  { belowPercent, windowSeconds }: Extract<AlertCondition, { readonly trigger: "coverage_lost" }>,
  before: CoverageMemory | undefined,
  { intervalMs, maintenance, status }: Observation,
  at: number
): { readonly memory: CoverageMemory; readonly turn: RuleTurn | undefined } => {
  const windowMs = windowSeconds * 1000
  const stepMs = windowMs / steps
  const step = Math.floor(at / stepMs)
  // With another interval other checks are due; a time to come was told of by a clock that has been set back since.
  const isUsable = before !== undefined && before.intervalMs === intervalMs && (before.since ?? 0) <= at
  const kept = isUsable ? before.observed.filter(([when]) => when > step - steps && when <= step) : []
  const observed = status === "unknown" ? kept : counted(kept, step)
  const since = (isUsable ? before.since : null) ?? at
  const memory = { trigger: "coverage_lost", isRaised: before?.isRaised ?? false, since, intervalMs, observed } as const
  if (at - since < windowMs) return { memory, turn: undefined }
  const seen = observed.reduce((sum, [, count]) => sum + count, 0)
  // Of the steps that are counted, the first of them whole; rounded, as checks begin a little late.
  const due = Math.max(1, Math.round((at - (step - steps + 1) * stepMs) / intervalMs))
  const percent = Math.min(100, (100 * seen) / due)
  const found = `${Math.min(seen, due)} of ${due} checks that were due within ${windowSeconds / 60} minutes were observed`
  if (!memory.isRaised && percent < belowPercent && maintenance === null) {
    const turn = turnOf("raised", "coverage_lost", `${found}, below ${belowPercent} %.`)
    return { memory: { ...memory, isRaised: true }, turn }
  }
  if (memory.isRaised && percent >= belowPercent + (100 - belowPercent) / 2) {
    const turn = turnOf("ended", "coverage_lost", `${found} again.`)
    return { memory: { ...memory, isRaised: false }, turn }
  }
  return { memory, turn: undefined }
}

const counted = (observed: CoverageMemory["observed"], step: number): CoverageMemory["observed"] => {
  const newest = observed.at(-1)
  return newest?.[0] === step ? [...observed.slice(0, -1), [step, newest[1] + 1]] : [...observed, [step, 1]]
}
