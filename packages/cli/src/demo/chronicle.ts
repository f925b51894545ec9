/**
 * The checks of one monitor, made up one after the other and decided by the rule that the worker has, so that states, incidents
 * and evidence are what the worker would have made of them.
 */
import { type CheckDetail, type CheckOutcome, noTimings, type Timings } from "@v-insight/domain/model/CheckOutcome"
import { rfc3339 } from "@v-insight/database/repo/instant"
import { isConclusive } from "@v-insight/domain/monitor-types/registry"
import { judge } from "@v-insight/domain/rules/assertions"
import type { Assertion } from "@v-insight/domain/model/Assertion"
import {
  decide,
  type DecisionEvent,
  type Evidence,
  initial,
  ordinary,
  type Policy,
  type State
} from "@v-insight/domain/rules/decide"
import { recordOfCheck } from "@v-insight/domain/rules/decisionRecord"
import { toMicroseconds, toShort } from "@v-insight/domain/rules/shortDuration"
import type { Reason } from "@v-insight/domain/model/Reason"
import { timingOf, slotAt } from "@v-insight/domain/rules/slots"
import { detailToStore, type GoodCheck, type Memory, remember } from "@v-insight/domain/rules/traces"
import { between, type Chance, chanceOf } from "./chance.ts"
import { type Circumstance, circumstanceAt, type Episode } from "./Episode.ts"
import type { Failure } from "./Failure.ts"
import { answerUs } from "./Rhythm.ts"
import type { Watched } from "./Watched.ts"

export interface Subject {
  readonly monitorId: string
  readonly watched: Watched
  readonly episodes: ReadonlyArray<Episode>
  readonly seed: number
}

/** One decided check. */
export interface Entry {
  readonly monitorId: string
  /** Epoch milliseconds. */
  readonly slot: number
  readonly checkedAt: number
  /** With the detail that is stored. */
  readonly outcome: CheckOutcome
  readonly isMaintenance: boolean
  readonly state: State
  readonly event: DecisionEvent | undefined
  /** Of the event: why, and all that it was decided on (domain/rules/decisionRecord). */
  readonly reasons: ReadonlyArray<Reason>
  readonly record: string | undefined
  /** Of the check that opened an incident. */
  readonly evidence: { readonly lastGood: GoodCheck | null; readonly firstBad: CheckOutcome } | undefined
}

export interface Chronicle {
  /** The checks from one instant to before another, every so many seconds; calls follow each other in time. */
  readonly write: (from: number, to: number, intervalSeconds: number) => ReadonlyArray<Entry>
  /** The newest check so far. */
  readonly newest: () => Entry | undefined
  /** What the table has to say of the last good one. */
  readonly lastGood: () => GoodCheck | null
}

/** As people leave them. */
export const confirmations = 1
const defaultTimeoutSeconds = 10

export const policyOf = ({ recoveryChecks = 1, type }: Watched): Policy =>
  isConclusive(type)
    ? { confirmations: 0, recoveryChecks: 1, degradedAfterMs: null }
    : { confirmations, recoveryChecks, degradedAfterMs: null }

export const chronicle = ({ episodes, monitorId, seed, watched }: Subject): Chronicle => {
  const chance = chanceOf(`${seed} ${watched.key} checks`)
  const policy = policyOf(watched)
  let state: State = initial
  let memory: Memory = { lastGood: null, stored: null }
  let newest: Entry | undefined

  const next = (slot: number): Entry | undefined => {
    const circumstance = circumstanceAt(episodes, slot)
    if (circumstance?.kind === "unseen" || circumstance?.kind === "paused") return undefined
    const checkedAt = slot + Math.floor(between(chance, 2, 45))
    const outcome = outcomeOf(watched, circumstance, checkedAt, chance)
    const attempts = outcome.status === "down" && !state.isIncidentOpen ? policy.confirmations + 1 : 1
    const tried = attempts === 1 ? outcome : { ...outcome, attempts }
    const basis = { before: state, evidence: evidenceOf(tried), policy, facts: ordinary, at: checkedAt }
    const decision = decide(state, basis.evidence, policy, ordinary, checkedAt)
    const evidence = decision.event?.kind === "went-down" ? { lastGood: memory.lastGood, firstBad: tried } : undefined
    ;({ memory } = remember(memory, tried, checkedAt))
    ;({ state } = decision)
    newest = {
      monitorId,
      slot,
      checkedAt,
      outcome: tried.detail === null ? tried : { ...tried, detail: detailToStore(tried) },
      isMaintenance: circumstance?.kind === "maintenance",
      state,
      event: decision.event,
      reasons: decision.reasons,
      record: decision.event === undefined ? undefined : recordOfCheck(basis, decision),
      evidence
    }
    return newest
  }

  return {
    write: (from, to, intervalSeconds) => {
      const timing = timingOf(`${seed} ${watched.key}`, intervalSeconds * 1000)
      const entries: Array<Entry> = []
      for (let slot = slotAt(timing, from - 1) + timing.intervalMs; slot < to; slot += timing.intervalMs) {
        const entry = next(slot)
        if (entry !== undefined) entries.push(entry)
      }
      return entries
    },
    newest: () => newest,
    lastGood: () => memory.stored
  }
}

/** As the worker decides on it: durations as they are stored. */
const evidenceOf = ({ attempts, error, status, timings }: CheckOutcome): Evidence => ({
  status,
  attempts,
  error: error && { code: error.code, message: error.message },
  totalUs: toMicroseconds(toShort(timings.totalUs))
})

const nothingFound: CheckDetail = { tlsVersion: null, redirects: [], assertions: [], traits: {}, response: null }

