/** Echo requests by programs that stand in for the system's: what is lacking, what breaks, and what may not be sent. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { fpingArguments, windowMs } from "./PingBatches.ts"
import { checkPing, programs, testPinger, type TestPingerOptions } from "./testing/TestPinger.ts"

/** Answers for every address among its arguments, as fping does. */
const answering = `
while [ "$1" != "--" ]; do [ "$1" = "-C" ] && count=$2; shift; done; shift
n=0
while [ $n -lt $count ]; do
  for address in "$@"; do echo "$address : [$n], 64 bytes, 1.5 ms (1.5 avg, 0% loss)"; done
  n=$((n + 1))
done`

const line = (n: number, what: string) => `echo "127.0.0.1 : [${n}], ${what} (1.5 avg, 0% loss)"`

/** A pinger whose fping or ping are such scripts. */
const withPrograms = Effect.fnUntraced(function* (
  scripts: Parameters<typeof programs>[0],
  options: TestPingerOptions = {}
) {
  const { calls, folder } = yield* programs(scripts)
  return { calls, pinger: yield* testPinger({ ...options, searchPath: folder }) }
})

describe("a check", () => {
  it.live("counts what came back", () =>
    Effect.gen(function* () {
      const { calls, pinger } = yield* withPrograms({ fping: answering })
      const outcome = yield* checkPing(pinger, { host: "127.0.0.1", sizeBytes: 100 })
      assert.strictEqual(outcome.status, "up")
      assert.strictEqual(outcome.address, "127.0.0.1")
      assert.strictEqual(outcome.timings.firstByteUs, 1_500)
      assert.strictEqual(outcome.timings.totalUs, 1_500)
      assert.deepStrictEqual(outcome.detail?.assertions, [
        { assertion: "packet loss is less than 50 %", actual: "0 % (0 of 3)", isMet: true, severity: "degraded" }
      ])
      assert.deepStrictEqual(calls(), ["fping -4 -C 3 -p 200 -t 1200 -b 100 -i 1 -- 127.0.0.1"])
    })
  )

  it.live("is degraded or down as packets are lost", () =>
    Effect.gen(function* () {
      const lossy = [line(0, "64 bytes, 1.5 ms"), line(1, "timed out"), line(2, "timed out"), "exit 1"].join("\n")
      const { pinger } = yield* withPrograms({ fping: lossy })
      const degraded = yield* checkPing(pinger, { host: "127.0.0.1" })
      assert.strictEqual(degraded.status, "degraded")
      assert.deepStrictEqual(degraded.error, { code: "packets_lost", message: "2 of 3 packets were lost." })
      const down = yield* checkPing(pinger, { host: "127.0.0.1", downLoss: 60 })
      assert.strictEqual(down.status, "down")
      assert.strictEqual(down.detail?.assertions[0]?.actual, "67 % (2 of 3)")
      assert.strictEqual((yield* checkPing(pinger, { host: "127.0.0.1", degradedLoss: 70 })).status, "up")
    })
  )

  it.live("of a host that does not answer is down", () =>
    Effect.gen(function* () {
      const { pinger } = yield* withPrograms({ fping: `${line(0, "64 bytes, 1.5 ms")}\nexit 1` })
      const outcome = yield* checkPing(pinger, { host: "127.0.0.2" })
      assert.strictEqual(outcome.status, "down")
      assert.strictEqual(outcome.error?.code, "no_answer")
      assert.isAbove(outcome.timings.totalUs!, 0)
    })
  )

  it.live("says nothing of a target where not even this machine answers", () =>
    Effect.gen(function* () {
      const { calls, pinger } = yield* withPrograms({ fping: "exit 1" }, { allowed: ["127.0.0.0/8", "::/0"] })
      for (const host of ["127.0.0.2", "2001:db8::1"]) {
        const outcome = yield* checkPing(pinger, { host })
        assert.strictEqual(outcome.status, "unknown")
        assert.strictEqual(outcome.error?.code, "ping_broken")
      }
      assert.deepStrictEqual(
        calls().map((call) => call.replace(/.*-- /, "")),
        ["127.0.0.1 127.0.0.2", "::1 2001:db8::1"]
      )
    })
  )

  it.live("shares one program with all that are asked for at the same time", () =>
    Effect.gen(function* () {
      const { calls, pinger } = yield* withPrograms({ fping: answering }, { allowed: ["127.0.0.0/8", "::1"] })
      const hosts = Array.from({ length: 100 }, (_, index) => `127.0.1.${index}`)
      const outcomes = yield* Effect.all(
        [...hosts, ...hosts, "::1"].map((host) => checkPing(pinger, { host })),
        { concurrency: "unbounded" }
      )
      assert.isTrue(outcomes.every(({ status }) => status === "up"))
      assert.deepStrictEqual(
        calls()
          .map((call) => call.split(" ").length - 13)
          .sort((a, b) => a - b),
        [1, 101]
      )
    })
  )

  it.live("answers for one as soon as it is known, whatever others wait for", () =>
    Effect.gen(function* () {
      const { pinger } = yield* withPrograms({
        fping: `for n in 0 1 2; do echo "127.0.0.1 : [$n], 64 bytes, 1 ms (1 avg, 0% loss)"; done\nexec /bin/sleep 20`
      })
      const started = performance.now()
      const slow = yield* Effect.forkChild(checkPing(pinger, { host: "127.0.0.2" }, 3_000))
      const quick = yield* checkPing(pinger, { host: "127.0.0.1" }, 3_000)
      assert.strictEqual(quick.status, "up")
      assert.isBelow(performance.now() - started, 1_500)
      const hanging = yield* Fiber.join(slow)
      assert.strictEqual(hanging.status, "unknown")
      assert.strictEqual(hanging.error?.code, "ping_broken")
      assert.isBelow(performance.now() - started, 4_000)
    })
  )
})

