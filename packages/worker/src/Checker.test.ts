/** Tries, quick confirmations and what an inverted monitor makes of them; the dialer answers as a test says. */
import { assert, describe, it } from "@effect/vitest"
import type { ExchangeCause, ExchangeResult } from "@v-insight/domain/monitor-types/Dialer"
import { Effect, Fiber, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { Checker } from "./Checker.ts"
import { checkServices, exchanging } from "./net/testing/TestDialer.ts"
import { fromRow, type MonitorRow } from "./buckets/ScheduledMonitor.ts"
import { Believing } from "./testing/connectivity.ts"

const row: MonitorRow = {
  tenantId: "t",
  id: "m",
  type: "http",
  settings: { url: "http://example.org/" },
  intervalSeconds: 60,
  timeoutSeconds: 5,
  confirmations: 1,
  recoveryChecks: 1,
  inverted: false,
  degradedAfterMs: null,
  tags: [],
  isFirstRegion: true,
  isActive: true,
  isRemoved: false,
  isShared: false,
  version: 1,
  lastSlotMs: 0,
  status: "pending",
  sinceMs: 0,
  failures: 0,
  successes: 0,
  isIncidentOpen: false,
  checkedAtMs: null,
  goodAtMs: null,
  goodTraits: null,
  remembered: null
}

const seen = {
  phases: { connect: 10 },
  totalUs: 10,
  address: "192.0.2.1",
  certificate: undefined,
  tlsVersion: undefined
}
const answer = (status: number): ExchangeResult => ({
  ...seen,
  failure: undefined,
  response: { status, headers: [], body: new Uint8Array(), isTruncated: false }
})
const failure = (cause: ExchangeCause): ExchangeResult => ({
  ...seen,
  failure: { cause, message: "" },
  response: undefined
})

/** Runs one check; each try takes the next result, the last one again and again. */
const checked = (
  changes: Partial<MonitorRow>,
  results: ReadonlyArray<ExchangeResult | "defect">,
  options: { readonly isWatched?: boolean; readonly afterTry?: (monitor: Monitor, tries: number) => void } = {}
) =>
  Effect.gen(function* () {
    const monitor = yield* fromRow({ ...row, ...changes })
    let tries = 0
    const exchange = Effect.suspend(() => {
      const result = results[Math.min(tries++, results.length - 1)]!
      options.afterTry?.(monitor, tries)
      return result === "defect" ? Effect.die(new Error("a bug")) : Effect.succeed(result)
    })
    const CheckerHere = Checker.layer.pipe(Layer.provide([checkServices(exchanging(() => exchange)), Believing]))
    const began = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    const fiber = yield* Effect.flatMap(Checker, (checker) =>
      checker.run(monitor, { isWatched: options.isWatched ?? false })
    ).pipe(
      Effect.flatMap(({ outcome }) =>
        Effect.clockWith((clock) => Effect.map(clock.currentTimeMillis, (now) => ({ outcome, tookMs: now - began })))
      ),
      Effect.provide(CheckerHere),
      Effect.forkChild
    )
    yield* Effect.yieldNow
    yield* TestClock.adjust("1 minute")
    return { ...(yield* Fiber.join(fiber)), tries }
  })

type Monitor = Effect.Success<ReturnType<typeof fromRow>>

describe("a check", () => {
  it.effect("with a mistake of our own says nothing about the target", () =>
    Effect.gen(function* () {
      const { outcome } = yield* checked({}, ["defect"])
      assert.deepInclude(outcome, { status: "unknown", attempts: 1 })
      assert.strictEqual(outcome.error?.code, "internal_error")
    })
  )

  it.effect("of settings that cannot be read says nothing about the target", () =>
    Effect.gen(function* () {
      const { outcome, tries } = yield* checked({ settings: {}, inverted: true }, [answer(200)])
      assert.deepInclude(outcome, { status: "unknown", attempts: 1 })
      assert.strictEqual(outcome.error?.code, "invalid_settings")
      assert.strictEqual(tries, 0)
    })
  )

  it.effect("keeps the answer of a good one only when somebody looks", () =>
    Effect.gen(function* () {
      assert.isNull((yield* checked({}, [answer(200)])).outcome.detail?.response)
      assert.isNotNull((yield* checked({}, [answer(200)], { isWatched: true })).outcome.detail?.response)
      assert.isNotNull((yield* checked({}, [answer(500)])).outcome.detail?.response)
    })
  )
})

describe("quick confirmations", () => {
  it.effect("repeat a failing try as often as the monitor says, one to three seconds apart", () =>
    Effect.gen(function* () {
      for (const confirmations of [0, 1, 3]) {
        const { outcome, tookMs, tries } = yield* checked({ confirmations }, [answer(500)])
        assert.deepInclude(outcome, { status: "down", attempts: confirmations + 1 })
        assert.strictEqual(tries, confirmations + 1)
        assert.isAtLeast(tookMs, confirmations * 1000)
        assert.isAtMost(tookMs, confirmations * 3000)
      }
    })
  )

  it.effect("end with the first good try", () =>
    Effect.gen(function* () {
      const { outcome } = yield* checked({ confirmations: 5 }, [failure("reset"), answer(500), answer(200)])
      assert.deepInclude(outcome, { status: "up", attempts: 3, error: null })
    })
  )

  it.effect("are those that earlier checks have left missing", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* checked({ confirmations: 3, failures: 2 }, [answer(500)])).tries, 2)
      assert.strictEqual(
        (yield* checked({ confirmations: 3, failures: 4, isIncidentOpen: true }, [answer(500)])).tries,
        1
      )
    })
  )

  it.effect.each<[ExchangeResult]>([[failure("worker_exhausted")], [failure("host_busy")]])(
    "are not made when we could not look",
    ([result]) => Effect.map(checked({}, [result]), ({ tries }) => assert.strictEqual(tries, 1))
  )

  it.effect("stop when the monitor is paused or edited", () =>
    Effect.gen(function* () {
      const paused = yield* checked({ confirmations: 5 }, [answer(500)], {
        afterTry: (monitor) => (monitor.isActive = false)
      })
      assert.strictEqual(paused.tries, 1)
      const { plan } = yield* fromRow({ ...row, settings: { url: "http://example.com/" } })
      const edited = yield* checked({ confirmations: 5 }, [answer(500)], {
        afterTry: (monitor, tries) => tries === 2 && (monitor.plan = plan)
      })
      assert.strictEqual(edited.tries, 2)
    })
  )

  it.effect("go on when only the policy is edited", () =>
    Effect.gen(function* () {
      const { plan } = yield* fromRow({ ...row, intervalSeconds: 30 })
      const { tries } = yield* checked({ confirmations: 3 }, [answer(500)], {
        afterTry: (monitor) => (monitor.plan = plan)
      })
      assert.strictEqual(tries, 4)
    })
  )
})