const outcomeOf = (
  watched: Watched,
  circumstance: Circumstance | undefined,
  at: number,
  chance: Chance
): CheckOutcome => {
  const factor = circumstance?.kind === "slow" ? circumstance.factor : 1
  const timings = timingsOf(watched, at, factor, chance)
  if (circumstance?.kind === "awaited") return { ...empty, status: "unknown", error: awaited }
  if (circumstance?.kind === "down") return failed(watched, circumstance.failure, timings)
  // What must not answer does not.
  if (watched.inverted === true)
    return { ...empty, timings: { ...noTimings, totalUs: timings.totalUs }, address: loopback }
  const good: CheckOutcome = {
    ...empty,
    timings,
    httpStatus: watched.httpStatus ?? null,
    address: watched.way === "job" ? null : loopback,
    detail: goodDetail(watched)
  }
  const endsAt = circumstance?.kind === "certificate" ? circumstance.endsAt : watched.certificateEndsAt
  if (watched.type === "tls" && endsAt !== undefined && endsAt - at < warnDays * dayMs) {
    return { ...good, status: "degraded", error: endsSoon(endsAt, at) }
  }
  return withVerdict(watched, good, at)
}

const awaited = {
  code: "heartbeat_awaited",
  message: "No call has come yet. Have the job call the monitor's address; it is watched from its first call on."
}
const loopback = "127.0.0.1"
const empty: CheckOutcome = {
  status: "up",
  timings: noTimings,
  httpStatus: null,
  error: null,
  certificate: null,
  address: null,
  attempts: 1,
  detail: null
}

/** One per thing, not per check: there are half a million. */
const goodDetails = new WeakMap<Watched, CheckDetail | null>()
const goodDetail = (watched: Watched): CheckDetail | null => {
  const known = goodDetails.get(watched)
  if (known !== undefined) return known
  const { traits, way } = watched
  const detail = way === "job" ? null : { ...nothingFound, tlsVersion: traits["TLS"] ?? null, traits }
  goodDetails.set(watched, detail)
  return detail
}

const withVerdict = (watched: Watched, good: CheckOutcome, at: number): CheckOutcome => {
  const assertions = (watched.settings["assertions"] ?? []) as unknown as ReadonlyArray<Assertion>
  if (assertions.length === 0) return good
  const { error, status, verdicts } = judge(assertions, { timings: good.timings }, at)
  return status === "up"
    ? good
    : { ...good, status, error, detail: { ...(good.detail ?? nothingFound), assertions: verdicts } }
}

const failed = (watched: Watched, failure: Failure, timings: Timings): CheckOutcome => {
  const { answer, error, isTimeout, reached } = failure
  const limitUs = (watched.timeoutSeconds ?? defaultTimeoutSeconds) * 1_000_000
  const { connectUs, dnsUs, tlsUs } = timings
  const spentUs = (dnsUs ?? 0) + (connectUs ?? 0)
  const isJob = watched.way === "job"
  const shared = { ...empty, status: "down", error, address: isJob ? null : loopback } as const
  if (reached === "answer") {
    return { ...shared, timings, httpStatus: answer?.httpStatus ?? null, detail: detailOf(failure, watched) }
  }
  if (reached === "connection" && !isJob) {
    return {
      ...shared,
      timings: { ...noTimings, dnsUs, connectUs, tlsUs, totalUs: isTimeout ? limitUs : spentUs + (tlsUs ?? 0) + 400 },
      detail: detailOf(failure, watched)
    }
  }
  return { ...shared, timings: isJob ? noTimings : { ...noTimings, dnsUs, totalUs: isTimeout ? limitUs : spentUs } }
}

const detailOf = ({ answer }: Failure, { traits }: Watched): CheckDetail => ({
  ...nothingFound,
  tlsVersion: traits["TLS"] ?? null,
  traits: { ...answer?.traits, ...Object.fromEntries(tlsTraits.flatMap((name) => pick(traits, name))) },
  response: answer?.response ?? null
})

/** They come with the connection, whatever is said over it. */
const tlsTraits = ["TLS", "certificate"]
const pick = (traits: Watched["traits"], name: string): ReadonlyArray<readonly [string, string]> => {
  const value = traits[name]
  return value === undefined ? [] : [[name, value]]
}

const warnDays = 14
const dayMs = 86_400_000
const endsSoon = (endsAt: number, at: number) => {
  const days = Math.floor((endsAt - at) / dayMs)
  return {
    code: "certificate_expires_soon",
    message: `The certificate expires in ${days === 1 ? "1 day" : `${days} days`}, on ${rfc3339(endsAt).slice(0, 10)}: renew it.`
  }
}

/** On one machine: names are known at once, and connections are made in less than a millisecond. */
const timingsOf = ({ rhythm, way }: Watched, at: number, factor: number, chance: Chance): Timings => {
  if (way === "job") return noTimings
  const answer = answerUs(rhythm, at, factor, chance)
  const dnsUs = Math.round(between(chance, 40, 160))
  if (way === "ping" || way === "datagram") {
    return { ...noTimings, dnsUs, firstByteUs: answer, totalUs: dnsUs + answer }
  }
  const connectUs = Math.round(between(chance, 120, 420))
  const tlsUs = way === "https" || way === "tls" ? Math.round(between(chance, 1_900, 4_200)) : null
  const before = dnsUs + connectUs + (tlsUs ?? 0)
  if (way === "tls") return { ...noTimings, dnsUs, connectUs, tlsUs, totalUs: before }
  const transferUs = way === "tcp" ? null : Math.round(between(chance, 60, 420))
  return { dnsUs, connectUs, tlsUs, firstByteUs: answer, transferUs, totalUs: before + answer + (transferUs ?? 0) }
}
