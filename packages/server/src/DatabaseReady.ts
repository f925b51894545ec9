/** The API does not start without its database: a wrong URL, a missing login or missing migrations show at once. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

export const DatabaseReady = Layer.effectDiscard(
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT has_accounts()`)
)
