/** Troubles that workers notice, their rows, and a real receiver. What begins here ends when nobody notices it for 15 s. */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { ConfigProvider, Context, Effect, Layer, Schedule } from "effect"
import { NetEnvironment } from "../net/NetEnvironment.ts"
import { testEnvironment } from "../net/testing/TestDialer.ts"
import { OperatorAlerts } from "./OperatorAlerts.ts"
import * as OperatorWebhook from "./OperatorWebhook.ts"
import { asSuperuser } from "../testing/Seed.ts"

interface Told {
  readonly id: string
  readonly signature: string | undefined
  readonly text: string
}

/** What takes messages, unless it is away. */
const receiver = Effect.gen(function* () {
  const told: Array<Told> = []
  const state = { isAway: false }
  const { url } = yield* serve(({ body, headers }) => {
    if (state.isAway) return { status: 503 }
    const { data, type } = JSON.parse(body)
    const { [`webhook-id`]: id = "", [`webhook-signature`]: signature } = headers
    told.push({ id, signature, text: `${type} ${data.key} ${data.region}` })
    return { status: 204 }
  })
  return { told, state, url }
})

/** A worker's part of it, with a pool of its own. */
const worker = (owner: string, region: string, url: string) => {
  const environment = { VINSIGHT_OPERATOR_WEBHOOK: url, VINSIGHT_OPERATOR_WEBHOOK_SECRET: "long enough" }
  return Layer.build(
    OperatorWebhook.layer({ owner, region }).pipe(
      Layer.provideMerge(OperatorAlerts.layer(region)),
      Layer.provide([
        Layer.fresh(TestDatabase.worker),
        Layer.succeed(NetEnvironment, testEnvironment([])),
        NodeCrypto.layer,
        ConfigProvider.layer(ConfigProvider.fromUnknown(environment))
      ])
    )
  ).pipe(Effect.map((context) => Context.get(context, OperatorAlerts)))
}

const eventually = (isSo: () => boolean) =>
  Effect.sync(isSo).pipe(
    Effect.flatMap((so) => (so ? Effect.void : Effect.fail("not yet"))),
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.timeout("45 seconds"),
    Effect.orDie
  )

const rows = Effect.flatMap(
  PgClient.PgClient,
  (sql) => sql<{ key: string; isOver: boolean }>`
    SELECT key, ended_at IS NOT NULL AS "isOver" FROM operator_alerts ORDER BY began_at`
).pipe(asSuperuser, Effect.orDie)

layer(TestDatabase.layer, { excludeTestServices: true })("R13: the operator", (it) => {
  it.effect(
    "is told once of what three workers notice, and once of its end, per region",
    () =>
      Effect.gen(function* () {
        const { told, url } = yield* receiver
        const [first, second, third] = yield* Effect.forEach(["a", "b", "c"], (owner) => worker(owner, "north", url))
        const other = yield* worker("d", "south", url)
        for (const alerts of [first!, second!, third!, other]) alerts.raise("network_gone")
        yield* eventually(() => told.length >= 2)
        yield* Effect.sleep("6 seconds")
        first!.clear("network_gone")
        other.clear("network_gone")
        second!.clear("network_gone")
        yield* eventually(() => told.some(({ text }) => text === "operator.alert.ended network_gone south"))
        assert.notInclude(
          told.map(({ text }) => text),
          "operator.alert.ended network_gone north",
          "one still sees it"
        )
        third!.clear("network_gone")
        yield* eventually(() => told.length >= 4)
        yield* Effect.sleep("6 seconds")
        assert.deepStrictEqual(told.map(({ text }) => text).sort(), [
          "operator.alert.began network_gone north",
          "operator.alert.began network_gone south",
          "operator.alert.ended network_gone north",
          "operator.alert.ended network_gone south"
        ])
        assert.strictEqual(new Set(told.map(({ id }) => id)).size, 4)
        for (const { signature } of told) assert.match(signature ?? "", /^v1,/)
      }).pipe(Effect.scoped),
    120_000
  )

  it.effect(
    "hears of what began and ended while nothing could be sent, in order",
    () =>
      Effect.gen(function* () {
        const { state, told, url } = yield* receiver
        state.isAway = true
        const alerts = yield* worker("a", "east", url)
        alerts.raise("resolver_silent")
        yield* Effect.sleep("1 second")
        alerts.clear("resolver_silent")
        yield* Effect.sleep("20 seconds")
        assert.deepInclude(yield* rows, { key: "resolver_silent", isOver: true })
        state.isAway = false
        yield* eventually(() => told.length >= 2)
        assert.deepStrictEqual(
          told.map(({ text }) => text),
          ["operator.alert.began resolver_silent east", "operator.alert.ended resolver_silent east"]
        )
      }).pipe(Effect.scoped),
    120_000
  )
})
