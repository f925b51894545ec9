import { assert, layer } from "@effect/vitest"
import type { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { alertRuleDefaults } from "@v-insight/domain/model/AlertRule"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { Effect, Layer } from "effect"
import { as, Cast } from "../testing/Cast.ts"
import { TestDatabase } from "../testing/TestDatabase.ts"
import { TenantSql } from "../TenantSql.ts"
import { AlertRuleRepo } from "./AlertRuleRepo.ts"

const Rules = AlertRuleRepo.layer.pipe(
  Layer.provide(TenantSql.layer),
  Layer.provide(TestDatabase.api),
  Layer.provideMerge(Cast.layer),
  Layer.provide(TestDatabase.layer)
)

layer(Rules, { excludeTestServices: true })("AlertRuleRepo", (it) => {
  it.effect("takes an id once, in whatever case it is written", () =>
    Effect.gen(function* () {
      const { alice, things } = yield* Cast
      const rules = yield* AlertRuleRepo
      const monitorIds = [things.monitorId, things.monitorId.toUpperCase()] as ReadonlyArray<string> as Array<MonitorId>
      const channelIds = [
        things.channelId.toUpperCase(),
        things.channelId
      ] as ReadonlyArray<string> as Array<AlertChannelId>
      const values = {
        ...alertRuleDefaults,
        name: "Rule",
        condition: { trigger: "down" },
        scope: { monitorIds, tags: [] },
        channelIds
      } as const
      const made = yield* rules.insert(values).pipe(as(alice))
      assert.deepStrictEqual<unknown>(
        [made.scope.monitorIds, made.channelIds],
        [[things.monitorId], [things.channelId]]
      )
      const changed = yield* rules.update(made.id, values).pipe(as(alice))
      assert.deepStrictEqual<unknown>(changed.channelIds, [things.channelId])
    })
  )
})
