import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { MonitorId } from "@v-insight/domain/model/Monitor"
import { Effect, Layer } from "effect"
import { as, Cast } from "../testing/Cast.ts"
import { TestBox } from "../testing/TestBox.ts"
import { TestDatabase } from "../testing/TestDatabase.ts"
import { TenantSql } from "../TenantSql.ts"
import { MonitorRepo } from "./MonitorRepo.ts"

const Monitors = MonitorRepo.layer.pipe(
  Layer.provide([TenantSql.layer, TestBox]),
  Layer.provide(TestDatabase.api),
  Layer.provideMerge(Cast.layer),
  Layer.provideMerge(TestDatabase.layer)
)

layer(Monitors, { excludeTestServices: true })("MonitorRepo", (it) => {
  it.effect("restores a monitor that was down without the incident that its removal ended", () =>
    Effect.gen(function* () {
      const { alice, things } = yield* Cast
      const monitors = yield* MonitorRepo
      const monitorId = MonitorId.make(things.monitorId)
      yield* Effect.flatMap(
        PgClient.PgClient,
        (sql) => sql`
          UPDATE monitor_state SET status = 'down', failures = 2, is_incident_open = true, last_slot_ms = 1000
          WHERE monitor_id = ${things.monitorId}`
      ).pipe(Effect.provide(TestDatabase.superuser))
      yield* monitors.remove(monitorId).pipe(as(alice))
      const restored = yield* monitors.restore(monitorId).pipe(as(alice))
      assert.strictEqual(restored.status, "pending")
      assert.deepStrictEqual(
        yield* Effect.flatMap(
          PgClient.PgClient,
          (sql) => sql`
            SELECT failures, is_incident_open, last_slot_ms::integer AS slot FROM monitor_state
            WHERE monitor_id = ${things.monitorId}`
        ).pipe(Effect.provide(TestDatabase.superuser)),
        [{ failures: 0, is_incident_open: false, slot: 1000 }]
      )
    })
  )
})
