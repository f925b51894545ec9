/** Settings that cannot work: 422 with the field's path and a sentence, and nothing is stored. */
import { assert, describe, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { monitorTypeNames } from "@v-insight/domain/monitor-types/registry"
import { Effect } from "effect"
import { samples } from "../testing/samples.ts"
import { type Answer, TestServer } from "../testing/TestServer.ts"

const monitors = "/api/v1/monitors"

interface Issue {
  readonly path: string
  readonly message: string
}

/** The issue of a path; every message is a sentence for people, not the name of a rule or a type. */
const issueAt = ({ body, status, text }: Answer, path: string): Issue => {
  assert.strictEqual(status, 422, text)
  assert.strictEqual(body.error.code, "VALIDATION_ERROR")
  const issues: ReadonlyArray<Issue> = body.error.details.issues
  const found = issues.find((issue) => issue.path === path || issue.path.startsWith(`${path}.`))
  assert.isDefined(found, text)
  assert.isAtLeast(found.message.length, 8, text)
  assert.notMatch(found.message, /isPattern|RegExp|makeFilter|undefined|\[object/)
  return found
}

layer(TestServer.layer, { excludeTestServices: true })("impossible settings", (it) => {
  const count = Effect.gen(function* () {
    const { ask } = yield* TestServer
    const { mallory } = yield* Cast
    return (yield* ask("GET", `${monitors}?perPage=1`, { as: mallory })).body.meta.total as number
  })

  for (const type of monitorTypeNames) {
    const sample = samples[type]
    if (sample === undefined) throw new Error(`Say in testing/samples.ts what ${type} takes and what it refuses`)
    const { impossible, secrets, settings } = sample
    const valid = { ...settings, ...secrets }
    if (type === "http") Object.assign(valid, { token: undefined })

    describe(`a monitor of type ${type}`, () => {
      it.effect("takes what is possible", () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { eve } = yield* Cast
          const made = yield* ask("POST", monitors, { as: eve, body: { type, settings: valid } })
          assert.strictEqual(made.status, 201, made.text)
          const path = `${monitors}/${made.body.data.id}`
          assert.strictEqual((yield* ask("DELETE", path, { as: eve })).status, 200)
        })
      )

      for (const [what, wrong, path] of [
        ...impossible,
        ["a setting that there is not", { colour: "red" }, "colour"] as const
      ]) {
        it.effect(`refuses ${what}`, () =>
          Effect.gen(function* () {
            const { ask } = yield* TestServer
            const { mallory } = yield* Cast
            const before = yield* count
            const body = { type, settings: { ...valid, ...wrong } }
            issueAt(yield* ask("POST", monitors, { as: mallory, body }), `settings.${path}`)
            issueAt(yield* ask("POST", "/api/v1/checks/try", { as: mallory, body }), `settings.${path}`)
            assert.strictEqual(yield* count, before)
          })
        )
      }

      it.effect("refuses a time-out longer than the interval", () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { mallory } = yield* Cast
          const body = { type, settings: valid, intervalSeconds: 20, timeoutSeconds: 30 }
          issueAt(yield* ask("POST", monitors, { as: mallory, body }), "timeoutSeconds")
        })
      )
    })
  }

  it.effect("a heartbeat cannot be inverted", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const { settings } = samples["heartbeat"]!
      const body = { type: "heartbeat", settings }
      const before = yield* count
      issueAt(yield* ask("POST", monitors, { as: eve, body: { ...body, inverted: true } }), "inverted")
      assert.strictEqual(yield* count, before)
      const made = yield* ask("POST", monitors, { as: eve, body: { ...body, inverted: false } })
      assert.strictEqual(made.status, 201, made.text)
      const path = `${monitors}/${made.body.data.id}`
      issueAt(yield* ask("PATCH", path, { as: eve, body: { inverted: true } }), "inverted")
      issueAt(yield* ask("PUT", path, { as: eve, body: { ...body, inverted: true } }), "inverted")
      assert.deepStrictEqual((yield* ask("GET", path, { as: eve })).body.data, made.body.data)
    })
  )

  it.effect("what cannot work does not replace what does", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const { settings } = samples["tcp"]!
      const made = yield* ask("POST", monitors, { as: eve, body: { type: "tcp", settings } })
      const path = `${monitors}/${made.body.data.id}`
      issueAt(yield* ask("PATCH", path, { as: eve, body: { settings: { port: 0 } } }), "settings.port")
      issueAt(
        yield* ask("PUT", path, { as: eve, body: { type: "tcp", settings: { ...settings, port: 0 } } }),
        "settings.port"
      )
      issueAt(yield* ask("PUT", path, { as: eve, body: { type: "dns", settings } }), "settings.name")
      issueAt(yield* ask("PUT", path, { as: eve, body: { type: "smoke", settings } }), "type")
      assert.deepStrictEqual((yield* ask("GET", path, { as: eve })).body.data, made.body.data)
    })
  )
})
