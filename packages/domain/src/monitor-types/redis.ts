/** Redis and what speaks like it (Valkey, KeyDB): logs in, says PING, and reads a key if wanted. */
import { Effect, Schema } from "effect"
import type { Conversation } from "./Conversation.ts"
import { converse } from "./converse.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { Host, hostAndPort } from "./fields/Host.ts"
import { familyOf, ipVersion } from "./fields/HttpWay.ts"
import { Port } from "./fields/Port.ts"
import { trustFields, trustOf } from "./fields/Trust.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { Reader } from "./Reader.ts"
import { quoted, redacted, Refused } from "./Refused.ts"
import { command, readResp, type Resp } from "./Resp.ts"

const Settings = Schema.Struct({
  host: Host.annotate({ title: "Host", description: "A name or an IP address." }),
  port: Port.annotate({ title: "Port", description: "6379 unless the server was told otherwise." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(6379))
  ),
  security: Schema.Literals(["none", "tls"])
    .annotate({ title: "Encryption", description: "none, or tls from the first byte." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("none" as const))),
  username: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(200))).annotate({
      title: "User",
      description: "Of the access control list (Redis 6). Left empty, the default user."
    })
  ),
  password: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(1000))).annotate({
      title: "Password",
      description: "Left empty, no login is tried."
    })
  ),
  database: Schema.Int.check(
    Schema.isBetween({ minimum: 0, maximum: 65_535 }, { message: "A database is a number from 0" })
  )
    .annotate({ title: "Database", description: "Its number; 0 is the first." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  key: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(500))).annotate({
      title: "Key",
      description: "A text that must be there; assertions look at its value. Left empty, PING is enough."
    })
  ),
  ...trustFields,
  ipVersion,
  assertions: assertionsOf([
    "body",
    "body_bytes",
    "json",
    "total_ms",
    "dns_ms",
    "connect_ms",
    "tls_ms",
    "first_byte_ms",
    "certificate_days"
  ])
}).annotate({ identifier: "RedisSettings" })
type Settings = typeof Settings.Type

export const redis = define({
  type: "redis",
  label: "Redis",
  description: "A Redis server lets us in and answers.",
  target: ({ database, host, port }) => `${hostAndPort(host, port)}${database === 0 ? "" : `/${database}`}`,
  settings: Settings,
  secrets: ["password"],
  check: (settings: Settings, limits: CheckLimits) => {
    const { assertions, host, port, security } = settings
    const tls = security === "tls" ? trustOf(settings) : undefined
    const family = familyOf(settings.ipVersion)
    return converse({ host, port, family, assertions, tls }, limits, (conversation) => talk(conversation, settings))
  }
})

const talk = Effect.fnUntraced(function* (conversation: Conversation, settings: Settings) {
  const { database, key, password, username } = settings
  const reader = new Reader(conversation.read)
  const ask = (...words: ReadonlyArray<string>) => Effect.andThen(conversation.send(command(words)), readResp(reader))

  if (password != null && password !== "") {
    const names = username == null || username === "" ? [] : [username]
    const answer = yield* ask("AUTH", ...names, password)
    if (answer.kind === "error") {
      const said = redacted(answer.text, [password])
      return yield* new Refused({
        code: "auth_failed",
        message: `The server refused the login: "${quoted(said)}".`,
        answer: said
      })
    }
  }
  if (database !== 0) yield* wanted(yield* ask("SELECT", String(database)), "SELECT", "OK")
  yield* wanted(yield* ask("PING"), "PING", "PONG")
  if (key == null || key === "") return {}
  const value = yield* ask("GET", key)
  if (value.kind === "null") {
    return yield* new Refused({ code: "key_missing", message: `The key "${quoted(key)}" does not exist.` })
  }
  if (value.kind === "error") return yield* refusedBy(value.text, "GET")
  return { text: value.text, bodyBytes: value.bytes }
})

const wanted = (answer: Resp, asked: string, expected: string) => {
  if (answer.kind === "error") return Effect.fail(refusedBy(answer.text, asked))
  if (answer.kind === "text" && answer.text === expected) return Effect.void
  const said = answer.kind === "null" ? "nothing" : answer.text
  return Effect.fail(
    new Refused({
      code: "unexpected_answer",
      message: `The server answered ${asked} with "${quoted(said)}".`,
      answer: said
    })
  )
}

/** `NOAUTH Authentication required.`: the first word of an error is its code. */
const refusedBy = (said: string, asked: string): Refused =>
  new Refused({
    code: codes[said.split(" ", 1)[0]!] ?? "redis_error",
    message: `The server answered ${asked} with "${quoted(said)}".`,
    answer: said
  })

const codes: Readonly<Record<string, string>> = { NOAUTH: "auth_required", NOPERM: "auth_failed", LOADING: "loading" }
