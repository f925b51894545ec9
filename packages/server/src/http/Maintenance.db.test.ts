/** Planned work: written as people mean it, kept in UTC, and shown as a calendar. */
import { assert, describe, layer } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Queue } from "effect"
import { TestServer } from "../testing/TestServer.ts"
import { overlapsOf } from "./maintenanceCalendar.ts"

const windows = "/api/v1/maintenance-windows"
const weekly = {
  name: "Updates",
  startsAt: "2026-10-24T02:00:00+02:00",
  endsAt: "2026-10-24T04:00:00+02:00",
  timeZone: "Europe/Berlin",
  recurrence: { every: "week", days: ["sat"], until: null },
  scope: { tags: ["updated"] }
}

layer(TestServer.layer, { excludeTestServices: true })("maintenance windows", (it) => {
  it.effect("are made, changed part by part, removed and restored, and workers hear of each", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const heard = yield* (yield* PgClient.PgClient).listen("alerting_changed")
      const told = Effect.map(Queue.take(heard), ({ payload }) => assert.strictEqual(payload, eve.context.tenantId))
      const made = yield* ask("POST", windows, { as: eve, body: weekly })
      assert.strictEqual(made.status, 201, made.text)
      yield* told
      const { id, createdAt: _, updatedAt: __, ...rest } = made.body.data
      assert.deepStrictEqual(rest, {
        ...weekly,
        startsAt: "2026-10-24T00:00:00.000Z",
        endsAt: "2026-10-24T02:00:00.000Z",
        scope: { monitorIds: [], tags: ["updated"] }
      })
      const path = `${windows}/${id}`
      const longer = yield* ask("PATCH", path, { as: eve, body: { endsAt: "2026-10-24T03:00:00Z", recurrence: null } })
      assert.deepInclude(longer.body.data, { endsAt: "2026-10-24T03:00:00.000Z", recurrence: null, name: "Updates" })
      yield* told
      assert.strictEqual((yield* ask("DELETE", path, { as: eve })).status, 200)
      yield* told
      assert.strictEqual((yield* ask("GET", path, { as: eve })).status, 404)
      const restored = yield* ask("POST", `${path}/restore`, { as: eve })
      assert.deepInclude(restored.body.data, { id, endsAt: "2026-10-24T03:00:00.000Z" })
      yield* told
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
  )

  it.effect("stay at two o'clock when clocks change, and say where they lie over each other", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const first = yield* ask("POST", windows, { as: mallory, body: weekly })
      const once = { name: "Move", startsAt: "2026-10-31T02:30:00Z", endsAt: "2026-10-31T05:00:00Z" }
      const second = yield* ask("POST", windows, { as: mallory, body: once })
      assert.strictEqual(second.status, 201, second.text)
      const query = "from=2026-10-20T00:00:00Z&to=2026-11-10T00:00:00Z"
      const calendar = yield* ask("GET", `${windows}/calendar?${query}`, { as: mallory })
      assert.strictEqual(calendar.status, 200, calendar.text)
      assert.deepInclude(calendar.body.data, { from: "2026-10-20T00:00:00.000Z", isCut: false })
      const shown = calendar.body.data.occurrences.map(
        (one: { windowId: string; startsAt: string; isRecurring: boolean; overlaps: boolean }) => [
          one.windowId,
          one.startsAt,
          one.isRecurring,
          one.overlaps
        ]
      )
      const [weeklyId, onceId] = [first.body.data.id, second.body.data.id]
      assert.deepStrictEqual(shown, [
        [weeklyId, "2026-10-24T00:00:00.000Z", true, false],
        // On the 25th of October clocks in Berlin were set back.
        [weeklyId, "2026-10-31T01:00:00.000Z", true, true],
        [onceId, "2026-10-31T02:30:00.000Z", false, true],
        [weeklyId, "2026-11-07T01:00:00.000Z", true, false]
      ])
    })
  )

  it.effect("of thousands of times the first are told, and that there are more", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { olga } = yield* Cast
      const daily = {
        name: "Nightly",
        startsAt: "2026-01-01T00:00:00Z",
        endsAt: "2026-01-01T01:00:00Z",
        recurrence: { every: "day", until: null }
      }
      yield* Effect.repeat(ask("POST", windows, { as: olga, body: daily }), { times: 8 })
      const query = "from=2026-03-01T00:00:00Z&to=2026-05-02T00:00:00Z"
      const { body, text } = yield* ask("GET", `${windows}/calendar?${query}`, { as: olga })
      assert.strictEqual(body.data.occurrences.length, 500, text.slice(0, 300))
      assert.isTrue(body.data.isCut)
    })
  )

  it.effect("at the ends of time are answered, one way or the other", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      for (const [startsAt, endsAt] of [
        ["0001-01-01T00:00:00+14:00", "0001-01-01T02:00:00Z"],
        ["0001-01-01T00:00:00Z", "0001-01-01T02:00:00Z"],
        ["9999-12-31T22:00:00Z", "9999-12-31T23:59:59.999999999Z"]
      ]) {
        const made = yield* ask("POST", windows, { as: eve, body: { ...weekly, startsAt, endsAt } })
        assert.include([201, 422], made.status, made.text)
      }
      for (const from of [
        "0001-01-01T00:00:00Z",
        "9999-12-31T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2027-01-01T00:00:00Z"
      ]) {
        const { body, status, text } = yield* ask("GET", `${windows}/calendar?from=${from}`, { as: eve })
        assert.strictEqual(status, 200, text)
        assert.match(body.data.to, /^\d{4}-/)
        assert.isAtMost(body.data.occurrences.length, 10)
      }
    })
  )

  const wrong: ReadonlyArray<readonly [what: string, body: object, path: string]> = [
    ["an end before its beginning", { endsAt: weekly.startsAt }, "endsAt"],
    ["a week of eight days", { endsAt: "2026-11-02T00:00:00Z" }, "endsAt"],
    ["more than a month", { endsAt: "2027-01-01T00:00:00Z", recurrence: null }, "endsAt"],
    ["a day that there is not", { startsAt: "2026-02-30T00:00:00Z" }, "startsAt"],
    ["no offset", { startsAt: "2026-10-24T02:00:00" }, "startsAt"],
    ["a zone that there is not", { timeZone: "Europe/Atlantis" }, "timeZone"],
    [
      "an end of the recurrence before it begins",
      { recurrence: { ...weekly.recurrence, until: "2026-01-01T00:00:00Z" } },
      "recurrence.until"
    ]
  ]
  describe("refuse", () => {
    for (const [what, body, path] of wrong) {
      it.effect(what, () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { alice, things } = yield* Cast
          const made = yield* ask("POST", windows, { as: alice, body: { ...weekly, ...body } })
          assert.strictEqual(made.status, 422, made.text)
          assert.strictEqual(made.body.error.details.issues[0].path, path, made.text)
          const changed = yield* ask("PATCH", `${windows}/${things.windowId}`, {
            as: alice,
            body: { ...weekly, ...body }
          })
          assert.strictEqual(changed.status, 422, changed.text)
        })
      )
    }

    it.effect("a calendar of more than 62 days", () =>
      Effect.gen(function* () {
        const { ask } = yield* TestServer
        const { alice } = yield* Cast
        const query = "from=2026-01-01T00:00:00Z&to=2026-03-05T00:00:00Z"
        const { status, text } = yield* ask("GET", `${windows}/calendar?${query}`, { as: alice })
        assert.strictEqual(status, 422, text)
      })
    )

    it.effect("monitors that are not one's own, as if they were none", () =>
      Effect.gen(function* () {
        const { ask } = yield* TestServer
        const { alice, mallory, otherThings, things } = yield* Cast
        for (const [as, monitorId] of [[mallory, things.monitorId] as const, [alice, otherThings.monitorId] as const]) {
          const refused = yield* ask("POST", windows, { as, body: { ...weekly, scope: { monitorIds: [monitorId] } } })
          assert.strictEqual(refused.status, 422, refused.text)
          assert.deepStrictEqual(refused.body.error.details.issues, [
            { path: "scope.monitorIds.0", message: "There is no such monitor" }
          ])
        }
      })
    )
  })

  it("overlaps are found in any order of ends", () => {
    const times = (...all: ReadonlyArray<readonly [number, number]>) => all.map(([from, to]) => ({ from, to }))
    assert.deepStrictEqual(
      [...overlapsOf(times([0, 9], [1, 2], [3, 4]))].sort((a, b) => a - b),
      [0, 1, 2]
    )
    // The end is not part of it.
    assert.deepStrictEqual(
      [...overlapsOf(times([0, 1], [1, 2], [5, 9], [6, 7]))].sort((a, b) => a - b),
      [2, 3]
    )
  })
})
