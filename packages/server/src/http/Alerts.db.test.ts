/** Channels and rules: secrets stay inside, and nobody's things but one's own can be named. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { SecretBox } from "@v-insight/database/SecretBox"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { alertRuleDefaults } from "@v-insight/domain/model/AlertRule"
import { Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TestServer } from "../testing/TestServer.ts"

const channels = "/api/v1/alert-channels"
const rules = "/api/v1/alert-rules"
const settings = { url: "https://hooks.example/a" }

/** What lies in the table. */
const stored = (id: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const [row] = yield* sql<{ settings: object; secrets: Uint8Array; tenantId: string }>`
      SELECT settings, secrets, tenant_id AS "tenantId" FROM alert_channels WHERE id = ${id}`
    const box = yield* SecretBox
    return {
      settings: row!.settings,
      secrets: yield* box.open(row!.secrets, { tenantId: row!.tenantId, rowId: id })
    }
  }).pipe(Effect.provide(Layer.merge(TestDatabase.superuser, TestBox)))

layer(TestServer.layer, { excludeTestServices: true })("alerts", (it) => {
  it.effect("a webhook's secret is made when it is left out, and shown once", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const made = yield* ask("POST", channels, { as: eve, body: { name: "Hook", type: "webhook", settings } })
      assert.strictEqual(made.status, 201, made.text)
      const { id } = made.body.data
      const { secret } = made.body.data.settings
      assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
      assert.deepStrictEqual(yield* stored(id), { settings, secrets: { secret } })
      for (const path of [channels, `${channels}/${id}`]) {
        const { text } = yield* ask("GET", path, { as: eve })
        assert.include(text, "hooks.example")
        assert.notInclude(text, "secret")
      }
    })
  )

  it.effect("a secret that is given is not said back; it stays when other settings change", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`
      const body = { name: "Hook", type: "webhook", settings: { ...settings, secret }, enabled: false }
      const made = yield* ask("POST", channels, { as: alice, body })
      assert.notInclude(made.text, "whsec_")
      const { id } = made.body.data
      const path = `${channels}/${id}`
      const changed = yield* ask("PATCH", path, {
        as: alice,
        body: { settings: { url: "https://b.example/" }, enabled: true }
      })
      assert.deepInclude(
        changed.body.data,
        { name: "Hook", enabled: true, settings: { url: "https://b.example/" } },
        changed.text
      )
      assert.deepStrictEqual(yield* stored(id), { settings: { url: "https://b.example/" }, secrets: { secret } })
      yield* ask("PATCH", path, { as: alice, body: { settings: { secret: "another secret" } } })
      assert.deepStrictEqual((yield* stored(id)).secrets, { secret: "another secret" })
      const wrong = yield* ask("PATCH", path, { as: alice, body: { settings: { secret: "short" } } })
      assert.strictEqual(wrong.status, 422)
      assert.strictEqual(wrong.body.error.details.issues[0].path, "settings.secret")

      assert.strictEqual((yield* ask("DELETE", path, { as: alice })).body.data.id, id)
      assert.strictEqual((yield* ask("GET", path, { as: alice })).status, 404)
      assert.strictEqual((yield* ask("POST", `${path}/restore`, { as: alice })).body.data.id, id)
      assert.deepStrictEqual((yield* stored(id)).secrets, { secret: "another secret" })
    })
  )

  it.effect("a rule names monitors, tags and channels, and changes part by part", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, things } = yield* Cast
      const scope = { monitorIds: [things.monitorId], tags: ["shop"] }
      const body = { name: "Shop is down", condition: { trigger: "down" }, scope, channelIds: [things.channelId] }
      const made = yield* ask("POST", rules, { as: alice, body })
      assert.strictEqual(made.status, 201, made.text)
      const { id, createdAt, updatedAt, ...rest } = made.body.data
      const sentence = "When Shop or any monitor tagged shop is down, tell Pager at once."
      assert.deepStrictEqual(rest, { ...alertRuleDefaults, ...body, sentence })
      assert.isAtMost(Date.parse(createdAt), Date.parse(updatedAt))
      const path = `${rules}/${id}`
      const renamed = yield* ask("PATCH", path, { as: alice, body: { name: "Shop", enabled: false } })
      assert.deepInclude(renamed.body.data, { name: "Shop", enabled: false, scope, channelIds: [things.channelId] })
      const wider = yield* ask("PATCH", path, { as: alice, body: { scope: {}, channelIds: [] } })
      assert.deepInclude(wider.body.data, { scope: { monitorIds: [], tags: [] }, channelIds: [] })
      const both = yield* ask("GET", `${rules}?perPage=1`, { as: alice })
      assert.deepStrictEqual(both.body.meta, { page: 1, perPage: 1, total: 2 })
      assert.strictEqual((yield* ask("DELETE", path, { as: alice })).status, 200)
      assert.strictEqual((yield* ask("GET", path, { as: alice })).status, 404)
      assert.strictEqual((yield* ask("POST", `${path}/restore`, { as: alice })).body.data.name, "Shop")
    })
  )

  it.effect.each([
    { trigger: "heartbeat_missed" },
    { trigger: "degraded", checks: 3 },
    { trigger: "slow_response", percentile: 95, aboveMs: 800, windowSeconds: 300 },
    { trigger: "ssl_expiry", daysBefore: [30, 7, 0] },
    { trigger: "flapping" },
    { trigger: "coverage_lost", belowPercent: 90, windowSeconds: 600 }
  ])("a rule can be of $trigger, with all that a rule can say, and take it back", (condition) =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      const options = {
        severity: "warning",
        delaySeconds: 120,
        repeatSeconds: 1800,
        activeHours: { timeZone: "Europe/Berlin", days: ["mon"], from: 480, to: 1080 },
        escalationPolicyId: otherThings.policyId
      }
      const body = { name: "n", condition, channelIds: [], ...options }
      const made = yield* ask("POST", rules, { as: mallory, body })
      assert.strictEqual(made.status, 201, made.text)
      assert.deepInclude(made.body.data, { condition, ...options })
      assert.include(made.body.data.sentence, "follow Wake somebody until somebody acknowledges")
      const path = `${rules}/${made.body.data.id}`
      const renamed = yield* ask("PATCH", path, { as: mallory, body: { name: "m" } })
      assert.deepInclude(renamed.body.data, { name: "m", condition, ...options })
      const none = { repeatSeconds: null, activeHours: null, escalationPolicyId: null }
      const plain = yield* ask("PATCH", path, {
        as: mallory,
        body: { ...none, delaySeconds: 0, severity: "info", condition: { trigger: "down" } }
      })
      assert.deepInclude(plain.body.data, { ...none, condition: { trigger: "down" }, severity: "info" }, plain.text)
    })
  )

  it.effect("a rule with limits of another trigger, or none that make sense, is refused", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, otherThings } = yield* Cast
      const refusals = [
        [{ condition: { trigger: "down", checks: 3 } }, "condition"],
        [{ condition: { trigger: "degraded" } }, "condition"],
        [{ condition: { trigger: "degraded", checks: 0 } }, "condition"],
        [{ condition: { trigger: "mood" } }, "condition"],
        [{ condition: { trigger: "ssl_expiry", daysBefore: [] } }, "condition"],
        [{ trigger: "down" }, "trigger"],
        [{ delaySeconds: 86_401 }, "delaySeconds"],
        [{ repeatSeconds: 59 }, "repeatSeconds"],
        [{ severity: "loud" }, "severity"],
        [{ activeHours: { timeZone: "Mars", days: ["mon"], from: 0, to: 1 } }, "activeHours"],
        [{ escalationPolicyId: otherThings.policyId }, "escalationPolicyId"]
      ] as const
      for (const [fields, path] of refusals) {
        const body = { name: "n", condition: { trigger: "down" }, channelIds: [], ...fields }
        const { body: refused, status, text } = yield* ask("POST", rules, { as: alice, body })
        assert.strictEqual(status, 422, text)
        for (const issue of refused.error.details.issues) assert.isTrue(issue.path.startsWith(path), text)
      }
    })
  )

  it.effect("a channel has quiet hours and a budget, and can do without", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const body = { name: "Night", type: "webhook", settings }
      const made = yield* ask("POST", channels, { as: eve, body })
      assert.deepInclude(made.body.data, { quietHours: null, stormBudget: { messages: 20, seconds: 300 } })
      const path = `${channels}/${made.body.data.id}`
      const quietHours = { timeZone: "UTC", days: ["sat", "sun"], from: 1320, to: 360, exceptCritical: true }
      const stormBudget = { messages: 5, seconds: 60 }
      const quiet = yield* ask("PATCH", path, { as: eve, body: { quietHours, stormBudget } })
      assert.deepInclude(quiet.body.data, { quietHours, stormBudget }, quiet.text)
      yield* ask("PATCH", path, { as: eve, body: { name: "Nights" } })
      assert.deepInclude((yield* ask("GET", path, { as: eve })).body.data, { name: "Nights", quietHours, stormBudget })
      const loud = yield* ask("PATCH", path, { as: eve, body: { quietHours: null } })
      assert.deepInclude(loud.body.data, { quietHours: null, stormBudget })
      const wrong = yield* ask("PATCH", path, { as: eve, body: { stormBudget: { messages: 0, seconds: 60 } } })
      assert.strictEqual(wrong.body.error.details.issues[0].path, "stormBudget.messages", wrong.text)
    })
  )

  it.effect("a rule that names what is not there, or not one's own, is told which, and not why", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, otherThings, things } = yield* Cast
      const refusal = Effect.fnUntraced(function* (monitorId: string, channelId: string) {
        const references = {
          scope: { monitorIds: [things.monitorId, monitorId] },
          channelIds: [channelId, things.channelId]
        }
        const made = yield* ask("POST", rules, {
          as: alice,
          body: { name: "Spy", condition: { trigger: "down" }, ...references }
        })
        assert.strictEqual(made.status, 422, made.text)
        const changed = yield* ask("PATCH", `${rules}/${things.ruleId}`, { as: alice, body: references })
        assert.strictEqual(changed.text, made.text)
        return made.body.error
      })
      const foreign = yield* refusal(otherThings.monitorId, otherThings.channelId)
      assert.deepStrictEqual(
        foreign.details.issues.map(({ path }: { path: string }) => path),
        ["scope.monitorIds.1", "channelIds.0"]
      )
      assert.deepStrictEqual(yield* refusal(uuidV7Unsafe(), uuidV7Unsafe()), foreign)
      const unchanged = yield* ask("GET", `${rules}/${things.ruleId}`, { as: alice })
      assert.deepInclude(unchanged.body.data, { name: "Everything", channelIds: [things.channelId] })
    })
  )
})