describe("a crowd", () => {
  const hangingBut = (sizeBytes: number) =>
    `case "$*" in *"-b ${sizeBytes} "*) ;; *) exec /bin/sleep 60 ;; esac\n${answering}`

  it.live("does not keep those waiting who come after one that left", () =>
    Effect.gen(function* () {
      const { calls, pinger } = yield* withPrograms({ fping: hangingBut(999) })
      const start = (sizeBytes: number) => Effect.forkChild(checkPing(pinger, { host: "127.0.0.1", sizeBytes }, 30_000))
      const hanging = yield* Effect.forEach(
        Array.from({ length: 16 }, (_, index) => 100 + index),
        start
      )
      while (calls().length < hanging.length) yield* Effect.sleep("10 millis")
      const leaving = yield* start(998)
      const last = yield* start(999)
      // Beyond the moment in which others may join them, so that both stand in line.
      yield* Effect.sleep(2 * windowMs)
      yield* Fiber.interrupt(leaving)
      yield* Fiber.interrupt(hanging[0]!)
      assert.strictEqual((yield* Fiber.join(last)).status, "up")
      yield* Fiber.interruptAll(hanging)
    })
  )

  it.live("shares a program only as far as its packets leave in time", () =>
    Effect.gen(function* () {
      const { calls, pinger } = yield* withPrograms({ fping: answering }, { allowed: ["127.0.0.0/8"] })
      const hosts = Array.from({ length: 100 }, (_, index) => `127.0.2.${index}`)
      // A second for five packets: 60 ms between them.
      yield* Effect.all(
        hosts.map((host) => checkPing(pinger, { host, packets: 5 }, 1_000)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        calls().map((call) => /-p (\d+)/.exec(call)?.[1]),
        ["60", "60"]
      )
    })
  )
})

describe("a system", () => {
  it.live("without the programs says what to install, and nothing of the target", () =>
    Effect.gen(function* () {
      const { pinger } = yield* withPrograms({})
      for (let count = 0; count < 2; count++) {
        const outcome = yield* checkPing(pinger, { host: "127.0.0.1" })
        assert.strictEqual(outcome.status, "unknown")
        assert.strictEqual(outcome.error?.code, "ping_missing")
        assert.include(outcome.error?.message, "apt install fping")
      }
    })
  )

  it.live("that does not let us says how to allow it", () =>
    Effect.gen(function* () {
      const forbidden = 'echo "fping: can\'t create socket (must run as root?)" >&2; exit 4'
      const { calls, pinger } = yield* withPrograms({ fping: forbidden })
      const outcome = yield* checkPing(pinger, { host: "127.0.0.1" })
      assert.strictEqual(outcome.status, "unknown")
      assert.strictEqual(outcome.error?.code, "ping_not_permitted")
      assert.include(outcome.error?.message, "setcap")
      // It is not asked again for a while.
      yield* checkPing(pinger, { host: "127.0.0.1" })
      assert.strictEqual(calls().length, 1)
    })
  )

  it.live("with ping alone is served by ping, one target each", () =>
    Effect.gen(function* () {
      const scripts = { ping: 'for n in 1 2 3; do echo "64 bytes from x: icmp_seq=$n ttl=64 time=2 ms"; done' }
      const { calls, pinger } = yield* withPrograms(scripts, { allowed: ["127.0.0.0/8", "::1"] })
      const outcomes = yield* Effect.all(
        ["127.0.0.1", "127.0.0.2", "::1"].map((host) => checkPing(pinger, { host })),
        {
          concurrency: "unbounded"
        }
      )
      assert.isTrue(outcomes.every(({ status, timings }) => status === "up" && timings.totalUs === 2_000))
      assert.deepStrictEqual([...calls()].sort(), [
        "ping -4 -n -c 3 -i 0.2 -W 2 -s 56 -- 127.0.0.1",
        "ping -4 -n -c 3 -i 0.2 -W 2 -s 56 -- 127.0.0.2",
        "ping -6 -n -c 3 -i 0.2 -W 2 -s 56 -- ::1"
      ])
    })
  )
})

describe("a program", () => {
  const alive = (id: number): boolean => {
    const found = Effect.runSyncExit(Effect.sync(() => process.kill(id, 0)))
    return found._tag === "Success"
  }

  it.live.each(["nobody waits", "the worker ends"])("is killed when %s", (when) =>
    Effect.gen(function* () {
      const { calls, folder } = yield* programs({ fping: 'echo "$$" >> "${0%/*}/calls"; exec /bin/sleep 60' })
      const fiber = yield* Effect.scoped(
        Effect.gen(function* () {
          const pinger = yield* testPinger({ searchPath: folder })
          const fiber = yield* Effect.forkDetach(checkPing(pinger, { host: "127.0.0.1" }, 60_000))
          while (calls().length < 2) yield* Effect.sleep("10 millis")
          assert.isTrue(alive(Number(calls()[1])))
          if (when === "nobody waits") yield* Fiber.interrupt(fiber)
          return fiber
        })
      )
      while (alive(Number(calls()[1]))) yield* Effect.sleep("10 millis")
      yield* Fiber.interrupt(fiber)
    })
  )

  it("is told numbers and addresses only", () => {
    const echoes = { packets: 1, sizeBytes: 56, periodMs: 100, lossMs: 500 }
    assert.deepStrictEqual(fpingArguments(echoes, ["::1"]), [
      "-6",
      "-C",
      "1",
      "-p",
      "100",
      "-t",
      "500",
      "-b",
      "56",
      "-i",
      "1",
      "--",
      "::1"
    ])
  })
})

describe("an inside address gets no packet:", () => {
  const spellings = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "169.254.169.254",
    "10.0.0.1",
    "localhost",
    "mixed.example"
  ]
  it.live.each(spellings)("%s", (host) =>
    Effect.gen(function* () {
      const { calls, folder } = yield* programs({ fping: answering, ping: "exit 0" })
      const names = { localhost: ["127.0.0.1"], "mixed.example": ["93.184.216.34", "127.0.0.1"] }
      const pinger = yield* testPinger({ searchPath: folder, allowed: [], names })
      const outcome = yield* checkPing(pinger, { host })
      assert.strictEqual(outcome.error?.code, "blocked")
      assert.strictEqual(outcome.address, null)
      assert.strictEqual(outcome.timings.totalUs, 0)
      assert.deepStrictEqual(calls(), [])
      // The control: the same program is asked where the policy lets it.
      const control = yield* testPinger({ searchPath: folder, allowed: ["127.0.0.0/8"] })
      assert.strictEqual((yield* checkPing(control, { host: "127.0.0.1" })).status, "up")
      assert.strictEqual(calls().length, 1)
    })
  )
})
