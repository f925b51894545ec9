/** Secrets of monitors: sealed, kept, removed, never told, and sent nowhere but where they went before. */
import { assert, describe, layer } from "@effect/vitest"
import { Cast, type Person } from "@v-insight/database/testing/Cast"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { SecretBox } from "@v-insight/database/SecretBox"
import { monitorTypeNames, secretsOf } from "@v-insight/domain/monitor-types/registry"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { samples } from "../testing/samples.ts"
import { standIn } from "../testing/StandInWorker.ts"
import { type Answer, TestServer } from "../testing/TestServer.ts"

const monitors = "/api/v1/monitors"
const tries = "/api/v1/checks/try"

interface Row {
  readonly tenantId: string
  readonly text: string
  readonly secrets: Uint8Array | null
}

/** What lies in the table, and what of it only the key opens. */
const stored = (id: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* sql<Row>`
      SELECT tenant_id AS "tenantId", m::text AS text, secrets FROM monitors m WHERE id = ${id}`
    const box = yield* SecretBox
    const secrets = row!.secrets === null ? {} : yield* box.open(row!.secrets, { tenantId: row!.tenantId, rowId: id })
    return { text: row!.text, secrets }
  }).pipe(Effect.provide(Layer.merge(TestDatabase.superuser, TestBox)), Effect.orDie)

const isPlanted = (text: string): void => assert.notInclude(text, "planted-")

const pathsOf = ({ body, status, text }: Answer): ReadonlyArray<string> => {
  assert.strictEqual(status, 422, text)
  isPlanted(text)
  return body.error.details.issues.map(({ path }: { path: string }) => path)
}

const make = Effect.fnUntraced(function* (as: Person, type: string) {
  const { ask } = yield* TestServer
  const { secrets, settings } = samples[type]!
  const body = { type, settings: { ...settings, ...secrets } }
  const made = yield* ask("POST", monitors, { as, body })
  assert.strictEqual(made.status, 201, made.text)
  return { made, id: made.body.data.id as string, path: `${monitors}/${made.body.data.id}`, settings, secrets }
})

