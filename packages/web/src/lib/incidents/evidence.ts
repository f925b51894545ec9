/** The last good check beside the first bad one: what changed in between. */
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import { latency } from "#lib/words/check.ts"
import { httpStatus } from "#lib/words/httpStatus.ts"
import { turnOf } from "./turn.ts"

export interface Difference {
  readonly name: string
  readonly good: string
  readonly bad: string
  readonly isChanged: boolean
  /** The assertion that failed. */
  readonly isFailure: boolean
}

export interface Evidence {
  readonly good: MonitorCheck
  readonly bad: MonitorCheck
  readonly differences: ReadonlyArray<Difference>
}

/** Latencies are never the same twice: only this much is a change. */
const noteworthy = 2

/** Undefined when the turn is not among the checks. */
export const evidence = (checks: ReadonlyArray<MonitorCheck>, startedAt: string): Evidence | undefined => {
  const turn = turnOf(checks, startedAt)
  if (turn?.lastGood === undefined) return undefined
  const {
    failing: [bad],
    lastGood: good
  } = turn
  return { good, bad, differences: differences(good, bad) }
}

const differences = (good: MonitorCheck, bad: MonitorCheck): ReadonlyArray<Difference> => {
  const isStatus = bad.error?.code === "unexpected_status"
  const answer = (check: MonitorCheck) => (check.httpStatus === null ? "none" : httpStatus(check.httpStatus))
  const certificate = ({ certificate }: MonitorCheck) =>
    certificate === null ? "none" : `${certificate.issuer}, until ${certificate.validTo.slice(0, 10)}`
  const text = (name: string, read: (check: MonitorCheck) => string, isFailure = false): Difference => ({
    name,
    good: read(good),
    bad: read(bad),
    isChanged: read(good) !== read(bad),
    isFailure
  })
  const time = (name: string, read: (check: MonitorCheck) => number | null): Difference => {
    const [before, after] = [read(good), read(bad)]
    const isChanged =
      before === null || after === null
        ? before !== after
        : Math.max(before, after) > Math.min(before, after) * noteworthy + 1000
    return { name, good: latency(before), bad: latency(after), isChanged, isFailure: false }
  }
  const all = [
    text("Answer", answer, isStatus),
    ...(isStatus ? [] : [text("Error", ({ error }) => error?.message ?? "none", true)]),
    text("Address", ({ address }) => address ?? "none"),
    text("Certificate", certificate),
    time("DNS", ({ timings }) => timings.dnsUs),
    time("Connect", ({ timings }) => timings.connectUs),
    time("TLS", ({ timings }) => timings.tlsUs),
    time("First byte", ({ timings }) => timings.firstByteUs),
    time("In all", ({ timings }) => timings.totalUs)
  ]
  // What neither of them had says nothing; what changed comes first.
  return all
    .filter(({ good, bad }) => !(good === bad && (good === "none" || good === "–")))
    .sort((a, b) => rank(a) - rank(b))
}

const rank = ({ isFailure, isChanged }: Difference): number => (isFailure ? 0 : isChanged ? 1 : 2)
