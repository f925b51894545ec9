import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { Signals, Span } from "../rules/heartbeat.ts"
import { CheckSubject } from "./CheckSubject.ts"
import { heartbeat } from "./heartbeat.ts"
import { type Heard, Heartbeats, HeartbeatsAway } from "./Heartbeats.ts"

const decode = Schema.decodeUnknownEffect(heartbeat.settings)
const at = (text: string): number => DateTime.makeUnsafe(text).epochMilliseconds
const limits = { timeoutMs: 10_000 }

const signals: Signals = {
  expectedSince: at("2026-05-01T00:00:00Z"),
  startedAt: null,
  succeededAt: at("2026-05-10T01:30:04Z"),
  failedAt: null,
  outcome: "success",
  exitCode: null,
  isStarted: false
}
const nightly = { cron: "30 3 * * *", timeZone: "Europe/Berlin", graceSeconds: 3600 }

const checked = Effect.fnUntraced(function* (
  settings: object,
  heard: Effect.Effect<Heard | undefined, HeartbeatsAway>
) {
  return yield* heartbeat
    .check(yield* decode(settings), limits)
    .pipe(
      Effect.provideService(Heartbeats, { ofMonitor: () => heard }),
      Effect.provideService(CheckSubject, { tenantId: "t", monitorId: "m" })
    )
})
const heard = (now: string, others: Partial<Signals> = {}, reception?: ReadonlyArray<Span>) =>
  Effect.succeed({
    signals: { ...signals, ...others },
    now: at(now),
    said: null,
    reception: reception ?? [{ from: 0, to: at(now) }]
  })

describe("the settings of a heartbeat", () => {
  const refused = (settings: object) =>
    decode(settings).pipe(
      Effect.flip,
      Effect.map(({ message }) => message)
    )

  it.effect("have defaults, and take a period or a cron line", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* decode({ periodSeconds: 60 }), {
        periodSeconds: 60,
        timeZone: "UTC",
        graceSeconds: 300
      })
      for (const cron of ["30 2 * * 1-5", "*/10 * * * *", "0 0 29 2 *", "0 9 * jan,JUL mon"])
        yield* decode({ cron, timeZone: "America/New_York", periodSeconds: null })
    })
  )

  it.effect("take exactly one of both", () =>
    Effect.gen(function* () {
      assert.match(yield* refused({ periodSeconds: 60, cron: "* * * * *" }), /not both[^]*\["cron"\]/)
      assert.match(yield* refused({}), /period or a cron line[^]*\["periodSeconds"\]/)
    })
  )

  it.effect("name what cannot be", () =>
    Effect.gen(function* () {
      assert.match(yield* refused({ cron: "0 0 31 2 *" }), /never happens[^]*\["cron"\]/)
      assert.match(yield* refused({ cron: "0 0 30 2 *", timeZone: "Europe/Berlin" }), /never happens/)
      assert.match(yield* refused({ cron: "61 * * * *" }), /not a cron line: [a-z][^]*\["cron"\]/)
      assert.match(yield* refused({ cron: "* * * * * *" }), /five fields/)
      assert.match(yield* refused({ cron: "@daily" }), /five fields/)
      assert.match(yield* refused({ cron: "0 3 * * *", timeZone: "Europe/Atlantis" }), /time zone such as/)
      for (const wrong of [
        { periodSeconds: 59 },
        { periodSeconds: 2_592_001 },
        { periodSeconds: 60, graceSeconds: 9 },
        { periodSeconds: 60, maxRunSeconds: 0 },
        { cron: `${"1,".repeat(200)}1 * * * *` }
      ])
        yield* refused(wrong)
    })
  )

  it("all have a title and a description, from which the form is made", () => {
    const { definitions } = Schema.toJsonSchemaDocument(heartbeat.settings)
    const properties = definitions["HeartbeatSettings"]?.["properties"] as Record<string, Record<string, unknown>>
    assert.lengthOf(Object.keys(properties), 5)
    for (const [name, field] of Object.entries(properties))
      assert.containsAllKeys(field, ["title", "description"], name)
  })

  it.effect("say what is watched", () =>
    Effect.gen(function* () {
      assert.strictEqual(heartbeat.target(yield* decode({ periodSeconds: 5400 })), "every 90 minutes")
      assert.strictEqual(heartbeat.target(yield* decode({ periodSeconds: 86_400 })), "every day")
      assert.strictEqual(heartbeat.target(yield* decode(nightly)), "30 3 * * * Europe/Berlin")
    })
  )
})

