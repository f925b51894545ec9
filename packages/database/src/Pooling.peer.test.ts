/** What stands before PostgreSQL is found out, and used or refused accordingly: with Debian's pgbouncer. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Connections from "./Connections.ts"
import { testSecret } from "./testing/constants.ts"
import { pgbouncer, prepareForPgbouncer } from "./testing/peers/Pgbouncer.ts"
import { primary } from "./testing/peers/Postgres.ts"

class Peers extends Context.Service<Peers, Effect.Success<typeof makePeers>>()("@v-insight/database/Pooling/Peers") {
  static readonly layer = Layer.effect(
    Peers,
    Effect.suspend(() => makePeers)
  )
}

const makePeers = Effect.gen(function* () {
  const server = yield* primary
  yield* prepareForPgbouncer(server)
  return { server, transaction: yield* pgbouncer(server), session: yield* pgbouncer(server, "session") }
})

const environment = (variables: Readonly<Record<string, Redacted.Redacted>>) =>
  ConfigProvider.layer(
    ConfigProvider.fromEnv({
      env: {
        VINSIGHT_SECRET: Redacted.value(testSecret),
        ...Object.fromEntries(Object.entries(variables).map(([name, url]) => [name, Redacted.value(url)]))
      }
    })
  )

layer(Peers.layer, { excludeTestServices: true, timeout: "120 seconds" })("the way to the database", (it) => {
  it.effect("is told apart: direct, pooled by session, pooled by transaction", () =>
    Effect.gen(function* () {
      const { server, session, transaction } = yield* Peers
      const api = server.url(Connections.apiRole)
      for (let time = 0; time < 5; time++) {
        assert.strictEqual(yield* Connections.wayTo(api), "direct")
        assert.strictEqual(yield* Connections.wayTo(session.through(api)), "session")
        assert.strictEqual(yield* Connections.wayTo(transaction.through(api)), "transaction")
      }
    })
  )

  it.effect("is told apart while others use the pool", () =>
    Effect.gen(function* () {
      const { server, transaction } = yield* Peers
      const url = transaction.through(server.url(Connections.apiRole))
      const busy = Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        return yield* Effect.forever(sql`SELECT pg_sleep(0.002)`)
      }).pipe(Effect.provide(PgClient.layer({ ...Connections.apiSettings(url, "transaction"), maxConnections: 1 })))
      yield* Effect.forkScoped(Effect.all([busy, busy, busy, busy], { concurrency: "unbounded" }))
      yield* Effect.sleep("300 millis")
      for (let time = 0; time < 20; time++) assert.strictEqual(yield* Connections.wayTo(url), "transaction")
    }).pipe(Effect.scoped)
  )

  it.effect("through transactions carries the API's work with limited statements, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const { server, transaction } = yield* Peers
      const url = transaction.through(server.url(Connections.apiRole))
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [row] = yield* sql<{ statement_timeout: string }>`SHOW statement_timeout`
        assert.strictEqual(row?.statement_timeout, "5s")
        const same = Effect.forEach(
          Array.from({ length: 50 }, (_, index) => index),
          (index) => sql<{ n: number }>`SELECT ${index}::int + 1 AS n`,
          { concurrency: 20 }
        )
        for (const [index, [found]] of (yield* same).entries()) assert.strictEqual(found?.n, index + 1)
        const prepared = yield* sql`SELECT name FROM pg_prepared_statements`
        assert.lengthOf(prepared, 0)
      }).pipe(Effect.provide(Connections.apiLayer.pipe(Layer.provide(environment({ VINSIGHT_API_DATABASE_URL: url })))))
    })
  )

  it.effect("refuses a worker through transactions, and serves it through sessions", () =>
    Effect.gen(function* () {
      const { server, session, transaction } = yield* Peers
      const login = server.url(Connections.workerRole)
      const layerOf = (url: Redacted.Redacted) =>
        Connections.workerLayer.pipe(Layer.provide(environment({ VINSIGHT_WORKER_DATABASE_URL: url })))
      const refusal = yield* Effect.flip(Effect.scoped(Layer.build(layerOf(transaction.through(login)))))
      assert.strictEqual(refusal._tag, "PoolerError")
      assert.match(refusal.message, /pooler in transaction mode.*set DATABASE_DIRECT_URL .* to PostgreSQL itself/)
      for (const url of [login, session.through(login)]) {
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const [row] = yield* sql<{ search_path: string }>`SHOW search_path`
          assert.strictEqual(row?.search_path, "worker, public")
        }).pipe(Effect.provide(layerOf(url)))
      }
    })
  )

  it.effect("lets the API listen past the pooler, and says so when it does not know the way", () =>
    Effect.gen(function* () {
      const { server, session, transaction } = yield* Peers
      const api = server.url(Connections.apiRole)
      const listening = (variables: Readonly<Record<string, Redacted.Redacted>>) =>
        Effect.scoped(
          Layer.build(
            Connections.Listening.layer.pipe(
              Layer.provide(environment({ VINSIGHT_API_DATABASE_URL: transaction.through(api), ...variables }))
            )
          )
        )
      const refusal = yield* Effect.flip(listening({}))
      assert.strictEqual(refusal._tag, "PoolerError")
      assert.match(refusal.message, /LISTEN.*set DATABASE_DIRECT_URL to PostgreSQL itself/)
      for (const direct of [server.url(), session.through(server.url())]) {
        const context = yield* listening({ DATABASE_DIRECT_URL: direct })
        const { url } = Context.get(context, Connections.Listening)
        assert.include(Redacted.value(url!), `${Connections.apiRole}:`)
      }
    })
  )
})
