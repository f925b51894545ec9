/**
 * The frame of every kind of check over a raw connection: dial, let the kind talk, judge what it found, and tell all of
 * it as an outcome. The time limit is the connection's own.
 */
import { Clock, Duration, Effect, type Scope } from "effect"
import type { Assertion } from "../model/Assertion.ts"
import type { CheckDetail, CheckError, CheckOutcome, CheckStatus } from "../model/CheckOutcome.ts"
import { allMet, judge, type Findings } from "../rules/assertions.ts"
import { withoutControls } from "../rules/plainText.ts"
import { CheckEvidence } from "./CheckEvidence.ts"
import type { ConnectionFacts, Conversation, DialFailed } from "./Conversation.ts"
import { CheckProgress, Dialer, type TlsTrust } from "./Dialer.ts"
import { Effort } from "./Effort.ts"
import { explain, isBlind } from "./explain.ts"
import { hasConnected, timingsOf, tlsTraits } from "./facts.ts"
import { dialledHost } from "./fields/Host.ts"
import type { CheckLimits } from "./MonitorType.ts"
import type { Refused } from "./Refused.ts"

/** Of what the peer said, kept for people: characters. */
const maxEvidence = 64 * 1024

/** How long a peer may take to answer our goodbye. */
const goodbyeLimit = Duration.millis(500)

export interface ConverseRequest {
  /** As it stands in the settings. */
  readonly host: string
  readonly port: number
  /** Absent: both, raced. */
  readonly family?: 4 | 6 | undefined
  /** TLS from the first byte. */
  readonly tls?: TlsTrust | undefined
  readonly assertions: ReadonlyArray<Assertion>
}

type Failed = DialFailed | Refused

/** What a kind has found when all went well; times and certificate are known already. */
export interface Found {
  /** What the peer said: for assertions, and kept as evidence when the check is not up. */
  readonly text?: string
  /** Bytes of it, where the text does not tell. */
  readonly bodyBytes?: number
  /** Where the protocol has them; names in lower case. */
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>
  /** Of DNS. */
  readonly records?: ReadonlyArray<string>
  /** Of a query. */
  readonly rows?: number
  /** Facts that stay the same as long as nothing changed, few and short. */
  readonly traits?: Readonly<Record<string, string>>
  /** Up, but for this: degraded. */
  readonly warning?: CheckError | undefined
  /** How one leaves politely; its time and its failure do not count. */
  readonly goodbye?: Effect.Effect<unknown, Failed>
}

/** `talk` has the connection to itself; what it answers or fails with becomes the outcome. */
export const converse = (
  { assertions, family, host, port, tls }: ConverseRequest,
  { timeoutMs }: CheckLimits,
  talk: (conversation: Conversation) => Effect.Effect<Found, Failed, Scope.Scope>
): Effect.Effect<CheckOutcome, never, Dialer> =>
  Effect.gen(function* () {
    const dialer = yield* Dialer
    const onPhase = yield* CheckProgress
    const conversation = yield* dialer.connect({
      host: dialledHost(host) ?? host,
      port,
      family,
      tls,
      timeoutMs,
      onPhase
    })
    return yield* Effect.matchEffect(talk(conversation), {
      onSuccess: (found) =>
        Effect.tap(judged(found, conversation.facts(), assertions), () =>
          found.goodbye === undefined ? Effect.void : Effect.ignore(Effect.timeoutOption(found.goodbye, goodbyeLimit))
        ),
      onFailure: (failure) => Effect.succeed(failed(failure, host, conversation.facts(), port))
    })
  }).pipe(
    Effect.catch((failure: DialFailed) => Effect.succeed(failed(failure, host, failure.facts, port))),
    Effect.scoped
  )

/** Up, degraded or down, as the assertions say. What the peer said is kept when it is not up, or somebody looks. */
export const judged = (
  found: Found,
  facts: ConnectionFacts,
  assertions: ReadonlyArray<Assertion>
): Effect.Effect<CheckOutcome> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const timings = timingsOf(facts)
    const { certificate, tlsVersion } = facts
    const { bodyBytes, headers, records, rows, text, traits, warning = null } = found
    const findings: Findings = { timings, headers, text, bodyBytes, records, rows, certificate, tlsVersion }
    const judgement = assertions.length === 0 ? allMet : yield* (yield* Effort)(() => judge(assertions, findings, now))
    const status = judgement.status === "up" && warning !== null ? "degraded" : judgement.status
    const isShown = status !== "up" || (yield* CheckEvidence)
    return outcome(status, judgement.error ?? warning, facts, {
      ...detailOf(facts, isShown ? text : undefined),
      assertions: judgement.verdicts,
      traits: { ...tlsTraits(facts), ...traits }
    })
  })

/** Down, or unknown where the reason is ours. */
export const failed = (failure: Failed, host: string, facts: ConnectionFacts, port?: number): CheckOutcome => {
  if (failure._tag === "Refused") {
    const { answer, code, message } = failure
    return outcome("down", { code, message }, facts, detailOf(facts, answer))
  }
  return outcome(
    isBlind(failure.cause) ? "unknown" : "down",
    explain({ cause: failure.cause, message: failure.detail }, host, port),
    facts,
    hasConnected(facts.phases, failure.cause) ? detailOf(facts, undefined) : null
  )
}

const outcome = (
  status: CheckStatus,
  error: CheckError | null,
  facts: ConnectionFacts,
  detail: CheckDetail | null
): CheckOutcome => ({
  status,
  timings: timingsOf(facts),
  httpStatus: null,
  error,
  certificate: facts.certificate ?? null,
  address: facts.address ?? null,
  attempts: 1,
  detail
})

const detailOf = (facts: ConnectionFacts, text: string | undefined): CheckDetail => ({
  tlsVersion: facts.tlsVersion ?? null,
  redirects: [],
  assertions: [],
  traits: tlsTraits(facts),
  response:
    text === undefined || text === ""
      ? null
      : { headers: [], body: withoutControls(text.slice(0, maxEvidence)), isTruncated: text.length > maxEvidence }
})
