/** Of one monitor so many rules are judged: whoever would bring it one more is told, whichever way it comes. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { maxRulesPerMonitor } from "@v-insight/domain/model/AlertRule"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { type Answer, type Asked, TestServer } from "../testing/TestServer.ts"

const rules = "/api/v1/alert-rules"
const monitors = "/api/v1/monitors"
const flapping = { name: "Flaps", condition: { trigger: "flapping" }, channelIds: [] }

/** With a tag of its own that so many rules are about. */
const monitorWith = Effect.fnUntraced(function* (tag: string, count: number) {
  const { ask } = yield* TestServer
  const { alice: as } = yield* Cast
  const must = (method: string, path: string, body: unknown) =>
    Effect.map(ask(method, path, { as, body }), ({ body, status, text }) => {
      assert.oneOf(status, [200, 201], text)
      return body.data
    })
  const monitor = yield* must("POST", monitors, {
    name: `Monitor ${tag}`,
    type: "http",
    settings: { url: "https://shop.example/" },
    tags: [tag]
  })
  const made: Array<string> = []
  for (let index = 0; index < count; index++) {
    made.push((yield* must("POST", rules, { ...flapping, scope: { tags: [tag] } })).id)
  }
  const send = (method: string, path: string, body?: Asked["body"]) => ask(method, path, { as, body })
  return { monitor: monitor as { readonly id: string; readonly name: string }, rules: made, send }
})

