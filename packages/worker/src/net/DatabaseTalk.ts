/** What a client of either database has in common: a connection, one run of a library on it, and an honest end. */
import type { DatabaseAnswer, DatabaseRequest } from "@v-insight/domain/monitor-types/DatabaseClients"
import { DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import { quoted, Refused } from "@v-insight/domain/monitor-types/Refused"
import { Effect, type Scope } from "effect"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { openSocket, type SafeSocket } from "./SafeSocket.ts"

export interface Answered {
  readonly value: string | undefined
  readonly rows: number
  readonly version: string | undefined
}

export type Failed = DialFailed | Refused

/** `speak` has the connection to itself. What it fails with, and a connection that fails meanwhile, is the answer. */
export const talkTo = (
  environment: ExchangeEnvironment,
  { host, onPhase, port, timeoutMs }: DatabaseRequest,
  speak: (open: SafeSocket) => Effect.Effect<Answered, Failed, Scope.Scope>
): Effect.Effect<DatabaseAnswer> =>
  openSocket(environment, { host, port, timeoutMs, onPhase }).pipe(
    Effect.flatMap((open) =>
      Effect.raceFirst(speak(open), open.failed).pipe(
        Effect.map((answered): DatabaseAnswer => ({ ...answered, failure: undefined, facts: open.facts() })),
        // The connection's own fault says more than what a library makes of its end.
        Effect.catch((failure) => Effect.succeed(unanswered(open.failure() ?? failure, open.facts())))
      )
    ),
    Effect.catch((failure: DialFailed) => Effect.succeed(unanswered(failure, failure.facts))),
    Effect.scoped
  )

const unanswered = (failure: Failed, facts: DatabaseAnswer["facts"]): DatabaseAnswer => ({
  failure,
  facts,
  value: undefined,
  rows: 0,
  version: undefined
})

/** Of the request's time, milliseconds. */
export const leftMs = ({ timeoutMs }: DatabaseRequest, open: SafeSocket): number =>
  Math.max(1, Math.round(timeoutMs - open.facts().totalUs / 1000))

/** The server's own words end the sentence. */
export const refused = (code: string, sentence: string, words = ""): Refused =>
  new Refused({ code, message: words === "" ? `${sentence}.` : `${sentence}: ${quoted(words)}`, answer: words })

export const noProtocol = (product: string): Refused =>
  refused("protocol", `What answers there does not speak ${product}`)

export const noTls = refused(
  "tls_not_offered",
  "The server does not offer TLS. Where the network between is trusted, choose disable as encryption"
)

/** The peer ended the connection, politely and too early. */
export const endedEarly = (open: SafeSocket): DialFailed => {
  const facts = open.facts()
  return new DialFailed({ cause: facts.phases.transfer === undefined ? "empty" : "closed_early", detail: "", facts })
}
