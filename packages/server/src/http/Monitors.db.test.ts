/** Monitors over real HTTP: what can be asked, what is refused, and whom a change tells. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Cast, evidence } from "@v-insight/database/testing/Cast"
import { insertChecks } from "@v-insight/database/testing/checks"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import * as Envelope from "@v-insight/domain/api/Envelope"
import { Monitor } from "@v-insight/domain/model/Monitor"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Effect, Queue, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { type Answer, type Parsed, TestServer } from "../testing/TestServer.ts"

const spec = { type: "http", settings: { url: "https://blog.example/start" } }
const monitors = "/api/v1/monitors"
const decodePage = Schema.decodeUnknownEffect(Envelope.page(Monitor), { onExcessProperty: "error" })

layer(TestServer.layer, { excludeTestServices: true })("monitors", (it) => {
  it.effect("are named after the target in one line that can be shown", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const settings = { host: "db.example", user: "me", database: `a\r\n\u2028\u202e${"\u{1f600}".repeat(60)}` }
      const { body, text } = yield* ask("POST", "/api/v1/monitors", { as: eve, body: { type: "postgres", settings } })
      const { name } = body.data
      assert.match(name, /^db\.example:5432\/a \ufffd\u{1f600}+\ufffd?\u2026$/u, text)
      assert.isAtMost(name.length, 120)
    })
  )

  it.effect("defect 14: keep text as it was typed, in the answer and in the database", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      const typed = `<b>Shop</b> & "Söhne" 'O\\n' &amp; <script>`
      const tag = "<b>&"
      const made = yield* ask("POST", monitors, { as: alice, body: { ...spec, name: typed, tags: [tag] } })
      assert.deepInclude(made.body.data, { name: typed, tags: [tag] }, made.text)
      const channel = yield* ask("POST", "/api/v1/alert-channels", {
        as: alice,
        body: { name: typed, type: "webhook", settings: { url: "https://hook.example/?a=1&b=<2>" } }
      })
      assert.strictEqual(channel.body.data.name, typed, channel.text)
      const found = yield* ask("GET", `${monitors}?search=${encodeURIComponent('</b> & "S')}`, { as: alice })
      assert.deepStrictEqual(
        found.body.data.map(({ name }: Parsed) => name),
        [typed]
      )
      const kept = yield* Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`
          SELECT name, tags[1] AS tag FROM monitors WHERE id = ${made.body.data.id}
          UNION ALL SELECT name, NULL FROM alert_channels WHERE id = ${channel.body.data.id}`
      ).pipe(Effect.provide(TestDatabase.superuser))
      assert.deepStrictEqual(kept, [
        { name: typed, tag },
        { name: typed, tag: null }
      ])
    })
  )

  it.effect("are made with defaults for everything but the target", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const { body, status } = yield* ask("POST", monitors, { as: mallory, body: spec })
      assert.strictEqual(status, 201)
      const { id, createdAt, updatedAt, nextCheckAt, settings, ...rest } = body.data
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
      for (const at of [createdAt, updatedAt, nextCheckAt]) assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.deepStrictEqual(rest, {
        name: "blog.example/start",
        type: "http",
        secretsSet: [],
        intervalSeconds: 60,
        timeoutSeconds: 10,
        confirmations: 1,
        recoveryChecks: 1,
        inverted: false,
        tags: [],
        regions: [],
        quorum: null,
        degradedAfterMs: null,
        parentIds: [],
        paused: false,
        status: "pending",
        statusSince: null,
        lastCheckedAt: null,
        lastCheck: null
      })
      assert.deepInclude(settings, { url: "https://blog.example/start", method: "GET", expectedStatus: "200-299" })
      assert.deepStrictEqual((yield* ask("GET", `${monitors}/${id}`, { as: mallory })).body.data, body.data)
    })
  )

  it.effect("refuse what this deployment or common sense does not allow, all at once", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      const refused = (body: object) =>
        Effect.map(ask("POST", monitors, { as: alice, body }), ({ body, status }) => {
          assert.strictEqual(status, 422)
          assert.strictEqual(body.error.code, "VALIDATION_ERROR")
          return (body.error.details.issues as ReadonlyArray<{ path: string }>).map(({ path }) => path).sort()
        })
      assert.deepStrictEqual(yield* refused({ ...spec, intervalSeconds: 9 }), ["intervalSeconds"])
      assert.deepStrictEqual(yield* refused({ ...spec, intervalSeconds: 20, timeoutSeconds: 21 }), ["timeoutSeconds"])
      assert.deepStrictEqual(yield* refused({ ...spec, tenantId: alice.context.tenantId }), ["tenantId"])
      assert.deepStrictEqual(
        yield* refused({ type: "http", name: "", settings: { url: "ftp://x", method: "BREW IT" }, confirmations: -1 }),
        ["confirmations", "name", "settings.method", "settings.url"]
      )
      const short = yield* ask("POST", monitors, { as: alice, body: { ...spec, intervalSeconds: 10 } })
      assert.strictEqual(short.body.data.timeoutSeconds, 10)
    })
  )

  it.effect("change field by field, and are replaced as a whole", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const settings = { ...spec.settings, headers: { "x-probe": "1" }, method: "HEAD" }
      const made = yield* ask("POST", monitors, {
        as: eve,
        body: { ...spec, settings, name: "Blog", tags: ["a", "b"] }
      })
      const path = `${monitors}/${made.body.data.id}`
      const changed = yield* ask("PATCH", path, { as: eve, body: { settings: { method: "GET" }, tags: [] } })
      assert.strictEqual(changed.status, 200, changed.text)
      assert.deepInclude(changed.body.data, { name: "Blog", tags: [] })
      assert.deepInclude(changed.body.data.settings, { method: "GET", headers: { "x-probe": "1" } })
      assert.isAbove(Date.parse(changed.body.data.updatedAt), Date.parse(made.body.data.updatedAt) - 1)
      const inverted = yield* ask("PATCH", path, { as: eve, body: { inverted: true } })
      assert.deepInclude(inverted.body.data, { name: "Blog", inverted: true }, inverted.text)
      const wrong = yield* ask("PATCH", path, { as: eve, body: { settings: { url: "nowhere" } } })
      assert.strictEqual(wrong.body.error.details.issues[0].path, "settings.url", wrong.text)
      const unknown = yield* ask("PATCH", path, { as: eve, body: { settings: { colour: "red" } } })
      assert.strictEqual(unknown.body.error.details.issues[0].path, "settings.colour", unknown.text)
      const replaced = yield* ask("PUT", path, { as: eve, body: { ...spec, name: "Again" } })
      assert.deepInclude(replaced.body.data, { name: "Again", tags: [], intervalSeconds: 60, inverted: false })
      assert.deepInclude(replaced.body.data.settings, { method: "GET", headers: {} })
    })
  )

  it.effect("are listed by what needs attention, searched, filtered and counted", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { olga } = yield* Cast
      const create = (name: string, tags: ReadonlyArray<string>) =>
        ask("POST", monitors, { as: olga, body: { ...spec, name, tags } })
      yield* Effect.forEach(["delta", "Alpha", "charlie 100%", "bravo"], (name, index) =>
        create(name, index % 2 === 0 ? ["even"] : [])
      )
      const list = (query: string) =>
        Effect.map(ask("GET", `${monitors}?${query}`, { as: olga }), ({ body, text }) => {
          assert.isNotNull(body.data, text)
          return { names: body.data.map(({ name }: { name: string }) => name), meta: body.meta }
        })
      const all = yield* list("")
      assert.deepStrictEqual(all.names, ["Alpha", "bravo", "charlie 100%", "delta"])
      assert.deepStrictEqual(all.meta, { page: 1, perPage: 50, total: 4 })
      assert.deepStrictEqual(yield* list("page=2&perPage=3"), {
        names: ["delta"],
        meta: { page: 2, perPage: 3, total: 4 }
      })
      assert.deepStrictEqual(yield* list("page=9&perPage=3"), { names: [], meta: { page: 9, perPage: 3, total: 4 } })
      assert.deepStrictEqual((yield* list("search=ALPH")).names, ["Alpha"])
      assert.deepStrictEqual((yield* list("search=blog.example")).meta.total, 4)
      assert.deepStrictEqual((yield* list("search=0%25")).names, ["charlie 100%"])
      assert.deepStrictEqual((yield* list("search=_")).names, [])
      assert.deepStrictEqual((yield* list("tag=even&perPage=1")).names, ["charlie 100%"])
      const [first] = (yield* ask("GET", monitors, { as: olga })).body.data
      yield* ask("POST", `${monitors}/${first.id}/pause`, { as: olga })
      assert.deepStrictEqual((yield* list("")).names, ["bravo", "charlie 100%", "delta", "Alpha"])
      assert.deepStrictEqual((yield* list("status=paused")).names, ["Alpha"])
      const { body } = yield* ask("GET", `${monitors}/summary`, { as: olga })
      assert.deepInclude(body.data, { total: 4, pending: 3, paused: 1, up: 0 })
    })
  )

  it.effect("are listed as the contract says", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      const { body, headers } = yield* ask("GET", monitors, { as: alice })
      assert.strictEqual(headers.get("content-type"), "application/json")
      const { items, meta } = yield* decodePage(body)
      assert.strictEqual(meta.total, items.length)
      assert.isNotNull(items.find(({ name }) => name === "Shop")?.lastCheck)
      assert.hasAllKeys(body, ["data", "error", "meta"])
      for (const monitor of body.data) assert.hasAllKeys(monitor, Object.keys(Monitor.fields))
    })
  )

  it.effect("pause, resume, go and come back, and tell the worker and open screens each time", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const pg = yield* PgClient.PgClient
      const made = yield* ask("POST", monitors, { as: eve, body: spec })
      const { id } = made.body.data
      const path = `${monitors}/${id}`
      const changed = yield* pg.listen("monitor_changed")
      const live = yield* pg.listen("live")
      const doing = Effect.fnUntraced(function* (method: string, at: string) {
        const answer = yield* ask(method, at, { as: eve })
        assert.strictEqual(answer.status, 200, answer.text)
        assert.strictEqual((yield* Queue.take(changed)).payload, `${bucketOf(id)} ${id}`)
        assert.strictEqual((yield* Queue.take(live)).payload, eve.context.tenantId)
        return answer.body.data
      })
      assert.deepInclude(yield* doing("POST", `${path}/pause`), { paused: true, status: "paused", nextCheckAt: null })
      const run = yield* ask("POST", `${path}/run`, { as: eve })
      assert.strictEqual(run.status, 409, run.text)
      assert.deepInclude(yield* doing("POST", `${path}/resume`), { paused: false, status: "pending" })
      assert.strictEqual((yield* doing("DELETE", path)).id, id)
      assert.strictEqual((yield* ask("GET", path, { as: eve })).status, 404)
      assert.strictEqual((yield* ask("DELETE", path, { as: eve })).status, 404)
      assert.strictEqual((yield* doing("POST", `${path}/restore`)).id, id)
      assert.strictEqual((yield* ask("GET", path, { as: eve })).status, 200)
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )

  it.effect("when removed, end their incident and tell those who were told of it", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, things } = yield* Cast
      const pg = yield* PgClient.PgClient
      const pending = yield* pg.listen("notifications_pending")
      const gone = yield* ask("DELETE", `${monitors}/${things.monitorId}`, { as: alice })
      assert.strictEqual(gone.status, 200, gone.text)
      yield* Queue.take(pending)
      const { body } = yield* ask("GET", `/api/v1/incidents/${things.incidentId}`, { as: alice })
      assert.deepInclude(body.data, { status: "resolved", resolvedBy: alice.context.userId, monitorName: "Shop" })
      const told = yield* ask("GET", `/api/v1/incidents/${things.incidentId}/notifications`, { as: alice })
      assert.deepStrictEqual(
        told.body.data.map(({ type, status }: { type: string; status: string }) => [type, status]),
        [
          ["incident.opened", "sent"],
          ["incident.repeated", "failed"],
          ["incident.resolved", "pending"]
        ]
      )
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )

  it.effect("say of a bad check what it found, without what the target answered", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { otherThings, mallory } = yield* Cast
      const { body, text } = yield* ask("GET", `${monitors}/${otherThings.monitorId}/checks`, { as: mallory })
      assert.deepStrictEqual(body.data[0].detail, { ...evidence.firstBad.detail, response: null }, text)
    })
  )

  it.effect("show their checks, newest first, stretch by stretch", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [row] = yield* sql<{ now: number }>`
          SELECT to_millis(checked_at)::float8 AS now FROM check_results WHERE monitor_id = ${otherThings.monitorId}`
        // Five of them began in the same millisecond.
        yield* insertChecks(
          sql,
          sql`
            SELECT ${otherThings.monitorId}::uuid AS monitor_id, ${row!.now}::bigint - greatest(n, 5) * 1000 AS checked_ms,
              ${row!.now}::bigint - n * 1000 AS slot_ms, 'up' AS status, NULL::integer AS dns_us, n AS total_us
            FROM generate_series(1, 24) n`
        )
      }).pipe(Effect.provide(TestDatabase.superuser))
      const path = `${monitors}/${otherThings.monitorId}/checks`
      const seen: Array<{ slot: string; checkedAt: string }> = []
      let cursor: string | null = ""
      while (cursor !== null) {
        const stretch: Answer = yield* ask("GET", `${path}?limit=7${cursor === "" ? "" : `&cursor=${cursor}`}`, {
          as: mallory
        })
        assert.strictEqual(stretch.status, 200, stretch.text)
        seen.push(...stretch.body.data)
        cursor = stretch.body.meta.nextCursor
      }
      assert.lengthOf(seen, 25)
      assert.strictEqual(new Set(seen.map(({ slot }) => slot)).size, 25)
      assert.deepStrictEqual(
        seen.map(({ checkedAt }) => checkedAt),
        seen
          .map(({ checkedAt }) => checkedAt)
          .sort()
          .reverse()
      )
      const [newest] = seen as ReadonlyArray<Parsed>
      assert.deepInclude(newest, { status: "down", httpStatus: 503, attempts: 2, region: "default", address: null })
      assert.deepInclude(newest.certificate, { subject: "CN=shop.example" })
      assert.match(newest.certificate.fingerprint256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
      for (const bad of [
        "x",
        "%00",
        Buffer.from("1 2").toString("base64url"),
        Buffer.from("9999999999999999 1 a").toString("base64url")
      ]) {
        const refused = yield* ask("GET", `${path}?cursor=${bad}`, { as: mallory })
        assert.strictEqual(refused.status, 422, bad)
        assert.strictEqual(refused.body.error.details.issues[0].path, "cursor")
      }
    })
  )
})
