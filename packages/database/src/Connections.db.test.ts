import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { TestDatabase, testServer } from "./testing/TestDatabase.ts"

/** Of sockets to PostgreSQL with this local port: 2 is the timer of keepalive probes (proc_net_tcp.txt of the kernel). */
const timerOf = (localPort: number): string | undefined => {
  const end = (port: number) => port.toString(16).toUpperCase().padStart(4, "0")
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n")
  const sockets = lines.map((line) => line.trim().split(/\s+/))
  return sockets
    .find(
      ([, local, remote]) =>
        local?.endsWith(`:${end(localPort)}`) && remote?.endsWith(`:${end(Number(testServer().port))}`)
    )?.[5]
    ?.slice(0, 2)
}

layer(TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer)), { excludeTestServices: true })(
  "connections",
  (it) => {
    it.effect.skipIf(process.platform !== "linux")("notice a peer that is gone", () =>
      Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const [row] = yield* sql<{ port: number }>`SELECT inet_client_port() AS port`
        yield* Effect.sleep("300 millis")
        assert.strictEqual(timerOf(row!.port), "02")
      })
    )
    it.effect("are given up by PostgreSQL when this machine is gone", () =>
      Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const [row] = yield* sql<{ idle: string; unanswered: string; transaction: string }>`
          SELECT current_setting('tcp_keepalives_idle') AS idle, current_setting('tcp_user_timeout') AS unanswered,
            current_setting('idle_in_transaction_session_timeout') AS transaction`
        assert.deepStrictEqual(row, { idle: "10", unanswered: "25000", transaction: "30s" })
      })
    )
    it.effect("of the worker keep the statements prepared that were used last, not all there ever were", () =>
      Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const kept = yield* Effect.gen(function* () {
          for (let number = 0; number < 120; number++) yield* sql.unsafe(`SELECT ${number} AS number_${number}`)
          return yield* sql<{ statement: string }>`SELECT statement FROM pg_prepared_statements`
        }).pipe(sql.withTransaction)
        assert.isAtMost(kept.length, 45)
        assert.include(
          kept.map(({ statement }) => statement),
          "SELECT 119 AS number_119"
        )
      })
    )
  }
)