/** As it was before anybody counted. */
const enable = (ruleId: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE alert_rules SET enabled = true WHERE id = ${ruleId}`).pipe(
    Effect.provide(TestDatabase.superuser)
  )

/** More of the same, as an import makes them. */
const copy = (monitorId: string, count: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`
      INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations,
        recovery_checks, tags)
      SELECT tenant_id, uuid_v7(), bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations,
        recovery_checks, tags
      FROM monitors, generate_series(1, ${count}::integer)
      WHERE id = ${monitorId}`
  ).pipe(Effect.provide(TestDatabase.superuser))

const assertRefused = (answer: Answer, name: string) => {
  assert.deepStrictEqual([answer.status, answer.body.error?.code], [409, "CONFLICT"], answer.text)
  const { message } = answer.body.error
  for (const said of [
    `“${name}”`,
    `${maxRulesPerMonitor + 1} alert rules`,
    `${maxRulesPerMonitor} is the most`,
    "narrow"
  ]) {
    assert.include(message, said)
  }
}

layer(TestServer.layer, { excludeTestServices: true })("of a monitor, more rules than are judged", (it) => {
  it.effect("are not made, and what is not judged or is about others does not count", () =>
    Effect.gen(function* () {
      const { monitor, rules: made, send } = yield* monitorWith("made", maxRulesPerMonitor)
      const more = { ...flapping, scope: { tags: ["made"] } }
      assertRefused(yield* send("POST", rules, more), monitor.name)
      assertRefused(yield* send("POST", rules, { ...flapping, scope: { monitorIds: [monitor.id] } }), monitor.name)
      assertRefused(yield* send("POST", rules, flapping), monitor.name)
      for (const other of [
        { ...more, condition: { trigger: "down" } },
        { ...more, enabled: false },
        { ...more, scope: { tags: ["nobody has this one"] } }
      ]) {
        const answer = yield* send("POST", rules, other)
        assert.strictEqual(answer.status, 201, answer.text)
      }
      assert.strictEqual((yield* send("DELETE", `${rules}/${made[0]}`)).status, 200)
      assert.strictEqual((yield* send("POST", rules, more)).status, 201)
      assertRefused(yield* send("POST", `${rules}/${made[0]}/restore`), monitor.name)
      assert.strictEqual((yield* send("GET", `${rules}/${made[0]}`)).status, 404)
    })
  )

  it.effect("do not come of an edit: enabled, of another trigger, or about more", () =>
    Effect.gen(function* () {
      const { monitor, rules: made, send } = yield* monitorWith("edited", maxRulesPerMonitor)
      const one = yield* send("POST", rules, { ...flapping, scope: { tags: ["edited"] }, enabled: false })
      const path = `${rules}/${one.body.data.id}`
      assertRefused(yield* send("PATCH", path, { enabled: true }), monitor.name)
      assert.isFalse((yield* send("GET", path)).body.data.enabled)
      const other = yield* send("PATCH", path, { enabled: true, condition: { trigger: "down" } })
      assert.strictEqual(other.status, 200, other.text)
      assertRefused(yield* send("PATCH", path, { condition: { trigger: "degraded", checks: 3 } }), monitor.name)
      const elsewhere = { condition: { trigger: "flapping" }, scope: { tags: ["elsewhere"] } }
      assert.strictEqual((yield* send("PATCH", path, elsewhere)).status, 200)
      assertRefused(yield* send("PATCH", path, { scope: { tags: ["elsewhere", "edited"] } }), monitor.name)
      const full = yield* send("PATCH", `${rules}/${made[0]}`, {
        name: "m",
        enabled: true,
        scope: { tags: ["edited"] }
      })
      assert.strictEqual(full.status, 200, full.text)
    })
  )

  it.effect("do not come by a tag, a new monitor or a restored one", () =>
    Effect.gen(function* () {
      const { monitor, send } = yield* monitorWith("tagged", maxRulesPerMonitor)
      assert.strictEqual((yield* send("POST", rules, { ...flapping, scope: { tags: ["more"] } })).status, 201)
      const path = `${monitors}/${monitor.id}`
      const refused = yield* send("PATCH", path, { tags: ["tagged", "more"] })
      assertRefused(refused, monitor.name)
      assert.include(refused.body.error.message, "Leave a tag out")
      assert.deepStrictEqual((yield* send("GET", path)).body.data.tags, ["tagged"])
      const swapped = yield* send("PATCH", path, { tags: ["more"] })
      assert.strictEqual(swapped.status, 200, swapped.text)
      const another = { name: "New", type: "http", settings: { url: "https://b.example/" }, tags: ["more", "tagged"] }
      assertRefused(yield* send("POST", monitors, another), "New")
      const removed = yield* send("POST", monitors, { ...another, tags: ["tagged"] })
      assert.strictEqual(removed.status, 201, removed.text)
      yield* send("DELETE", `${monitors}/${removed.body.data.id}`)
      const named = yield* send("POST", rules, { ...flapping, scope: { monitorIds: [removed.body.data.id] } })
      assert.strictEqual(named.status, 201, named.text)
      assertRefused(yield* send("POST", `${monitors}/${removed.body.data.id}/restore`), "New")
    })
  )

  it.effect("do not come of two who change both at once", () =>
    Effect.gen(function* () {
      const { monitor, send } = yield* monitorWith("raced", maxRulesPerMonitor - 1)
      for (let round = 0; round < 10; round++) {
        const rule = { ...flapping, scope: { tags: [`round ${round}`] } }
        assert.strictEqual((yield* send("POST", rules, rule)).status, 201)
        const [made, tagged] = yield* Effect.all(
          [
            send("POST", rules, { ...flapping, scope: { tags: ["raced"] } }),
            send("PATCH", `${monitors}/${monitor.id}`, { tags: ["raced", `round ${round}`] })
          ],
          { concurrency: 2 }
        )
        assert.sameMembers([made.status === 201, tagged.status === 200], [true, false], `${made.text} ${tagged.text}`)
        if (made.status === 201) yield* send("DELETE", `${rules}/${made.body.data.id}`)
        yield* send("PATCH", `${monitors}/${monitor.id}`, { tags: ["raced"] })
      }
    })
  )

  it.effect("that were there before stay as they are, and may become fewer", () =>
    Effect.gen(function* () {
      const { monitor, send } = yield* monitorWith("crowd", maxRulesPerMonitor)
      const more = yield* send("POST", rules, { ...flapping, scope: { tags: ["crowd"] }, enabled: false })
      yield* enable(more.body.data.id)
      const path = `${monitors}/${monitor.id}`
      for (const [change, at] of [
        [{ name: "Renamed" }, path],
        [{ tags: ["crowd", "of nobody"] }, path],
        [{ scope: { tags: ["crowd", "of nobody"] } }, `${rules}/${more.body.data.id}`]
      ] as const) {
        const answer = yield* send("PATCH", at, change)
        assert.strictEqual(answer.status, 200, answer.text)
      }
    })
  )

  it.effect("are found in time where thousands of monitors share all their tags with them", () =>
    Effect.gen(function* () {
      const { monitor, rules: made, send } = yield* monitorWith("shared", maxRulesPerMonitor)
      const tags = ["shared", ...Array.from({ length: 19 }, (_, index) => `shared ${index}`)]
      assert.strictEqual((yield* send("PATCH", `${monitors}/${monitor.id}`, { tags })).status, 200)
      for (const id of made) {
        assert.strictEqual((yield* send("PATCH", `${rules}/${id}`, { scope: { tags } })).status, 200)
      }
      const other = yield* send("POST", rules, { ...flapping, scope: { tags: ["shared by nobody"] } })
      assert.strictEqual(other.status, 201, other.text)
      yield* copy(monitor.id, 12_000)
      // Within the five seconds that a statement may take.
      const saved = yield* send("PATCH", `${rules}/${made[0]}`, { scope: { tags } })
      assert.strictEqual(saved.status, 200, saved.text)
      assertRefused(yield* send("PATCH", `${rules}/${other.body.data.id}`, { scope: { tags } }), monitor.name)
    })
  )
})
