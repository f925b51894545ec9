import { assert, it } from "@effect/vitest"
import type { ExchangeResult } from "@v-insight/domain/monitor-types/Dialer"
import { Effect, Layer } from "effect"
import { Checker } from "./Checker.ts"
import { checkServices, exchanging } from "./net/testing/TestDialer.ts"
import { fromRow } from "./ScheduledMonitor.ts"

const monitor = fromRow({
  tenantId: "t",
  id: "m",
  type: "http",
  settings: { url: "http://example.org/" },
  intervalSeconds: 60,
  timeoutSeconds: 5,
  confirmations: 1,
  recoveryChecks: 1,
  inverted: false,
  isActive: true,
  isRemoved: false,
  version: 1,
  lastSlotMs: 0,
  status: "pending",
  sinceMs: 0,
  failures: 0,
  successes: 0,
  isIncidentOpen: false
})

const checked = (exchange: Effect.Effect<ExchangeResult>) =>
  Effect.gen(function* () {
    return (yield* (yield* Checker).run(yield* monitor)).outcome
  }).pipe(Effect.provide(Checker.layer.pipe(Layer.provide(checkServices(exchanging(() => exchange))))))

it.effect("a mistake of our own says nothing about the target", () =>
  Effect.gen(function* () {
    const outcome = yield* checked(Effect.die(new Error("a bug")))
    assert.deepInclude(outcome, { status: "unknown", attempts: 1 })
    assert.strictEqual(outcome.error?.code, "internal_error")
  })
)
