/** The redis monitor type against Debian's redis-server. */
import { assert, describe, it } from "@effect/vitest"
import { redis } from "@v-insight/domain/monitor-types/redis"
import { Effect } from "effect"
import { program } from "../testing/peers/Daemon.ts"
import { redisServer } from "../testing/peers/redis.ts"
import { checkOf, verdict } from "./testing/checkOf.ts"

const check = checkOf(redis)

const set = (port: number, ...words: ReadonlyArray<string>) =>
  program("redis-cli", ["-h", "127.0.0.1", "-p", String(port), "--no-auth-warning", ...words])

describe("Redis", () => {
  it.live("is up when it answers PING, and has a key with the right value", () =>
    Effect.gen(function* () {
      const { port } = yield* redisServer()
      const settings = { host: "127.0.0.1", port }
      const up = yield* check(settings)
      assert.strictEqual(verdict(up), "up")
      assert.isAbove(up.timings.firstByteUs!, 0)
      assert.strictEqual(verdict(yield* check({ ...settings, key: "jobs" })), "down key_missing")
      yield* set(port, "-n", "2", "set", "jobs", '{"waiting":3}')
      const waiting = (expected: number) => ({
        ...settings,
        database: 2,
        key: "jobs",
        assertions: [{ source: "json", property: "$.waiting", operator: "less_than", expected }]
      })
      assert.strictEqual(verdict(yield* check(waiting(4))), "up")
      assert.strictEqual(verdict(yield* check(waiting(3))), "down assertion_failed")
      yield* set(port, "lpush", "list", "a")
      assert.strictEqual(verdict(yield* check({ ...settings, key: "list" })), "down redis_error")
      yield* set(port, "setrange", "large", "70000", "a")
      assert.strictEqual(verdict(yield* check({ ...settings, key: "large" })), "down too_much")
      assert.strictEqual(verdict(yield* check({ ...settings, database: 99 })), "down redis_error")
      // It waits for the rest of what looks to it like the beginning of a command.
      assert.strictEqual(verdict(yield* check({ ...settings, security: "tls" }, 500)), "down timeout_tls")
    })
  )

  it.live("asks for a password, and refuses a wrong one without our telling it", () =>
    Effect.gen(function* () {
      const { port } = yield* redisServer({
        password: "right",
        lines: ["user probe on >other ~* +ping", "user mute on >other ~* -@all"]
      })
      const settings = { host: "127.0.0.1", port }
      assert.strictEqual(verdict(yield* check(settings)), "down auth_required")
      assert.strictEqual(verdict(yield* check({ ...settings, password: "right" })), "up")
      const wrong = yield* check({ ...settings, password: "wr0ng" })
      assert.strictEqual(verdict(wrong), "down auth_failed")
      assert.notInclude(JSON.stringify(wrong), "wr0ng")
      assert.strictEqual(verdict(yield* check({ ...settings, username: "probe", password: "other" })), "up")
      assert.strictEqual(
        verdict(yield* check({ ...settings, username: "probe", password: "other", key: "a" })),
        "down auth_failed"
      )
      assert.strictEqual(
        verdict(yield* check({ ...settings, username: "mute", password: "other" })),
        "down auth_failed"
      )
    })
  )

  it.live("speaks TLS, and its certificate is judged", () =>
    Effect.gen(function* () {
      const good = yield* redisServer({ tls: "valid" })
      const settings = { host: "localhost", port: good.port, security: "tls" }
      const up = yield* check(settings)
      assert.strictEqual(verdict(up), "up")
      assert.strictEqual(up.detail?.tlsVersion, "TLSv1.3")
      assert.strictEqual(verdict(yield* check({ ...settings, security: "none" })).split(" ")[0], "down")
      const old = yield* redisServer({ tls: "expired" })
      assert.strictEqual(verdict(yield* check({ ...settings, port: old.port })), "down tls_expired")
    })
  )
})
