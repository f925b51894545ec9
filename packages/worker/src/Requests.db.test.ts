import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { sealPayload } from "@v-insight/database/repo/WorkRequestRepo"
import { SecretBox, type Secrets } from "@v-insight/database/SecretBox"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer, Schedule } from "effect"
import { Changes } from "./Changes.ts"
import { checkServices, exchanging } from "./net/testing/TestDialer.ts"
import * as Requests from "./Requests.ts"
import { asSuperuser, insertRule, insertTenant, newId } from "./testing/Seed.ts"

let dials = 0
/** Only answers.example answers. */
const Silent = checkServices(
  exchanging(({ url }) =>
    url.host === "answers.example"
      ? Effect.succeed({
          failure: undefined,
          response: { status: 200, headers: [["server", "toy"]], body: Buffer.from("hello"), isTruncated: false },
          phases: { connect: 1 },
          totalUs: 1,
          address: "192.0.2.1",
          certificate: undefined,
          tlsVersion: undefined
        })
      : Effect.andThen(
          Effect.sync(() => dials++),
          Effect.never
        )
  )
)

const Worker = Requests.layer("test").pipe(
  Layer.provide([Changes.layer, Silent, TestBox, NodeCrypto.layer]),
  Layer.provide(TestDatabase.worker),
  Layer.provideMerge(TestDatabase.layer)
)

const query = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

const ask = Effect.fnUntraced(function* (
  tenantId: string,
  what: { readonly channelId: string } | { readonly payload: Secrets }
) {
  const id = newId()
  const kind = "channelId" in what ? "test" : "try"
  const channelId = "channelId" in what ? what.channelId : null
  const box = yield* SecretBox
  const payload = "payload" in what ? yield* sealPayload(box, what.payload, { tenantId, rowId: id }) : null
  return yield* query(
    (sql) => sql`
    WITH asked AS (
      INSERT INTO work_requests (tenant_id, id, kind, channel_id, payload, expires_at)
      VALUES (${tenantId}, ${id}, ${kind}, ${channelId}::uuid, ${payload}::jsonb, now() + interval '1 minute')
    )
    SELECT pg_notify('work_requested', ${`${kind} ${tenantId} ${id} -`})`
  ).pipe(Effect.as(id))
}, Effect.provide(TestBox))

layer(Worker, { excludeTestServices: true })("requests", (it) => {
  it.effect("one that breaks is answered", () =>
    Effect.gen(function* () {
      const tenantId = yield* insertTenant
      const { channelId } = yield* insertRule(tenantId, "http://127.0.0.1:9/")
      yield* query((sql) => sql`UPDATE alert_channels SET secrets = '\\x01ff' WHERE id = ${channelId}`)
      const id = yield* ask(tenantId, { channelId })
      const [row] = yield* query<{ code: string }>(
        (sql) =>
          sql`SELECT answer -> 'error' ->> 'code' AS code FROM work_requests WHERE id = ${id} AND answer IS NOT NULL`
      ).pipe(
        Effect.repeat({ until: (rows) => rows.length > 0, schedule: Schedule.spaced("50 millis") }),
        Effect.timeout("5 seconds")
      )
      assert.strictEqual(row?.code, "INTERNAL_ERROR")
    })
  )

  it.effect("a try is answered with what the target said, although all is well", () =>
    Effect.gen(function* () {
      const payload = { type: "http", settings: { url: "http://answers.example/" }, timeoutSeconds: 10 }
      const id = yield* ask(yield* insertTenant, { payload })
      const [row] = yield* query<{ status: string; response: unknown }>(
        (sql) => sql`
          SELECT answer -> 'data' ->> 'status' AS status, answer -> 'data' -> 'detail' -> 'response' AS response
          FROM work_requests WHERE id = ${id} AND answer IS NOT NULL`
      ).pipe(
        Effect.repeat({ until: (rows) => rows.length > 0, schedule: Schedule.spaced("50 millis") }),
        Effect.timeout("5 seconds")
      )
      assert.strictEqual(row?.status, "up")
      assert.deepStrictEqual(row?.response, { headers: [["server", "toy"]], body: "hello", isTruncated: false })
    })
  )

  it.effect("a tenant takes half of the places; those without one are left to other workers", () =>
    Effect.gen(function* () {
      const tenantId = yield* insertTenant
      const payload = { type: "http", settings: { url: "http://example.org/" }, timeoutSeconds: 10 }
      yield* Effect.forEach(Array.from({ length: 20 }), () => ask(tenantId, { payload }))
      yield* Effect.repeat(
        Effect.sync(() => dials),
        { until: (count) => count === 8, schedule: Schedule.spaced("50 millis") }
      )
      yield* Effect.sleep("500 millis")
      assert.strictEqual(dials, 8)
      assert.lengthOf(
        yield* query((sql) => sql`SELECT 1 FROM work_requests WHERE tenant_id = ${tenantId} AND claimed_at IS NULL`),
        12
      )
      // Half of the places: the others are for others.
      const other = { ...payload, settings: { url: "http://answers.example/" } }
      const id = yield* ask(yield* insertTenant, { payload: other })
      yield* query((sql) => sql`SELECT 1 FROM work_requests WHERE id = ${id} AND answer IS NOT NULL`).pipe(
        Effect.repeat({ until: (rows) => rows.length > 0, schedule: Schedule.spaced("50 millis") }),
        Effect.timeout("5 seconds")
      )
    })
  )
})
