/**
 * From the calls of a job to what they mean, pure. A job is new until its first call; then every success begins the wait
 * for the next one. Only a success ends a failure or a delay. Calls that we could not receive make no job late.
 */
import { Cron } from "effect"

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
/** A local time that daylight saving time leaves out is some time of that hour; no known gap is longer than a day. */
const maxOmitted = 1_500
/** Occurrences that fell into pauses of ours one after the other. There are never more pauses than are remembered. */
const maxUnheard = 100

export const judge = (
  { graceMs, maxRunMs, schedule }: Expectation,
  signals: Signals,
  reception: ReadonlyArray<Span>,
  now: number
): Verdict => {
  const { exitCode, expectedSince, isStarted, outcome } = signals
  const known = (at: number | null): number | null => (at === null || at < expectedSince ? null : at)
  if (signals.startedAt === null && outcome === null) return { kind: "awaited" }
  const [startedAt, succeededAt, failedAt] = [signals.startedAt, signals.succeededAt, signals.failedAt].map(known) as [
    number | null,
    number | null,
    number | null
  ]
  if (outcome === "fail" && failedAt !== null) return { kind: "failed", at: failedAt, exitCode }

  const pauses = pausesOf(reception, now)
  /** A call between these two instants may have been lost through us; until when. */
  const pauseWithin = (from: number, to: number): number | undefined =>
    pauses.find((pause) => pause.from <= to && pause.to >= from)?.to

  if (isStarted && startedAt !== null && maxRunMs !== undefined) {
    const lateAt = startedAt + maxRunMs
    if (now <= lateAt) return { kind: "running", startedAt, lateAt }
    // It may have told its end while nobody heard it; then the schedule decides.
    if (pauseWithin(startedAt, lateAt) === undefined) return { kind: "overrun", startedAt, since: lateAt }
  }

  let dueAt = dueAfter(schedule, succeededAt ?? startedAt ?? expectedSince, graceMs)
  for (let unheard: number | undefined, turn = 0; turn < maxUnheard; turn++) {
    const lateAt = dueAt + graceMs
    if (now <= lateAt) {
      return unheard === undefined
        ? { kind: "on-time", dueAt, lateAt }
        : { kind: "unheard", dueAt: unheard, untilAt: lateAt }
    }
    const back = pauseWithin(dueAt - graceMs, lateAt)
    if (back === undefined) return { kind: "late", dueAt, since: lateAt, succeededAt }
    unheard ??= dueAt
    dueAt = dueAfter(schedule, Math.max(back, dueAt), graceMs)
  }
  return { kind: "unheard", dueAt, untilAt: dueAt + graceMs }
}

/** When the next call is due after one at `at`. */
export const dueAfter = (schedule: Schedule, at: number, graceMs: number): number => {
  if (schedule.kind === "period") return at + schedule.periodMs
  const { cron } = schedule
  let due = Cron.next(cron, at + Math.min(earlyMs, graceMs)).getTime()
  // A time of the local day that does not exist, because clocks jump over it, comes out after the jump. Job schedulers
  // run such jobs at the jump or after it: a call from either counts.
  for (let turn = 0; turn < maxOmitted && due - at <= omittedMs && !Cron.match(cron, due); turn++) {
    due = Cron.next(cron, due).getTime()
  }
  return due
}

/** How far clocks jump in spring: an hour, somewhere half of that, and never more where people live. */
const omittedMs = 3_600_000

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