describe("a heartbeat's check", () => {
  it.effect("is good while the job is in time or runs", () =>
    Effect.gen(function* () {
      const outcome = yield* checked(nightly, heard("2026-05-11T01:45:00Z"))
      assert.deepInclude(outcome, { status: "up", error: null, attempts: 1 })
      const running = { startedAt: at("2026-05-11T01:30:00Z"), isStarted: true }
      const later = yield* checked({ ...nightly, maxRunSeconds: 14_400 }, heard("2026-05-11T04:00:00Z", running))
      assert.strictEqual(later.status, "up")
    })
  )

  it.effect("tells when the call was due, in the job's own time", () =>
    Effect.gen(function* () {
      const outcome = yield* checked(nightly, heard("2026-05-11T02:30:01Z"))
      assert.deepInclude(outcome, { status: "down" })
      assert.deepStrictEqual(outcome.error, {
        code: "heartbeat_late",
        message:
          "The job has not reported success since 2026-05-10 03:30:04 Europe/Berlin. Its call was due at 2026-05-11 03:30:00 Europe/Berlin."
      })
    })
  )

  it.effect("tells what the job said, and what it did not finish", () =>
    Effect.gen(function* () {
      const failed = { failedAt: at("2026-05-11T01:31:00Z"), outcome: "fail", exitCode: 137 } as const
      const first = yield* checked(nightly, heard("2026-05-11T01:31:01Z", failed))
      assert.deepStrictEqual(first.error, {
        code: "heartbeat_failed",
        message: "The job ended with exit code 137 at 2026-05-11 03:31:00 Europe/Berlin."
      })
      assert.isNull(first.detail)
      const said = { body: "No space left on device", isTruncated: false }
      const told = yield* checked(
        nightly,
        Effect.map(heard("2026-05-11T01:31:01Z", failed), (one) => ({ ...one, said }))
      )
      assert.deepStrictEqual(told.detail?.response, { headers: [], ...said })
      const running = { startedAt: at("2026-05-11T01:30:00Z"), isStarted: true }
      const hour = yield* checked({ ...nightly, maxRunSeconds: 3600 }, heard("2026-05-11T02:41:00Z", running))
      assert.match(hour.error?.message ?? "", /has not finished within 1 hour\.$/)
      const second = yield* checked({ ...nightly, maxRunSeconds: 600 }, heard("2026-05-11T01:41:00Z", running))
      assert.deepStrictEqual(second.error, {
        code: "heartbeat_overrun",
        message: "The job started at 2026-05-11 03:30:00 Europe/Berlin and has not finished within 10 minutes."
      })
    })
  )

  it.effect("is neither good nor bad before the first call, after our own pause, and when we cannot look", () =>
    Effect.gen(function* () {
      const none = { succeededAt: null, outcome: null }
      const codes = yield* Effect.forEach(
        [
          heard("2026-05-11T09:00:00Z", none),
          Effect.succeed(undefined),
          heard("2026-05-11T09:00:00Z", {}, [{ from: 0, to: at("2026-05-11T01:00:00Z") }]),
          Effect.fail(new HeartbeatsAway())
        ],
        (what) => Effect.map(checked(nightly, what), ({ error, status }) => `${status} ${error?.code}`)
      )
      assert.deepStrictEqual(codes, [
        "unknown heartbeat_awaited",
        "unknown heartbeat_awaited",
        "unknown heartbeat_unheard",
        "unknown heartbeat_unreadable"
      ])
    })
  )

  it.effect("does not wait for tables that never answer", () =>
    Effect.gen(function* () {
      const checking = yield* Effect.forkChild(checked(nightly, Effect.never))
      yield* TestClock.adjust(limits.timeoutMs)
      assert.strictEqual((yield* Fiber.join(checking)).error?.code, "heartbeat_unreadable")
    })
  )

  it.effect("that is only tried says what would be expected", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(at("2026-05-10T12:00:00Z"))
      const tried = Effect.fnUntraced(function* (settings: object) {
        return yield* heartbeat
          .check(yield* decode(settings), limits)
          .pipe(Effect.provideService(Heartbeats, { ofMonitor: () => Effect.die("nothing to look up") }))
      })
      const outcome = yield* tried(nightly)
      assert.strictEqual(outcome.status, "unknown")
      assert.match(
        outcome.error?.message ?? "",
        /due at 2026-05-11 03:30:00 Europe\/Berlin, and late after 2026-05-11 04:30:00/
      )
      assert.match((yield* tried({ periodSeconds: 3600 })).error?.message ?? "", /due at 2026-05-10 13:00:00 UTC/)
    })
  )
})
