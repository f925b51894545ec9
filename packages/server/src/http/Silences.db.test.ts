/** Silences: begun, listed by what they are now, and ended early. */
import { assert, describe, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TestServer } from "../testing/TestServer.ts"
import { rfc3339 } from "@v-insight/database/repo/instant"

const silences = "/api/v1/silences"
const hourMs = 3_600_000
const matchers = [{ field: "tag", is: "equal", value: "shop" }]

/** RFC 3339, so many hours from now. */
const inHours = (hours: number) => Effect.map(Clock.currentTimeMillis, (now) => rfc3339(now + hours * hourMs))

layer(TestServer.layer, { excludeTestServices: true })("silences", (it) => {
  it.effect("are active, to come, or over; the active ones are listed first", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      const later = yield* ask("POST", silences, {
        as: mallory,
        body: { matchers, reason: "Later", startsAt: yield* inHours(1), endsAt: yield* inHours(2) }
      })
      assert.strictEqual(later.status, 201, later.text)
      assert.deepInclude(later.body.data, { state: "coming", createdBy: mallory.context.userId, noticeChannelId: null })
      const now = yield* ask("POST", silences, {
        as: mallory,
        body: { matchers, reason: "Now", endsAt: yield* inHours(1), noticeChannelId: otherThings.channelId }
      })
      assert.deepInclude(now.body.data, { state: "active", matchers, noticeChannelId: otherThings.channelId })
      const path = `${silences}/${now.body.data.id}`
      const listed = yield* ask("GET", silences, { as: mallory })
      const states = listed.body.data.map(({ state }: { state: string }) => state)
      assert.deepStrictEqual(states, ["active", "active", "coming"])
      const ended = yield* ask("POST", `${path}/end`, { as: mallory })
      assert.strictEqual(ended.body.data.state, "over", ended.text)
      assert.strictEqual((yield* ask("POST", `${path}/end`, { as: mallory })).status, 409)
      // One that has not begun can be ended, too.
      const dropped = yield* ask("POST", `${silences}/${later.body.data.id}/end`, { as: mallory })
      assert.strictEqual(dropped.body.data.state, "over", dropped.text)
      const over = yield* ask("GET", `${silences}?state=over`, { as: mallory })
      assert.strictEqual(over.body.meta.total, 2)
      assert.deepStrictEqual((yield* ask("GET", path, { as: mallory })).body.data, ended.body.data)
    })
  )

  it.effect("know a monitor in whatever case its id is written", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve, things } = yield* Cast
      const monitor = { field: "monitor", is: "equal", value: things.monitorId.toUpperCase() }
      const body = { matchers: [monitor], reason: "Known", endsAt: yield* inHours(1) }
      const made = yield* ask("POST", silences, { as: eve, body })
      assert.deepStrictEqual(made.body.data.matchers, [{ ...monitor, value: things.monitorId }], made.text)
    })
  )

  it.effect("that end early set free what they held, and nothing else", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, things } = yield* Cast
      const [held, waiting] = yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        return yield* Effect.forEach(["silenced", "quiet_hours"], (code, index) => {
          const id = uuidV7Unsafe()
          const reasons = JSON.stringify([{ code, message: "Held." }])
          return sql`
            INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event, sequence, due_at, reasons)
            VALUES (${alice.context.tenantId}, ${id}, ${things.incidentId}, ${things.channelId}, 'incident.repeated', '{}',
              ${index + 7}, now() + interval '1 day', ${reasons}::jsonb)`.pipe(Effect.as(id))
        })
      }).pipe(Effect.provide(TestDatabase.superuser))
      assert.strictEqual((yield* ask("POST", `${silences}/${things.silenceId}/end`, { as: alice })).status, 200)
      const { body } = yield* ask("GET", `/api/v1/incidents/${things.incidentId}/notifications`, { as: alice })
      const now = yield* Clock.currentTimeMillis
      const isDue = (id: string | undefined) =>
        Date.parse(body.data.find((one: { id: string }) => one.id === id).dueAt) < now + hourMs
      assert.deepStrictEqual([isDue(held), isDue(waiting)], [true, false])
    })
  )

  describe("refuse", () => {
    const refused = (fields: Effect.Effect<object>, path: string) =>
      Effect.gen(function* () {
        const { ask } = yield* TestServer
        const { alice } = yield* Cast
        const body = { matchers, reason: "Known", endsAt: yield* inHours(1), ...(yield* fields) }
        const answer = yield* ask("POST", silences, { as: alice, body })
        assert.strictEqual(answer.status, 422, answer.text)
        assert.strictEqual(answer.body.error.details.issues[0].path, path, answer.text)
        return answer.text
      })

    it.effect("what is over already, ends before it begins, or lasts longer than a year", () =>
      Effect.gen(function* () {
        yield* refused(
          Effect.map(inHours(-1), (endsAt) => ({ endsAt })),
          "endsAt"
        )
        yield* refused(
          Effect.map(inHours(2), (startsAt) => ({ startsAt })),
          "endsAt"
        )
        yield* refused(
          Effect.map(inHours(24 * 367), (endsAt) => ({ endsAt })),
          "endsAt"
        )
        yield* refused(Effect.succeed({ endsAt: "tomorrow" }), "endsAt")
        yield* refused(Effect.succeed({ matchers: [] }), "matchers")
        yield* refused(Effect.succeed({ reason: " " }), "reason")
      })
    )

    it.effect("what is not one's own, as if it were nothing", () =>
      Effect.gen(function* () {
        const { otherThings } = yield* Cast
        const of = (value: string) => Effect.succeed({ matchers: [{ field: "monitor", is: "equal", value }] })
        const foreign = yield* refused(of(otherThings.monitorId), "matchers.0.value")
        assert.strictEqual(foreign, yield* refused(of(uuidV7Unsafe()), "matchers.0.value"))
        assert.strictEqual(foreign, yield* refused(of("Shop"), "matchers.0.value"))
        yield* refused(Effect.succeed({ noticeChannelId: otherThings.channelId }), "noticeChannelId")
      })
    )
  })
})
