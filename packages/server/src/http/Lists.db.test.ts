/** What lists cost and how long they get, over real HTTP: neither grows with what a tenant has. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { insertChecks } from "@v-insight/database/testing/checks"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Effect, Layer, Tracer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TestServer } from "../testing/TestServer.ts"

/** Statements that the API has sent to PostgreSQL: each is a span. */
let statements = 0
const Counting = Layer.succeed(
  Tracer.Tracer,
  Tracer.make({
    span: (options) => {
      if (options.kind === "client") statements++
      return new Tracer.NativeSpan(options)
    }
  })
)

/** Of Mallory's tenant: monitors, each with a check a minute ago and an incident. */
const insertMonitors = (tenantId: string, count: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const ids = Array.from({ length: count }, () => uuidV7Unsafe())
    const rows = JSON.stringify(ids.map((id) => ({ id, bucket: bucketOf(id), incident: uuidV7Unsafe() })))
    const each = sql`jsonb_to_recordset(${rows}::jsonb) AS r (id uuid, bucket integer, incident uuid)`
    yield* sql`
      INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks)
      SELECT ${tenantId}, id, bucket, 'Many', 'http', '{"url":"https://many.example/"}', 60, 10, 0, 1 FROM ${each}`
    yield* sql`INSERT INTO monitor_state (tenant_id, monitor_id) SELECT ${tenantId}, id FROM ${each}`
    yield* sql`
      INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message)
      SELECT ${tenantId}, incident, id, now(), 'x', 'x' FROM ${each}`
    return ids
  }).pipe(Effect.provide(TestDatabase.superuser))

const lists = [
  "/monitors?perPage=200",
  "/monitors?include=history&bars=90&perPage=200",
  "/monitors/summary",
  "/incidents?perPage=200",
  "/dashboard",
  "/alert-rules",
  "/alert-channels",
  "/maintenance-windows"
]

layer(Layer.provide(TestServer.layer, Counting), { excludeTestServices: true })("lists", (it) => {
  it.effect("defect 12: make as many statements for sixty monitors as for three", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const costOf = Effect.fnUntraced(function* (path: string) {
        const before = statements
        const { body, status, text } = yield* ask("GET", `/api/v1${path}`, { as: mallory })
        assert.strictEqual(status, 200, text)
        return { made: statements - before, found: body.data.length as number | undefined }
      })
      // What runs beside requests makes statements too: the fewest of three is what the list makes.
      const costs = Effect.forEach(lists, (path) =>
        Effect.map(Effect.replicateEffect(costOf(path), 3), (runs) => ({
          path,
          made: Math.min(...runs.map(({ made }) => made)),
          found: runs[0]!.found
        }))
      )
      yield* insertMonitors(mallory.context.tenantId, 2)
      const few = yield* costs
      yield* insertMonitors(mallory.context.tenantId, 57)
      const many = yield* costs
      for (const [index, { found, made, path }] of many.entries()) {
        assert.isAbove(few[index]!.made, 0, path)
        assert.isAtMost(made, few[index]!.made, path)
        if (path.startsWith("/monitors?") || path.startsWith("/incidents?")) assert.isAtLeast(found!, 59, path)
      }
    })
  )

  it.effect("defect 12: end with a page, however long the history is and however much is asked for", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const [id] = yield* insertMonitors(mallory.context.tenantId, 1)
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`SELECT ensure_check_partitions(current_date - 1, 3)`
        yield* insertChecks(
          sql,
          sql`SELECT ${id}::uuid AS monitor_id, at AS checked_ms, at AS slot_ms, 'up' AS status, 100 AS dns_us, 1000 AS total_us
              FROM (SELECT to_millis(now()) - n * 1000 AS at FROM generate_series(1, 2000) n) AS times`
        )
      }).pipe(Effect.provide(TestDatabase.superuser))
      const read = yield* ask("GET", `/api/v1/monitors/${id}/checks`, { as: mallory })
      assert.isAtLeast(read.body.data.length, 10, read.text)
      assert.isAtMost(read.body.data.length, 200)
      assert.isString(read.body.meta.nextCursor, JSON.stringify(read.body.meta))

      const { paths } = (yield* ask("GET", "/api/v1/openapi.json")).body
      const paged: Array<string> = []
      for (const [template, { get }] of Object.entries<{ get?: { parameters?: ReadonlyArray<{ name: string }> } }>(
        paths
      ))
        for (const { name } of get?.parameters ?? [])
          if (name === "limit" || name === "perPage") paged.push(`${template.replace(/\{\w+\}/, id!)}?${name}=100000`)
      assert.isAbove(paged.length, 5)
      for (const path of paged) {
        const { body, status } = yield* ask("GET", path, { as: mallory })
        assert.deepStrictEqual([path, status, body.error.code], [path, 422, "VALIDATION_ERROR"])
      }
    })
  )
})
