/**
 * Clients of databases for monitors: sign in, ask one question, leave. The worker implements them over a connection that
 * is judged and bounded as everything that goes out.
 */
import { Context, type Effect } from "effect"
import type { ConnectionFacts, DialFailed } from "./Conversation.ts"
import type { Phase, TlsTrust } from "./Dialer.ts"
import type { Refused } from "./Refused.ts"

export interface DatabaseRequest {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Empty: none is chosen, where the protocol allows that. */
  readonly database: string
  readonly user: string
  readonly password: string
  /** Absent: no TLS. Otherwise a server that does not offer it is refused. */
  readonly tls?: TlsTrust | undefined
  /** One statement; it can read and cannot write. */
  readonly query: string
  /** For everything, milliseconds. The server is told to stop the statement by then. */
  readonly timeoutMs: number
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

/** The most rows that are counted; what comes after them is not read. */
export const maxRows = 1_000

export interface DatabaseAnswer {
  readonly facts: ConnectionFacts
  /**
   * A refusal's codes: `protocol`, `tls_not_offered`, `authentication_failed`, `sign_in_failed`, `database_missing`,
   * `server_busy`, `query_failed`.
   */
  readonly failure: DialFailed | Refused | undefined
  /** The first column of the first row as the server writes it; undefined for NULL and when there are no rows. */
  readonly value: string | undefined
  /** At most `maxRows`. */
  readonly rows: number
  /** As the server calls itself; undefined when it did not. */
  readonly version: string | undefined
}

export class DatabaseClients extends Context.Service<
  DatabaseClients,
  {
    /** Each on one fresh connection. Interruption closes it. */
    readonly postgres: (request: DatabaseRequest) => Effect.Effect<DatabaseAnswer>
    readonly mysql: (request: DatabaseRequest) => Effect.Effect<DatabaseAnswer>
  }
>()("@v-insight/domain/monitor-types/DatabaseClients") {}
