/** People on call, escalation policies and contacts, through the API. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { TestServer } from "../testing/TestServer.ts"

const schedules = "/api/v1/on-call-schedules"
const policies = "/api/v1/escalation-policies"

const officeHours = { timeZone: "UTC", days: ["mon", "tue", "wed", "thu", "fri"], from: 540, to: 1020 }
const layerOf = (userIds: ReadonlyArray<string>, fields: object = {}) => ({
  name: "Primary",
  userIds,
  // Written with an offset: it is kept in UTC.
  startsAt: "2027-01-04T09:00:00+01:00",
  turn: { unit: "week", count: 1 },
  hours: null,
  ...fields
})

layer(TestServer.layer, { excludeTestServices: true })("on-call schedules", (it) => {
  const make = Effect.fnUntraced(function* (layers: ReadonlyArray<object>) {
    const { ask } = yield* TestServer
    const { eve } = yield* Cast
    const body = { name: "Primary", timeZone: "Europe/Berlin", layers }
    const made = yield* ask("POST", schedules, { as: eve, body })
    assert.strictEqual(made.status, 201, made.text)
    return made.body.data as { readonly id: string; readonly layers: ReadonlyArray<{ readonly startsAt: string }> }
  })

  it.effect("say who is paged at an instant, until when, and why", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve, victor } = yield* Cast
      const { id, layers } = yield* make([layerOf([alice.context.userId, eve.context.userId])])
      assert.strictEqual(layers[0]!.startsAt, "2027-01-04T08:00:00.000Z")
      const answer = yield* ask("GET", `${schedules}/${id}/on-call?at=2027-03-29T06:59:59Z`, { as: victor })
      assert.strictEqual(answer.status, 200, answer.text)
      assert.deepStrictEqual(answer.body.data, {
        scheduleId: id,
        at: "2027-03-29T06:59:59.000Z",
        userId: eve.context.userId,
        email: eve.email,
        source: "layer",
        layer: "Primary",
        overrideId: null,
        // 09:00 of Berlin, in summer by then
        until: "2027-03-29T07:00:00.000Z",
        reasons: [
          {
            code: "layer",
            message: `It is the turn of ${eve.email} in Primary, from Mon 2027-03-22 09:00 to Mon 2027-03-29 09:00 (Europe/Berlin).`
          }
        ]
      })
      const before = yield* ask("GET", `${schedules}/${id}/on-call?at=2027-01-01T00:00:00Z`, { as: victor })
      assert.deepInclude(before.body.data, { userId: null, source: null, until: "2027-01-04T08:00:00.000Z" })
      const wrong = yield* ask("GET", `${schedules}/${id}/on-call?at=tomorrow`, { as: victor })
      assert.strictEqual(wrong.status, 422, wrong.text)
      assert.deepStrictEqual(wrong.body.error.details.issues[0].path, "at")
    })
  )

  it.effect("of one person around the clock change at no time within 62 days", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      const { id } = yield* make([layerOf([alice.context.userId])])
      const answer = yield* ask("GET", `${schedules}/${id}/on-call?at=2027-03-01T00:00:00Z`, { as: alice })
      assert.isNull(answer.body.data.until)
    })
  )

  it.effect("let somebody stand in: editors add and remove that, viewers do not", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve, mallory, otherThings, victor } = yield* Cast
      const { id } = yield* make([layerOf([alice.context.userId])])
      const now = Date.now()
      const body = {
        userId: eve.context.userId,
        startsAt: new Date(now - 3_600_000).toISOString(),
        endsAt: new Date(now + 3_600_000).toISOString()
      }
      const path = `${schedules}/${id}/overrides`
      assert.strictEqual((yield* ask("POST", path, { as: victor, body })).status, 403)
      const added = yield* ask("POST", path, { as: eve, body })
      assert.strictEqual(added.status, 201, added.text)
      const overrideId = added.body.data.id
      const paged = yield* ask("GET", `${schedules}/${id}/on-call`, { as: alice })
      assert.deepInclude(paged.body.data, { email: eve.email, source: "override", layer: null, overrideId })
      assert.strictEqual(paged.body.data.until, body.endsAt)
      const read = yield* ask("GET", `${schedules}/${id}`, { as: victor })
      assert.deepStrictEqual(read.body.data.overrides, [added.body.data])

      const path1 = `${path}/${overrideId}`
      assert.strictEqual((yield* ask("DELETE", path1, { as: mallory })).status, 404)
      // Through a schedule of one's own neither.
      const own = yield* ask("DELETE", `${schedules}/${otherThings.scheduleId}/overrides/${overrideId}`, {
        as: mallory
      })
      assert.strictEqual(own.status, 404, own.text)
      assert.strictEqual((yield* ask("DELETE", path1, { as: eve })).status, 200)
      assert.strictEqual((yield* ask("DELETE", path1, { as: eve })).status, 404)
    })
  )

  it.effect("refuse who stands in backwards, in the past, for ever, or from elsewhere", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, mallory } = yield* Cast
      const { id } = yield* make([layerOf([alice.context.userId])])
      const { userId } = alice.context
      const future = new Date(Date.now() + 86_400_000).toISOString()
      for (const [body, path] of [
        [{ userId, startsAt: future, endsAt: future }, "endsAt"],
        [{ userId, startsAt: "2026-01-01T00:00:00Z", endsAt: "2026-01-02T00:00:00Z" }, "endsAt"],
        [{ userId, startsAt: future, endsAt: "2100-01-01T00:00:00Z" }, "endsAt"],
        [{ userId, startsAt: "soon", endsAt: future }, "startsAt"],
        [{ userId: mallory.context.userId, startsAt: "2026-01-01T00:00:00Z", endsAt: future }, "userId"]
      ] as const) {
        const answer = yield* ask("POST", `${schedules}/${id}/overrides`, { as: alice, body })
        assert.strictEqual(answer.status, 422, answer.text)
        assert.strictEqual(answer.body.error.details.issues[0].path, path)
      }
    })
  )

  it.effect("show who is on call over a range, with its gaps, at most 62 days at once", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      const { id } = yield* make([layerOf([alice.context.userId], { hours: officeHours })])
      const timeline = (query: string) => ask("GET", `${schedules}/${id}/timeline${query}`, { as: alice })
      const shown = yield* timeline("?from=2027-01-08T00:00:00Z&to=2027-01-11T12:00:00Z")
      assert.strictEqual(shown.status, 200, shown.text)
      assert.deepStrictEqual(
        shown.body.data.spans.map(({ email, from, to }: Record<string, string>) => [from, to, email]),
        [
          ["2027-01-08T00:00:00.000Z", "2027-01-08T08:00:00.000Z", null],
          ["2027-01-08T08:00:00.000Z", "2027-01-08T16:00:00.000Z", alice.email],
          ["2027-01-08T16:00:00.000Z", "2027-01-11T08:00:00.000Z", null],
          ["2027-01-11T08:00:00.000Z", "2027-01-11T12:00:00.000Z", alice.email]
        ]
      )
      assert.deepStrictEqual(shown.body.data.gaps, [
        { from: "2027-01-08T00:00:00.000Z", to: "2027-01-08T08:00:00.000Z" },
        { from: "2027-01-08T16:00:00.000Z", to: "2027-01-11T08:00:00.000Z" }
      ])
      const [layer] = shown.body.data.layers
      assert.deepStrictEqual(
        layer.spans.map(({ from, to }: Record<string, string>) => [from, to]),
        [
          ["2027-01-08T08:00:00.000Z", "2027-01-08T16:00:00.000Z"],
          ["2027-01-11T08:00:00.000Z", "2027-01-11T12:00:00.000Z"]
        ]
      )
      assert.strictEqual((yield* timeline("")).status, 200)
      assert.strictEqual((yield* timeline("?from=2027-01-01T00:00:00Z&to=2027-03-04T00:00:00Z")).status, 200)
      for (const [query, path] of [
        ["?from=2027-01-01T00:00:00Z&to=2027-03-04T00:00:01Z", "to"],
        ["?from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z", "to"],
        // Two weeks later, years have five digits.
        ["?from=9999-12-31T00:00:00Z", "from"],
        ["?from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z", "from"]
      ] as const) {
        const refused = yield* timeline(query)
        assert.strictEqual(refused.status, 422, `${query} ${refused.text}`)
        assert.strictEqual(refused.body.error.details.issues[0].path, path)
      }
    })
  )

  it.effect("name members only, and say which one is none", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve, mallory } = yield* Cast
      const body = (userIds: ReadonlyArray<string>) => ({ name: "X", timeZone: "UTC", layers: [layerOf(userIds)] })
      for (const id of [mallory.context.userId, uuidV7Unsafe()]) {
        const refused = yield* ask("POST", schedules, { as: eve, body: body([alice.context.userId, id]) })
        assert.strictEqual(refused.status, 422, refused.text)
        assert.deepStrictEqual(refused.body.error.details.issues, [
          { path: "layers.0.userIds.1", message: "There is no such member" }
        ])
      }
      const upper = yield* ask("POST", schedules, { as: eve, body: body([alice.context.userId.toUpperCase()]) })
      assert.deepStrictEqual(upper.body.data.layers[0].userIds, [alice.context.userId])
      const moved = yield* ask("PATCH", `${schedules}/${upper.body.data.id}`, {
        as: eve,
        body: { layers: [layerOf([mallory.context.userId])] }
      })
      assert.strictEqual(moved.status, 422, moved.text)
      const kept = yield* ask("GET", `${schedules}/${upper.body.data.id}`, { as: eve })
      assert.deepStrictEqual(kept.body.data.layers[0].userIds, [alice.context.userId])
    })
  )

  it.effect("that were removed can be restored", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      const { id } = yield* make([layerOf([alice.context.userId])])
      assert.strictEqual((yield* ask("DELETE", `${schedules}/${id}`, { as: alice })).status, 200)
      assert.strictEqual((yield* ask("GET", `${schedules}/${id}/on-call`, { as: alice })).status, 404)
      assert.strictEqual((yield* ask("POST", `${schedules}/${id}/restore`, { as: alice })).status, 200)
      assert.strictEqual((yield* ask("GET", `${schedules}/${id}/on-call`, { as: alice })).status, 200)
    })
  )
})

layer(TestServer.layer, { excludeTestServices: true })("escalation policies", (it) => {
  it.effect("name what is the tenant's own only, and say what is not", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve, mallory, otherThings, things } = yield* Cast
      const body = {
        name: "Wake",
        steps: [
          { waitSeconds: 0, targets: [{ type: "channel", channelId: things.channelId }] },
          {
            waitSeconds: 300,
            targets: [
              { type: "channel", channelId: otherThings.channelId },
              { type: "user", userId: mallory.context.userId },
              { type: "schedule", scheduleId: otherThings.scheduleId }
            ]
          }
        ]
      }
      const refused = yield* ask("POST", policies, { as: eve, body })
      assert.strictEqual(refused.status, 422, refused.text)
      assert.deepStrictEqual(refused.body.error.details.issues, [
        { path: "steps.1.targets.0.channelId", message: "There is no such alert channel" },
        { path: "steps.1.targets.1.userId", message: "There is no such member" },
        { path: "steps.1.targets.2.scheduleId", message: "There is no such on-call schedule" }
      ])
      const made = yield* ask("POST", policies, { as: eve, body: { ...body, steps: body.steps.slice(0, 1) } })
      assert.strictEqual(made.status, 201, made.text)
      assert.deepInclude(made.body.data, { name: "Wake", repeats: 0, steps: body.steps.slice(0, 1) })
      const path = `${policies}/${made.body.data.id}`
      const patched = yield* ask("PATCH", path, { as: eve, body: { repeats: 3 } })
      assert.deepInclude(patched.body.data, { name: "Wake", repeats: 3, steps: body.steps.slice(0, 1) })
      assert.strictEqual((yield* ask("PATCH", path, { as: eve, body: { steps: body.steps } })).status, 422)
      assert.strictEqual((yield* ask("PATCH", path, { as: eve, body: { repeats: 11 } })).status, 422)
      assert.strictEqual((yield* ask("DELETE", path, { as: eve })).status, 200)
      assert.strictEqual((yield* ask("GET", path, { as: eve })).status, 404)
      assert.deepStrictEqual(
        (yield* ask("POST", `${path}/restore`, { as: eve })).body.data.steps,
        body.steps.slice(0, 1)
      )
    })
  )
})

layer(TestServer.layer, { excludeTestServices: true })("contacts", (it) => {
  it.effect("are everybody's own to set, and of others for whoever administers", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve, otherThings, things, victor } = yield* Cast
      const path = (userId: string) => `/api/v1/members/${userId}/contacts`
      const body = { channelIds: [things.channelId] }
      const own = yield* ask("PUT", path(victor.context.userId), { as: victor, body })
      assert.strictEqual(own.status, 200, own.text)
      assert.deepStrictEqual(own.body.data, { userId: victor.context.userId, channelIds: [things.channelId] })
      assert.strictEqual((yield* ask("PUT", path(victor.context.userId), { as: eve, body })).status, 403)
      assert.strictEqual((yield* ask("PUT", path(victor.context.userId), { as: alice, body })).status, 200)
      const foreign = yield* ask("PUT", path(victor.context.userId), {
        as: victor,
        body: { channelIds: [things.channelId, otherThings.channelId] }
      })
      assert.deepStrictEqual(foreign.body.error.details.issues, [
        { path: "channelIds.1", message: "There is no such alert channel" }
      ])
      const read = yield* ask("GET", path(victor.context.userId), { as: eve })
      assert.deepStrictEqual(read.body.data.channelIds, [things.channelId])
      assert.deepStrictEqual(
        (yield* ask("PUT", path(victor.context.userId), { as: victor, body: { channelIds: [] } })).body.data.channelIds,
        []
      )
    })
  )

  it.effect("are of members, who are listed by their e-mail addresses", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve, victor } = yield* Cast
      const { body } = yield* ask("GET", "/api/v1/members", { as: victor })
      assert.deepStrictEqual(body.data, [
        { userId: alice.context.userId, email: alice.email, role: "owner" },
        { userId: eve.context.userId, email: eve.email, role: "editor" },
        { userId: victor.context.userId, email: victor.email, role: "viewer" }
      ])
    })
  )
})
