/**
 * What stands between a process and PostgreSQL. A pooler in transaction mode lends a server connection for one
 * transaction at a time: session locks, LISTEN and prepared statements stay with whoever has the connection next. None
 * of that fails with an error, so it is found out before it is relied upon.
 */
import { PgConnection } from "@effect/sql-pg"
import { Effect, Schema } from "effect"

/** `session`: a pooler that keeps one server connection for as long as the client stays. */
export type Way = "direct" | "session" | "transaction"

/** A busy pool may happen to lend the same connections again; three times in a row it does not. */
const attempts = 3

/** The URL leads to a pooler in transaction mode where that cannot work; the message says what to set. */
export class PoolerError extends Schema.TaggedError<PoolerError>()("PoolerError", { message: Schema.String }) {}

/**
 * PostgreSQL introduces itself with the number of the process that serves the connection; a pooler makes one up. Two
 * clients that were served by one process while both were connected share their server connections.
 */
export const find = Effect.fn("Pooling.find")(function* (config: PgConnection.Config) {
  const first = yield* PgConnection.make({ ...config, prepare: false })
  if (first.processId === (yield* servedBy(first))) return "direct" as Way
  const second = yield* PgConnection.make({ ...config, prepare: false })
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = yield* servedBy(first)
    yield* second.query("BEGIN")
    const between = yield* servedBy(second)
    const isShared = before === between || before !== (yield* servedBy(first))
    yield* second.query("COMMIT")
    if (isShared) return "transaction" as Way
  }
  return "session" as Way
}, Effect.scoped)

const servedBy = (connection: PgConnection.PgConnection) =>
  Effect.map(connection.queryValues("SELECT pg_backend_pid()"), ([row]) => row?.[0])