layer(TestServer.layer, { excludeTestServices: true })("secrets of monitors", (it) => {
  for (const type of monitorTypeNames.filter((name) => secretsOf(name).length > 0)) {
    describe(`a monitor of type ${type}`, () => {
      const names = secretsOf(type).filter((name) => name in samples[type]!.secrets)

      it.effect("are sealed, and read back by nobody", () =>
        Effect.gen(function* () {
          const { ask, log } = yield* TestServer
          const { eve, victor } = yield* Cast
          const { id, made, path, secrets } = yield* make(eve, type)
          assert.deepStrictEqual(made.body.data.secretsSet, names)
          const row = yield* stored(id)
          isPlanted(row.text)
          assert.deepStrictEqual(row.secrets, secrets)
          const looks = [
            made,
            yield* ask("GET", path, { as: victor }),
            yield* ask("GET", monitors, { as: victor }),
            yield* ask("PATCH", path, { as: eve, body: { name: "Renamed" } }),
            yield* ask("POST", `${path}/pause`, { as: eve })
          ]
          for (const { text } of looks) {
            isPlanted(text)
            assert.include(text, `"secretsSet":["${names.join('","')}"]`)
          }
          isPlanted(log.join("\n"))
          assert.deepStrictEqual((yield* stored(id)).secrets, secrets)
        })
      )

      it.effect("stay when they are left out, and go when they are null", () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { eve } = yield* Cast
          const { id, path, secrets, settings } = yield* make(eve, type)
          const replaced = yield* ask("PUT", path, { as: eve, body: { type, settings, name: "Again" } })
          assert.deepStrictEqual(replaced.body.data.secretsSet, names, replaced.text)
          const patched = yield* ask("PATCH", path, { as: eve, body: { settings } })
          assert.deepStrictEqual(patched.body.data.secretsSet, names, patched.text)
          assert.deepStrictEqual((yield* stored(id)).secrets, secrets)
          // Steps that write {{password}} cannot do without it.
          const blank = type === "steps" ? { steps: [{ name: "Look", url: "https://shop.example/login" }] } : settings
          const without = { ...blank, ...Object.fromEntries(names.map((name) => [name, null])) }
          const removed = yield* ask("PATCH", path, { as: eve, body: { settings: without } })
          assert.deepStrictEqual(removed.body.data.secretsSet, [], removed.text)
          assert.notProperty(removed.body.data.settings, names[0]!)
          assert.deepStrictEqual((yield* stored(id)).secrets, {})
        })
      )

      it.effect("do not follow a monitor that goes elsewhere", () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { eve } = yield* Cast
          const { id, made, path, secrets, settings } = yield* make(eve, type)
          const wanted = names.map((name) => `settings.${name}`)
          const { elsewhere } = samples[type]!
          assert.isNotEmpty(elsewhere)
          for (const other of elsewhere) {
            const moved = { ...settings, ...other }
            const asked = { as: eve, body: { type, settings: moved } }
            assert.deepStrictEqual(pathsOf(yield* ask("PUT", path, asked)), wanted)
            assert.deepStrictEqual(pathsOf(yield* ask("PATCH", path, { as: eve, body: { settings: other } })), wanted)
            // Tries are rationed.
            if (other !== elsewhere.at(-1)) continue
            const tried = yield* ask("POST", tries, { as: eve, body: { ...asked.body, monitorId: id } })
            assert.deepStrictEqual(pathsOf(tried), wanted)
            const live = yield* ask("POST", `${tries}/live`, { as: eve, body: { ...asked.body, monitorId: id } })
            assert.deepStrictEqual(pathsOf(live), wanted)
          }
          const kept = yield* ask("GET", path, { as: eve })
          assert.deepStrictEqual(kept.body.data, made.body.data)
          // Typed again they may.
          const moved = yield* ask("PUT", path, {
            as: eve,
            body: { type, settings: { ...settings, ...elsewhere[0], ...secrets } }
          })
          assert.strictEqual(moved.status, 200, moved.text)
        })
      )

      it.effect("are tried without being typed again, by those who may", () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          // Tries are rationed by tenant: these are others than above.
          const { mallory, olga, victor } = yield* Cast
          const { id, secrets, settings } = yield* make(mallory, type)
          const outcome = {
            status: "up",
            timings: { dnsUs: 1, connectUs: 1, tlsUs: null, firstByteUs: 1, transferUs: 1, totalUs: 4 },
            httpStatus: null,
            error: null,
            certificate: null,
            address: null,
            attempts: 1,
            detail: null
          }
          const worker = yield* standIn(() => ({ answer: { data: outcome } }))
          const body = { type, settings, monitorId: id }
          const tried = yield* ask("POST", tries, { as: mallory, body })
          assert.strictEqual(tried.status, 200, tried.text)
          const { payload, raw } = yield* worker.seen
          assert.deepInclude((payload as { settings: object }).settings, secrets)
          isPlanted(raw)
          assert.strictEqual((yield* ask("POST", tries, { as: victor, body })).status, 403)
          const foreign = yield* ask("POST", tries, { as: olga, body })
          assert.strictEqual(foreign.status, 404, foreign.text)
        }).pipe(Effect.scoped, Effect.provide(TestDatabase.worker))
      )

      it.effect("are dropped with the type, and not lent to another one", () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { eve } = yield* Cast
          const { id, path } = yield* make(eve, type)
          const other = { type: "dns", settings: { name: "shop.example" } }
          const changed = yield* ask("PUT", path, { as: eve, body: other })
          assert.deepStrictEqual(changed.body.data.secretsSet, [], changed.text)
          assert.deepStrictEqual((yield* stored(id)).secrets, {})
        })
      )

      it.effect("that cannot be opened any more are asked for, and break nothing else", () =>
        Effect.gen(function* () {
          const { ask } = yield* TestServer
          const { eve } = yield* Cast
          const { id, path, secrets, settings } = yield* make(eve, type)
          const sql = yield* SqlClient.SqlClient
          // As if sealed with another key, or copied from another row.
          const { id: other } = yield* make(eve, type)
          yield* sql`UPDATE monitors SET secrets = (SELECT secrets FROM monitors WHERE id = ${other}) WHERE id = ${id}`
          assert.strictEqual((yield* ask("PATCH", path, { as: eve, body: { name: "Renamed" } })).status, 200)
          const asked = yield* ask("PATCH", path, { as: eve, body: { settings } })
          assert.deepStrictEqual(
            pathsOf(asked),
            names.map((name) => `settings.${name}`)
          )
          const mended = yield* ask("PATCH", path, { as: eve, body: { settings: secrets } })
          assert.strictEqual(mended.status, 200, mended.text)
          assert.deepStrictEqual((yield* stored(id)).secrets, secrets)
        }).pipe(Effect.provide(TestDatabase.superuser))
      )
    })
  }

  it.effect("a secret that is refused is not said back", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const wrong = `planted-${"x".repeat(2000)}`
      for (const password of [wrong, [wrong], { wrong }]) {
        const body = { type: "redis", settings: { host: "cache.example", password } }
        assert.include(pathsOf(yield* ask("POST", monitors, { as: eve, body }))[0], "settings.password")
        pathsOf(yield* ask("POST", tries, { as: eve, body }))
      }
    })
  )
})
