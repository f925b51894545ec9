/**
 * From the calls of a job to what they mean, pure. A job is new until its first call; then every success begins the wait
 * for the next one. Only a success ends a failure or a delay. Calls that we could not receive make no job late.
 */
import { Cron } from "effect"

/** Causes of a failure that say: the call did not come. */
export const missedCodes = { late: "heartbeat_late", overrun: "heartbeat_overrun" } as const
export const isMissedCode = (code: string): boolean => Object.values<string>(missedCodes).includes(code)

export type Schedule =
  | { readonly kind: "period"; readonly periodMs: number }
  | { readonly kind: "cron"; readonly cron: Cron.Cron }

export interface Expectation {
  readonly schedule: Schedule
  /** How long after it was due a call is still in time. */
  readonly graceMs: number
  /** How long after its start call a job may take; undefined: as long as the schedule lets it. */
  readonly maxRunMs: number | undefined
}

/** Instants are epoch milliseconds, null when there was no such call. */
export interface Signals {
  /** Calls are due from here on: the monitor was made or resumed. Older ones only tell that there were calls. */
  readonly expectedSince: number
  readonly startedAt: number | null
  readonly succeededAt: number | null
  readonly failedAt: number | null
  /** The newest call that was not a start. */
  readonly outcome: "success" | "fail" | null
  readonly exitCode: number | null
  /** The newest call of all was a start. */
  readonly isStarted: boolean
}

export interface Span {
  readonly from: number
  readonly to: number
}

export type Verdict =
  /** No call yet, ever. */
  | { readonly kind: "awaited" }
  /** `dueAt` is the next one; it is late after `lateAt`. */
  | { readonly kind: "on-time"; readonly dueAt: number; readonly lateAt: number }
  /** Started, and allowed to go on until `lateAt`. */
  | { readonly kind: "running"; readonly startedAt: number; readonly lateAt: number }
  | { readonly kind: "late"; readonly dueAt: number; readonly since: number; readonly succeededAt: number | null }
  | { readonly kind: "overrun"; readonly startedAt: number; readonly since: number }
  | { readonly kind: "failed"; readonly at: number; readonly exitCode: number | null }
  /** The call may have come while none could be received: we cannot tell before `untilAt`. */
  | { readonly kind: "unheard"; readonly dueAt: number; readonly untilAt: number }

/** Shorter pauses of ours do not count: calls are due at times as coarse as that. The least grace there is. */
export const longestPauseMs = 10_000
/** Clocks differ: a call so long before its time still is the one of that time, though at most the grace. */
const earlyMs = 30_000
/** How far clocks jump in spring: an hour, somewhere half of that. */
const omittedMs = 3_600_000

export const judge = (
  expectation: Expectation,
  signals: Signals,
  reception: ReadonlyArray<Span>,
  now: number
): Verdict => {
  const { exitCode, expectedSince, isStarted, outcome } = signals
  if (signals.startedAt === null && outcome === null) return { kind: "awaited" }
  const recent = (at: number | null): number | null => (at === null || at < expectedSince ? null : at)
  const [startedAt, succeededAt, failedAt] = [
    recent(signals.startedAt),
    recent(signals.succeededAt),
    recent(signals.failedAt)
  ]
  if (outcome === "fail" && failedAt !== null) return { kind: "failed", at: failedAt, exitCode }

  const pauses = pausesOf(reception, now)
  const base = succeededAt ?? (outcome === null ? startedAt : null) ?? expectedSince
  const { maxRunMs } = expectation
  // A job that starts when it is late already has not recovered by that.
  if (
    isStarted &&
    startedAt !== null &&
    maxRunMs !== undefined &&
    bySchedule(expectation, base, succeededAt, pauses, startedAt).kind !== "late"
  ) {
    const lateAt = startedAt + maxRunMs
    if (now <= lateAt) return { kind: "running", startedAt, lateAt }
    // It may have told its end while nobody heard it; then the schedule decides.
    if (pauseWithin(pauses, startedAt, lateAt) === undefined) return { kind: "overrun", startedAt, since: lateAt }
  }
  return bySchedule(expectation, base, succeededAt, pauses, now)
}

/** How it stands at `now` with the call that is due after `base`. */
const bySchedule = (
  { graceMs, schedule }: Expectation,
  base: number,
  succeededAt: number | null,
  pauses: ReadonlyArray<Span>,
  now: number
): Verdict => {
  let dueAt = dueAfter(schedule, base, graceMs)
  let unheard: number | undefined
  let heardSince = 0
  while (true) {
    const lateAt = dueAt + graceMs
    if (now <= lateAt) {
      return unheard === undefined
        ? { kind: "on-time", dueAt, lateAt }
        : { kind: "unheard", dueAt: unheard, untilAt: lateAt }
    }
    const pause = pauseWithin(pauses, Math.max(dueAt - graceMs, heardSince), lateAt)
    if (pause === undefined) return { kind: "late", dueAt, since: lateAt, succeededAt }
    unheard ??= dueAt
    // Had the call come in the pause, the next one would be due after it. Each turn leaves one more pause behind.
    heardSince = pause.to + 1
    dueAt = dueAfter(schedule, Math.max(pause.to, dueAt), graceMs)
  }
}

/** The newest pause in which a call between two instants may have been lost. */
const pauseWithin = (pauses: ReadonlyArray<Span>, from: number, to: number): Span | undefined =>
  pauses.find((pause) => pause.from <= to && pause.to >= from)

/** When the next call is due after one at `at`. */
export const dueAfter = (schedule: Schedule, at: number, graceMs: number): number => {
  if (schedule.kind === "period") return at + schedule.periodMs
  const { cron } = schedule
  let due = Cron.next(cron, at + Math.min(earlyMs, graceMs)).getTime()
  // A local time that clocks jump over comes out after the jump, as far as it was from it. Job schedulers run such jobs
  // at the jump or after it: a call from either counts. Within an hour there are sixty such times at most.
  while (due - at <= omittedMs && !Cron.match(cron, due)) due = Cron.next(cron, due).getTime()
  return due
}

/** Spans without reception, the newest first; the one that has not ended ends now. */
const pausesOf = (reception: ReadonlyArray<Span>, now: number): ReadonlyArray<Span> => {
  const pauses: Array<Span> = []
  let to = now
  let isFirst = true
  for (const span of reception) {
    // The newest span is told of every few seconds.
    if (to - span.to > (isFirst ? longestPauseMs : 0)) pauses.push({ from: span.to, to })
    to = span.from
    isFirst = false
  }
  return reception.length === 0 ? [{ from: 0, to: now }] : pauses
}
