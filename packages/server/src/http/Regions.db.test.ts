/** Regions over real HTTP: which there are, what is refused, and what a monitor in several shows. */
import { assert, layer } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import { TestServer } from "../testing/TestServer.ts"

const monitors = "/api/v1/monitors"
const spec = { type: "http", settings: { url: "https://blog.example/start" } }

const asSuperuser = (query: (sql: PgClient.PgClient) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)

/** As their workers say it. */
const present = asSuperuser(
  (sql) => sql`
    INSERT INTO regions (name, seen_at, is_default)
    VALUES ('default', now(), true), ('eu', now(), false), ('us', now() - interval '1 hour', false)
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, is_default = excluded.is_default`
)

layer(TestServer.layer, { excludeTestServices: true })("regions", (it) => {
  it.effect("a region that no worker came from is refused, and so is a quorum that cannot be reached", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      yield* present
      const { body } = yield* ask("GET", "/api/v1/regions", { as: eve })
      assert.deepStrictEqual(
        body.data.map(({ isDefault, isPresent, name }: Record<string, unknown>) => [name, isDefault, isPresent]),
        [
          ["default", true, true],
          ["eu", false, true],
          ["us", false, false]
        ]
      )
      const refusal = (more: object) =>
        Effect.map(ask("POST", monitors, { as: eve, body: { ...spec, ...more } }), ({ body, status }) => {
          assert.strictEqual(status, 422)
          return body.error.details.issues[0]
        })
      assert.deepStrictEqual(yield* refusal({ regions: ["mars"] }), {
        path: "regions",
        message: "No worker has ever come from mars: choose from default, eu, us"
      })
      assert.strictEqual((yield* refusal({ regions: ["eu", "us"], quorum: 3 })).path, "quorum")
      assert.strictEqual((yield* refusal({ quorum: 2 })).path, "quorum")
    })
  )

  it.effect("the status of a monitor in several is their verdict, with the check of the one that can tell why", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      yield* present
      const made = yield* ask("POST", monitors, { as: eve, body: { ...spec, regions: ["eu", "us"] } })
      assert.strictEqual(made.status, 201, made.text)
      const { id } = made.body.data
      yield* asSuperuser(
        (sql) => sql`
          UPDATE monitor_state
          SET status = CASE region WHEN 'eu' THEN 'up' ELSE 'down' END, since_ms = to_millis(now()), checked_at = now(),
            error_code = CASE region WHEN 'us' THEN 'timeout' END, error_message = CASE region WHEN 'us' THEN 'No answer' END
          WHERE monitor_id = ${id}`
      )
      yield* asSuperuser(
        (sql) => sql`
          UPDATE monitor_verdicts SET status = 'degraded', since_ms = to_millis(now()), region = 'us' WHERE monitor_id = ${id}`
      )
      const page = yield* ask("GET", `${monitors}?search=blog`, { as: eve })
      const listed = page.body.data.filter((monitor: { id: string }) => monitor.id === id)
      assert.lengthOf(listed, 1)
      assert.strictEqual(listed[0].status, "degraded")
      assert.strictEqual(listed[0].lastCheck.error.code, "timeout")
      const standings = yield* ask("GET", `${monitors}/${id}/regions`, { as: eve })
      assert.strictEqual(standings.body.data.quorum, 2)
      assert.deepStrictEqual(
        standings.body.data.regions.map(({ region, status }: Record<string, unknown>) => [region, status]),
        [
          ["eu", "up"],
          ["us", "down"]
        ]
      )
      const other = yield* ask("PATCH", `${monitors}/${id}`, { as: eve, body: { regions: ["eu"], quorum: null } })
      assert.deepStrictEqual([other.status, other.body.data.regions], [200, ["eu"]], other.text)
    })
  )

  it.effect("with another first region ends what its rules have raised, and says why; other edits do not", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      yield* present
      const { tenantId } = eve.context
      const made = yield* ask("POST", monitors, { as: eve, body: { ...spec, regions: ["eu", "us"] } })
      const { id } = made.body.data
      const rule = yield* ask("POST", "/api/v1/alert-rules", {
        as: eve,
        body: { name: "Flaps", condition: { trigger: "flapping" }, channelIds: [], scope: { monitorIds: [id] } }
      })
      const insert = (ruleId: string | null) =>
        asSuperuser(
          (sql) => sql`
            INSERT INTO incidents (tenant_id, id, monitor_id, trigger, rule_id, started_at, cause_code, cause_message)
            VALUES (${tenantId}, uuid_v7(), ${id}, ${ruleId === null ? "down" : "flapping"}, ${ruleId}::uuid, now(), 'c', 'm')`
        )
      yield* insert(null)
      yield* insert(rule.body.data.id)
      const openOnes = Effect.map(
        ask("GET", `/api/v1/incidents?monitorId=${id}`, { as: eve }),
        ({ body }): ReadonlyArray<string> =>
          body.data
            .map(({ status, trigger }: Record<string, string>) => `${trigger} ${status}`)
            .toSorted((a: string, b: string) => a.localeCompare(b))
      )
      for (const regions of [["eu"], ["eu", "us", "default"]]) {
        const kept = yield* ask("PATCH", `${monitors}/${id}`, { as: eve, body: { regions } })
        assert.strictEqual(kept.status, 200, kept.text)
      }
      assert.deepStrictEqual(yield* openOnes, ["down open", "flapping open"])
      yield* ask("PATCH", `${monitors}/${id}`, { as: eve, body: { regions: ["us", "eu"] } })
      assert.deepStrictEqual(yield* openOnes, ["down open", "flapping resolved"])
      const { body } = yield* ask("GET", `/api/v1/incidents?monitorId=${id}&trigger=flapping`, { as: eve })
      const why = yield* ask("GET", `/api/v1/incidents/${body.data[0].id}/why`, { as: eve })
      assert.include(why.text, "Resolved: the monitor's first region is another one now.")
      // The default one by name is no other one.
      yield* ask("PATCH", `${monitors}/${id}`, { as: eve, body: { regions: ["default"] } })
      yield* insert(rule.body.data.id)
      const unnamed = yield* ask("PATCH", `${monitors}/${id}`, { as: eve, body: { regions: [] } })
      assert.strictEqual(unnamed.status, 200, unnamed.text)
      assert.include(yield* openOnes, "flapping open")
    })
  )
})
