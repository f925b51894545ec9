/** The ping kind with the system's fping and ping. */
import { execFileSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkPing, programs, testPinger } from "./testing/TestPinger.ts"

/** The system's own program, found for a folder where the other one is missing. */
const onlyPing = programs({
  ping: `exec ${execFileSync("sh", ["-c", "command -v ping || true"]).toString().trim() || "/bin/ping"} "$@"`
})

/** Of the documentation's own range, which leads nowhere; some networks answer for it. */
const silent = "240.0.0.1"

describe("fping", () => {
  it.live.each(["127.0.0.1", "::1", "localhost"])("reaches %s", (host) =>
    Effect.gen(function* () {
      const pinger = yield* testPinger({ names: { localhost: ["127.0.0.1", "::1"] } })
      const outcome = yield* checkPing(pinger, { host, packets: 5 })
      assert.strictEqual(outcome.error, null)
      assert.strictEqual(outcome.status, "up")
      assert.isAbove(outcome.timings.totalUs!, 0)
      assert.isBelow(outcome.timings.totalUs!, 500_000)
    })
  )

  it.live("answers for those that are there while another is waited for, in time", () =>
    Effect.gen(function* () {
      const pinger = yield* testPinger({ allowed: ["127.0.0.0/8", "240.0.0.0/4"] })
      const started = performance.now()
      const timed = (host: string) =>
        Effect.map(checkPing(pinger, { host }, 3_000), (outcome) => ({ outcome, ms: performance.now() - started }))
      const [up, down] = yield* Effect.all([timed("127.0.0.1"), timed(silent)], { concurrency: "unbounded" })
      assert.strictEqual(up.outcome.status, "up")
      assert.isBelow(up.ms, 1_500)
      assert.strictEqual(down.outcome.status, "down")
      assert.strictEqual(down.outcome.error?.code, "no_answer")
      assert.isBelow(down.ms, 4_000)
    })
  )

  it.live("takes hundreds at once", () =>
    Effect.gen(function* () {
      const pinger = yield* testPinger()
      const hosts = Array.from({ length: 500 }, (_, index) => `127.0.${index >> 8}.${index & 255 || 1}`)
      const outcomes = yield* Effect.all(
        hosts.map((host) => checkPing(pinger, { host, packets: 2 }, 5_000)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(({ status }) => status === "up").length, hosts.length)
    })
  )
})

it.live("ping alone does for a few", () =>
  Effect.gen(function* () {
    const { calls, folder } = yield* onlyPing
    const pinger = yield* testPinger({ searchPath: folder })
    const outcomes = yield* Effect.all(
      ["127.0.0.1", "::1"].map((host) => checkPing(pinger, { host })),
      { concurrency: "unbounded" }
    )
    assert.isTrue(outcomes.every(({ status }) => status === "up"))
    assert.strictEqual(calls().length, 2)
  })
)