describe("an inverted monitor", () => {
  it.effect("is down when the target answers, after the same confirmations, and keeps the answer", () =>
    Effect.gen(function* () {
      const { outcome } = yield* checked({ inverted: true }, [answer(200)])
      assert.deepInclude(outcome, { status: "down", attempts: 2, httpStatus: 200 })
      assert.strictEqual(outcome.error?.code, "inverted_up")
      assert.isNotNull(outcome.detail?.response)
    })
  )

  it.effect.each<[ExchangeResult]>([[failure("refused")], [failure("timeout_connect")], [answer(404)]])(
    "is up when the check fails",
    ([result]) =>
      Effect.gen(function* () {
        const { outcome, tries } = yield* checked({ inverted: true }, [result])
        assert.deepInclude(outcome, { status: "up", error: null })
        assert.strictEqual(tries, 1)
      })
  )

  it.effect("is not fooled by what says nothing of the target", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* checked({ inverted: true }, [failure("blocked")])).outcome.error?.code, "blocked")
      assert.strictEqual((yield* checked({ inverted: true }, [failure("worker_exhausted")])).outcome.status, "unknown")
      assert.strictEqual((yield* checked({ inverted: true }, ["defect"])).outcome.status, "unknown")
    })
  )
})

it.effect("a mistake of our own tells no secret, neither in the outcome nor in the log", () =>
  Effect.gen(function* () {
    const password = "planted-7Kq2xW9"
    const lines: Array<string> = []
    const logger = Logger.map(Logger.formatJson, (line) => void lines.push(line))
    const broken = exchanging(({ headers }) =>
      Effect.die(new Error(`cannot send ${JSON.stringify(headers)} ${password}`))
    )
    const settings = { url: "http://example.org/", auth: "basic", username: "watcher", password }
    const { outcome } = yield* Effect.gen(function* () {
      const monitor = yield* fromRow({ ...row, settings })
      return yield* (yield* Checker).run(monitor, { isWatched: false })
    }).pipe(
      Effect.provide(
        Checker.layer.pipe(Layer.provide([checkServices(broken), Believing]), Layer.merge(Logger.layer([logger])))
      )
    )
    assert.strictEqual(outcome.error?.code, "internal_error")
    const log = lines.join("\n")
    assert.include(log, "cannot send")
    assert.include(log, "[secret]")
    for (const text of [log, JSON.stringify(outcome)]) {
      assert.notInclude(text, password)
      assert.notInclude(text, Buffer.from(`watcher:${password}`).toString("base64"))
    }
  })
)
