/**
 * The redis monitor type (domain/monitor-types/redis.ts) against servers that answer wrongly. Against Redis itself:
 * Redis.peer.test.ts.
 */
import { assert, describe, it } from "@effect/vitest"
import { redis } from "@v-insight/domain/monitor-types/redis"
import { Effect } from "effect"
import { checkOf, settingsProblem, verdict } from "./testing/checkOf.ts"
import { tcpServer } from "./testing/LocalServer.ts"

const check = checkOf(redis)

/** Answers each command, however many words it has, with the next of these. */
const answering = (...answers: ReadonlyArray<string>) =>
  tcpServer((socket) => {
    const left = [...answers]
    socket.on("data", () => socket.write(left.shift() ?? ""))
  })

const against = (settings: Readonly<Record<string, unknown>>, ...answers: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { port } = yield* answering(...answers)
    return yield* check({ host: "127.0.0.1", port, ...settings }, 500)
  })

describe("a redis monitor", () => {
  it.live.each<[settings: Readonly<Record<string, unknown>>, answers: ReadonlyArray<string>, expected: string]>([
    [{}, ["+PONG\r\n"], "up"],
    [{ password: "x" }, ["+OK\r\n", "+PONG\r\n"], "up"],
    [{ database: 3 }, ["+OK\r\n", "+PONG\r\n"], "up"],
    [{ database: 3 }, ["-ERR DB index is out of range\r\n"], "down redis_error"],
    [{ password: "x" }, ["-WRONGPASS invalid username-password pair\r\n"], "down auth_failed"],
    [{}, ["-NOAUTH Authentication required.\r\n"], "down auth_required"],
    [{}, ["-LOADING Redis is loading the dataset in memory\r\n"], "down loading"],
    [{}, ["-DENIED Redis is running in protected mode\r\n"], "down redis_error"],
    [{}, ["+HELLO\r\n"], "down unexpected_answer"],
    [{}, ["$-1\r\n"], "down unexpected_answer"],
    [{}, ["HTTP/1.1 400 Bad Request\r\n\r\n"], "down not_redis"],
    [{}, ["\r\n"], "down not_redis"],
    [{}, ["*1\r\n+PONG\r\n"], "down not_redis"],
    [{}, ["$4\r\nPONGxx"], "down not_redis"],
    [{}, ["$x\r\n"], "down not_redis"],
    [{}, ["a".repeat(10_000)], "down line_too_long"],
    [{}, [], "down timeout_first_byte"],
    [{}, ["+PO"], "down timeout_transfer"],
    [{ key: "a" }, ["+PONG\r\n", "$5\r\nhello\r\n"], "up"],
    [{ key: "a" }, ["+PONG\r\n", "$-1\r\n"], "down key_missing"],
    [{ key: "a" }, ["+PONG\r\n", "$99999999\r\n"], "down too_much"],
    [{ key: "a" }, ["+PONG\r\n", "$5\r\nhel"], "down timeout_transfer"],
    [
      { key: "a" },
      ["+PONG\r\n", "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"],
      "down redis_error"
    ]
  ])("with %j and the answers %j is %s", ([settings, answers, expected]) =>
    Effect.map(against(settings, ...answers), (outcome) => assert.strictEqual(verdict(outcome), expected))
  )

  it.live("sends words as they are, and never repeats a password that the server repeats", () =>
    Effect.gen(function* () {
      let heard = ""
      const { port } = yield* tcpServer((socket) => {
        socket.on("data", (bytes: Buffer) => {
          heard += bytes.toString()
          socket.write("-ERR unknown command 'AUTH', with args beginning with: 'm\u00fc\u00df' 's3cret word'\r\n")
        })
      })
      const outcome = yield* check({ host: "127.0.0.1", port, username: "m\u00fc\u00df", password: "s3cret word" })
      assert.strictEqual(heard, "*3\r\n$4\r\nAUTH\r\n$5\r\nm\u00fc\u00df\r\n$11\r\ns3cret word\r\n")
      assert.strictEqual(verdict(outcome), "down auth_failed")
      assert.notInclude(JSON.stringify(outcome), "s3cret")
    })
  )

  it.live("is down when the server goes without a word", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => socket.end())
      assert.strictEqual(verdict(yield* check({ host: "127.0.0.1", port })), "down empty")
      assert.strictEqual(verdict(yield* check({ host: "127.0.0.1", port: 1 })), "down connection_refused")
    })
  )
})

it.effect.each<[Readonly<Record<string, unknown>>, sentence: string]>([
  [{ database: -1 }, "A database is a number"],
  [{ security: "starttls" }, "tls"],
  [{ password: "a".repeat(1001) }, "password"]
])("settings of redis are not %j", ([change, sentence]) =>
  Effect.map(settingsProblem(redis, { host: "example.org", ...change }), (problem) => assert.include(problem, sentence))
)
