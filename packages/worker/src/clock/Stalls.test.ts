/** The event loop of this very process is blocked here, as a long computation would; the target never answers. */
import { assert, describe, it } from "@effect/vitest"
import type { ExchangeCause } from "@v-insight/domain/monitor-types/Dialer"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Checker } from "../Checker.ts"
import { checkServices, exchanging } from "../net/testing/TestDialer.ts"
import { fromRow } from "../buckets/ScheduledMonitor.ts"
import { make, marginMs } from "./Stalls.ts"
import { Believing } from "../testing/connectivity.ts"

const timeoutMs = 600

const standStill = (ms: number) =>
  Effect.sync(() => {
    const end = performance.now() + ms
    while (performance.now() < end);
  })

/** A check that fails after its time-out, while the loop stands still for so long in its midst. */
const failing = ({
  cause = "timeout_first_byte",
  inverted = false,
  stallMs
}: {
  readonly stallMs: number
  readonly cause?: ExchangeCause
  readonly inverted?: boolean
}) =>
  Effect.gen(function* () {
    const monitor = yield* fromRow({
      tenantId: "t",
      id: "m",
      type: "http",
      settings: { url: "http://example.org/" },
      intervalSeconds: 60,
      timeoutSeconds: timeoutMs / 1000,
      confirmations: 0,
      recoveryChecks: 1,
      inverted,
      degradedAfterMs: null,
      tags: [],
      isFirstRegion: true,
      isActive: true,
      isRemoved: false,
      isShared: false,
      version: 1,
      lastSlotMs: 0,
      status: "up",
      sinceMs: 0,
      failures: 0,
      successes: 0,
      isIncidentOpen: false,
      checkedAtMs: null,
      goodAtMs: null,
      goodTraits: null,
      remembered: null
    })
    const exchange = Effect.as(Effect.sleep(timeoutMs), {
      phases: {},
      totalUs: timeoutMs * 1000,
      address: "192.0.2.1",
      certificate: undefined,
      tlsVersion: undefined,
      failure: { cause, message: "" },
      response: undefined
    })
    const CheckerHere = Checker.layer.pipe(Layer.provide([checkServices(exchanging(() => exchange)), Believing]))
    return yield* Effect.gen(function* () {
      const checking = yield* Effect.forkChild((yield* Checker).run(monitor, { isWatched: false }))
      yield* Effect.sleep("150 millis")
      yield* standStill(stallMs)
      return (yield* Fiber.join(checking)).outcome
    }).pipe(Effect.provide(CheckerHere))
  })

describe("a stall of our own", () => {
  it.live("does not count against a target that was silent meanwhile", () =>
    Effect.gen(function* () {
      const outcome = yield* failing({ stallMs: 400 })
      assert.deepInclude(outcome, { status: "unknown" })
      assert.strictEqual(outcome.error?.code, "worker_stalled")
    })
  )

  it.live("does not count when the check ends with it, before any timer", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failing({ stallMs: 900 })).status, "unknown")
    })
  )

  it.live("does not make an inverted monitor good", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failing({ stallMs: 400, inverted: true })).status, "unknown")
    })
  )

  it.live("changes nothing of what the target itself said", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failing({ stallMs: 400, cause: "refused" })).status, "down")
    })
  )

  it.live("that took less than the check's margin changes nothing", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failing({ stallMs: 0 })).error?.code, "timeout_first_byte")
    })
  )

  it.live("is added up", () =>
    Effect.gen(function* () {
      const stalledMs = yield* make
      yield* Effect.sleep("250 millis")
      const before = stalledMs()
      yield* standStill(300)
      assert.isAbove(stalledMs() - before, 180, "at once")
      yield* Effect.sleep("250 millis")
      yield* standStill(300)
      yield* Effect.sleep("250 millis")
      assert.isAbove(stalledMs() - before, 380, "and together")
    }).pipe(Effect.scoped)
  )

  it.effect("is none while time only passes", () =>
    Effect.gen(function* () {
      const stalledMs = yield* make
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(stalledMs(), 0)
      assert.isAbove(yield* Clock.currentTimeMillis, 0)
    }).pipe(Effect.scoped)
  )

  it("leaves a check a tenth of its time, within limits", () => {
    assert.deepStrictEqual([500, 5000, 60_000].map(marginMs), [100, 500, 1000])
  })
})
