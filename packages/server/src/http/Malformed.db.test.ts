/** Input that nobody means well by: every answer is one of 4xx in the envelope, tells what is wrong, and nothing of us. */
import { assert, describe, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { Effect } from "effect"
import { connect } from "node:net"
import { bodyOf, endpoints, hasId, hasToken, pathFor, pathOf } from "../testing/endpoints.ts"
import { type Answer, TestServer } from "../testing/TestServer.ts"

const isRefusal = (answer: Answer): void => {
  assert.isTrue(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text.slice(0, 300)}`)
  assert.hasAllKeys(answer.body, ["data", "error", "meta"], answer.text.slice(0, 300))
  assert.isNull(answer.body.data)
  assert.hasAllKeys(answer.body.error, ["code", "message", "details"])
  assert.notMatch(answer.text, /node_modules|\.ts:|SELECT|syntax error|pg_|SqlError/)
}

const big = "x".repeat(1_200_000)
const deep = "[".repeat(200_000)

/** Bodies of any endpoint that takes one. */
const bodies: ReadonlyArray<readonly [string, string]> = [
  ["nothing", ""],
  ["no JSON", "{"],
  ["null", "null"],
  ["a number", "1e999"],
  ["a list", "[]"],
  ["deep nesting", deep],
  ["deep nesting that closes", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
  ["deep objects", `{"settings":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`],
  ["more fields than anything has", `{${Array.from({ length: 60_000 }, (_, index) => `"f${index}":1`).join()}}`],
  ["more items than any list", `{"tags":[${Array.from({ length: 60_000 }, (_, index) => index).join()}]}`],
  ["a raw NUL", '{"name":"\u0000"}'],
  ["prototype pollution", '{"__proto__":{"isAdmin":true},"constructor":{}}'],
  ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString("latin1")]
]

/** Strings in the place of any string. */
const texts = [
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udc00x",
  "x".repeat(70_000),
  "'; DROP TABLE monitors; --",
  "\u202e\ufeff",
  "%00",
  "😀"
]

const replaceEach = (value: unknown, text: string): ReadonlyArray<unknown> => {
  if (typeof value === "string") return [text]
  if (Array.isArray(value))
    return value.flatMap((one, index) => replaceEach(one, text).map((changed) => value.with(index, changed)))
  if (typeof value === "object" && value !== null) {
    return [
      ...Object.entries(value).flatMap(([key, inner]) =>
        replaceEach(inner, text).map((changed) => ({ ...value, [key]: changed }))
      ),
      { ...value, [text]: "extra" }
    ]
  }
  return []
}

layer(TestServer.layer, { excludeTestServices: true })("malformed input", (it) => {
  // A stream is no answer to be had whole.
  for (const endpoint of endpoints.filter(({ name }) => name !== "stream.events")) {
    describe(`${endpoint.method} ${endpoint.path}`, () => {
      if (hasId(endpoint)) {
        it.effect("refuses ids that are none", () =>
          Effect.gen(function* () {
            const { ask } = yield* TestServer
            const { alice, things } = yield* Cast
            for (const id of ["1", "%00", "'", "00000000-0000-0000-0000-00000000000g", "x".repeat(90), "%ff", "{}"]) {
              isRefusal(
                yield* ask(endpoint.method, pathOf(endpoint, id), { as: alice, body: bodyOf(endpoint, things) })
              )
            }
          })
        )
      }
      if (hasToken(endpoint)) {
        it.effect("refuses tokens that are none", () =>
          Effect.gen(function* () {
            const { ask } = yield* TestServer
            for (const token of ["1", "%00", "'", "x".repeat(90), "%ff", "{}"])
              isRefusal(yield* ask(endpoint.method, pathOf(endpoint, token)))
          })
        )
      }
      if (endpoint.method === "GET") {
        it.effect("refuses or ignores strange parameters", () =>
          Effect.gen(function* () {
            const { ask } = yield* TestServer
            const { alice, things } = yield* Cast
            const path = pathFor(endpoint, things)
            const strange = [
              "page=0",
              "page=1e9",
              "page=NaN",
              "perPage=201",
              "perPage=-1",
              "page=1&page=2",
              "status=lost",
              "limit=0",
              "limit=501",
              "cursor=%00",
              "search=%00",
              "tag=%00",
              "search=%ff%fe",
              "monitorId=1",
              "status=%00",
              "__proto__=1",
              "search=%",
              "x=%00"
            ]
            for (const query of strange) {
              const answer = yield* ask("GET", `${path}?${query}`, { as: alice })
              if (answer.status === 200) assert.isNotNull(answer.body.data)
              else isRefusal(answer)
            }
          })
        )
      }
      if (endpoint.method !== "GET") {
        it.effect("refuses bodies that are none", () =>
          Effect.gen(function* () {
            const { ask } = yield* TestServer
            const { alice, things } = yield* Cast
            const valid = bodyOf(endpoint, things)
            if (valid === undefined) return
            const path = pathFor(endpoint, things)
            const send = (body: unknown, headers = {}) => ask(endpoint.method, path, { as: alice, body, headers })
            for (const [what, body] of bodies) {
              const answer = yield* send(body)
              assert.strictEqual(answer.status, 422, `${what}: ${answer.text.slice(0, 200)}`)
              isRefusal(answer)
              assert.isBelow(answer.text.length, 10_000, what)
            }
            const large = yield* send(JSON.stringify({ name: big }))
            assert.strictEqual(large.status, 413, large.text.slice(0, 200))
            isRefusal(large)
            const form = yield* send("a=1", { "content-type": "application/x-www-form-urlencoded" })
            assert.strictEqual(form.status, 415, form.text.slice(0, 200))
            isRefusal(form)
          })
        )
      }
    })
  }

  for (const endpoint of endpoints.filter(({ name }) => /create|replace|change/.test(name))) {
    it.effect(`${endpoint.name} answers strange text with 2xx or 422, never with a failure of ours`, () =>
      Effect.gen(function* () {
        const { ask } = yield* TestServer
        const { mallory, otherThings } = yield* Cast
        const path = pathFor(endpoint, otherThings)
        for (const text of texts) {
          for (const body of replaceEach(bodyOf(endpoint, otherThings), text)) {
            const answer = yield* ask(endpoint.method, path, { as: mallory, body })
            if (answer.status >= 300) {
              isRefusal(answer)
              assert.strictEqual(answer.status, 422, answer.text.slice(0, 300))
            }
            if (text.includes("\u0000") || !text.isWellFormed())
              assert.strictEqual(answer.status, 422, JSON.stringify(body))
          }
        }
      })
    )
  }

  it.effect("a body that is far too large is refused long before it is all there", () =>
    Effect.gen(function* () {
      const { url } = yield* TestServer
      const { alice } = yield* Cast
      const sent = yield* Effect.callback<{ readonly bytes: number; readonly answer: string }>((resume) => {
        const socket = connect(Number(new URL(url).port), "127.0.0.1")
        const chunk = Buffer.alloc(65_536, "a")
        const seen = { bytes: 0, answer: "" }
        const pump = (): void => {
          while (seen.answer === "" && !socket.destroyed) {
            seen.bytes += chunk.length
            if (!socket.write(chunk)) return void socket.once("drain", pump)
          }
        }
        socket.on("data", (data) => (seen.answer += data.toString()))
        socket.on("error", () => {})
        socket.on("close", () => resume(Effect.succeed(seen)))
        socket.write(
          `POST /api/v1/monitors HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n` +
            "Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
        )
        pump()
      })
      assert.match(sent.answer, /^HTTP\/1\.1 413 [^]*"code":"PAYLOAD_TOO_LARGE"/)
      assert.isBelow(sent.bytes, 16 * 1024 * 1024)
    })
  )

  it.effect("what is not HTTP is answered in the envelope too", () =>
    Effect.gen(function* () {
      const { url } = yield* TestServer
      const say = (text: string) =>
        Effect.callback<string>((resume) => {
          const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(text, "latin1"))
          let heard = ""
          socket.on("data", (chunk) => (heard += chunk.toString()))
          socket.on("close", () => resume(Effect.succeed(heard)))
        })
      assert.match(yield* say("hello\r\n\r\n"), /^HTTP\/1\.1 400 [^]*"code":"BAD_REQUEST"/)
      assert.match(
        yield* say(`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`),
        /^HTTP\/1\.1 431 [^]*"code":"HEADERS_TOO_LARGE"/
      )
    })
  )
})
