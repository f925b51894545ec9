/** What a silence matches: all of its matchers must hold of the incident. */
import type { AlertTrigger } from "../model/AlertRule.ts"
import type { Severity } from "../model/Severity.ts"
import type { SilenceMatcher } from "../model/Silence.ts"

/** What there is to match. */
export interface SilenceSubject {
  readonly monitorId: string
  readonly monitorType: string
  readonly tags: ReadonlyArray<string>
  readonly trigger: AlertTrigger
  readonly severity: Severity
  /** The code of the incident's cause. */
  readonly cause: string
}

export interface ActiveSilence {
  readonly matchers: ReadonlyArray<SilenceMatcher>
  readonly reason: string
  /** Epoch milliseconds; from the first on and before the second. */
  readonly startsAt: number
  readonly endsAt: number
}

/** A silence without matchers matches nothing: it would match everything. */
export const isMatched = (matchers: ReadonlyArray<SilenceMatcher>, subject: SilenceSubject): boolean =>
  matchers.length > 0 && matchers.every((matcher) => holds(matcher, subject))

const holds = ({ field, is, value }: SilenceMatcher, subject: SilenceSubject): boolean =>
  valuesOf[field](subject).includes(value) === (is === "equal")

/** `not_equal` of a tag: none of the monitor's tags is it. */
const valuesOf: Readonly<Record<SilenceMatcher["field"], (subject: SilenceSubject) => ReadonlyArray<string>>> = {
  monitor: ({ monitorId }) => [monitorId],
  tag: ({ tags }) => tags,
  type: ({ monitorType }) => [monitorType],
  trigger: ({ trigger }) => [trigger],
  severity: ({ severity }) => [severity],
  cause: ({ cause }) => [cause]
}

/** Of those that match now, the one that lasts longest. */
export const silenceOf = (
  silences: ReadonlyArray<ActiveSilence>,
  subject: SilenceSubject,
  now: number
): ActiveSilence | undefined =>
  silences
    .filter(({ endsAt, matchers, startsAt }) => startsAt <= now && now < endsAt && isMatched(matchers, subject))
    .reduce<ActiveSilence | undefined>(
      (longest, silence) => (longest !== undefined && longest.endsAt >= silence.endsAt ? longest : silence),
      undefined
    )
