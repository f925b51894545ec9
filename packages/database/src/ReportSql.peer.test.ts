/** Reports from a real hot standby: tenants apart there too, and the primary whenever it cannot be trusted. */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { TenantId } from "@v-insight/domain/model/Tenant"
import { ConfigProvider, Context, Effect, Layer, Logger, Redacted } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import * as Connections from "./Connections.ts"
import { ReportSql } from "./ReportSql.ts"
import { TenantSql } from "./TenantSql.ts"
import { testSecret } from "./testing/constants.ts"
import { address } from "./testing/peers/Address.ts"
import { pgbouncer, prepareForPgbouncer } from "./testing/peers/Pgbouncer.ts"
import { asRole, primary, promote, type Server, standbyOf } from "./testing/peers/Postgres.ts"

/** A port where nothing listens. */
const nowhere = 1

const statement = (server: Server, text: string) =>
  asRole(
    server.url(),
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(text))
  )

const as =
  (tenantId: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.provideService(self, TenantContext, {
      tenantId: tenantId as TenantId,
      userId: uuidV7Unsafe() as never,
      sessionId: uuidV7Unsafe() as never,
      role: "owner"
    })

/** A tenant with one monitor. */
const makeTenant = (server: Server) =>
  Effect.gen(function* () {
    const tenantId = uuidV7Unsafe()
    yield* statement(server, `INSERT INTO tenants (id, name) VALUES ('${tenantId}', 'T')`)
    return { tenantId, monitorId: yield* makeMonitor(server, tenantId) }
  })

const makeMonitor = (server: Server, tenantId: string) => {
  const id = uuidV7Unsafe()
  return Effect.as(
    statement(
      server,
      `INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations,
         recovery_checks) VALUES ('${tenantId}', '${id}', 0, 'M', 'tcp', '{}', 60, 10, 0, 1)`
    ),
    id
  )
}

/** No tenant in the query: only row-level security stands between them. */
const everyMonitor = Effect.flatMap(ReportSql, ({ read }) =>
  Effect.map(read<readonly [string]>("SELECT m.id FROM monitors m LIMIT 100"), (rows) => rows.map(([id]) => id))
)
const monitor = (id: string) =>
  Effect.flatMap(ReportSql, ({ read }) =>
    read<readonly [string]>("SELECT m.id FROM monitors m WHERE m.tenant_id = tenant.id AND m.id = $2 LIMIT 1", id)
  )
/** Who answers. */
const isFromReplica = Effect.flatMap(ReportSql, ({ read }) =>
  Effect.map(read<readonly [boolean]>("SELECT pg_is_in_recovery() LIMIT 1"), ([row]) => row![0])
)
const until = (wanted: boolean) =>
  isFromReplica.pipe(
    Effect.delay("100 millis"),
    Effect.repeat({ until: (is) => is === wanted }),
    Effect.timeout("20 seconds")
  )

const into = (log: Array<string>) => Logger.layer([Logger.map(Logger.formatJson, (line) => void log.push(line))])

const setUp = Effect.gen(function* () {
  const first = yield* primary
  const second = yield* standbyOf(first)
  const alice = yield* makeTenant(first)
  const mallory = yield* makeTenant(first)
  const road = yield* address(second.port)
  const log: Array<string> = []
  const context = yield* reports(first, road, log)
  return { first, second, alice, mallory, road, log, context }
})

const reports = (first: Server, replica: { readonly port: number }, log: Array<string>) => {
  const url = new URL(Redacted.value(first.url()))
  url.port = String(replica.port)
  const env = {
    VINSIGHT_SECRET: Redacted.value(testSecret),
    VINSIGHT_API_DATABASE_URL: Redacted.value(first.url(Connections.apiRole)),
    DATABASE_READ_URL: url.href,
    VINSIGHT_REPLICA_MAX_LAG_SECONDS: "3"
  }
  return Layer.build(
    ReportSql.layer.pipe(
      Layer.provideMerge(TenantSql.layer),
      Layer.provideMerge(Connections.apiLayer),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
      Layer.provide(into(log))
    )
  )
}

describe("reports from a replica", () => {
  it.live(
    "keep tenants apart, fall back to the primary, and come back",
    () =>
      Effect.gen(function* () {
        const { alice, context, first, log, mallory, road, second } = yield* setUp
        yield* Effect.gen(function* () {
          const asAlice = as(alice.tenantId)
          yield* asAlice(until(true))

          // Each sees their own, without a word about tenants in the query.
          assert.deepStrictEqual(yield* asAlice(everyMonitor), [alice.monitorId])
          assert.deepStrictEqual(yield* as(mallory.tenantId)(everyMonitor), [mallory.monitorId])
          assert.lengthOf(yield* asAlice(monitor(mallory.monitorId)), 0)
          assert.lengthOf(yield* as(uuidV7Unsafe())(everyMonitor), 0)

          // What is too new for the replica is found all the same.
          yield* statement(second, "SELECT pg_wal_replay_pause()")
          const fresh = yield* makeMonitor(first, alice.tenantId)
          assert.isTrue(yield* asAlice(isFromReplica))
          assert.deepStrictEqual(yield* asAlice(monitor(fresh)), [[fresh]])

          // It stays behind: past the bound the primary answers. Then it catches up.
          yield* asAlice(until(false))
          assert.lengthOf(yield* asAlice(everyMonitor), 2)
          yield* statement(second, "SELECT pg_wal_replay_resume()")
          yield* asAlice(until(true))

          // It is gone: nobody gets an error, also not the first who asks.
          road.leadTo(nowhere)
          assert.isFalse(yield* asAlice(isFromReplica))
          for (let time = 0; time < 20; time++) assert.lengthOf(yield* asAlice(everyMonitor), 2)
          yield* asAlice(until(false))
          road.leadTo(second.port)
          yield* asAlice(until(true))

          // It was promoted: what it says is not the primary's any more.
          yield* promote(second)
          const { judgement } = yield* ReportSql
          yield* Effect.sleep("100 millis").pipe(
            Effect.repeat({ until: () => judgement()?.isUsable === false }),
            Effect.timeout("20 seconds")
          )

          const said = log.filter((line) => line.includes("Reports are read")).map((line) => JSON.parse(line))
          assert.deepStrictEqual(
            said.map(({ level, annotations }) => [level, annotations.reason?.replace(/\d+/, "N") ?? ""]),
            [
              ["INFO", ""],
              ["WARN", "it is N s behind"],
              ["INFO", ""],
              ["WARN", said[3].annotations.reason],
              ["INFO", ""],
              ["WARN", "it takes writes: it is no replica, or no longer one"]
            ]
          )
          assert.match(said[3].annotations.reason, /^it does not answer/)
        }).pipe(Effect.provideContext(context), Effect.provide(into(log)))
      }),
    120_000
  )

  it.live(
    "are read only, by the API's own login, also through a pooler",
    () =>
      Effect.gen(function* () {
        const first = yield* primary
        yield* prepareForPgbouncer(first)
        const second = yield* standbyOf(first)
        const { tenantId } = yield* makeTenant(first)
        const context = yield* reports(first, yield* pgbouncer(second), [])
        yield* Effect.gen(function* () {
          yield* until(true)
          const { read } = yield* ReportSql
          const [who] = yield* read<readonly [string]>("SELECT current_user::text LIMIT 1")
          assert.strictEqual(who?.[0], Connections.apiRole)
        }).pipe(as(tenantId), Effect.provideContext(context))

        const onStandby = yield* Layer.build(
          TenantSql.layer.pipe(
            Layer.provideMerge(PgClient.layer(Connections.apiSettings(second.url(Connections.apiRole))))
          )
        )
        const write = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE tenants SET name = 'X'`)
        const refused = yield* Effect.sandbox(Context.get(onStandby, TenantSql).scoped(() => write)).pipe(
          as(tenantId),
          Effect.provideContext(onStandby),
          Effect.flip
        )
        assert.include(JSON.stringify(refused), "25006")
      }),
    120_000
  )
})
