/** The http type with everything switched on against servers that mean harm: one verdict in time, and no exception. */
import { assert, describe, it } from "@effect/vitest"
import { http } from "@v-insight/domain/monitor-types/http"
import { steps } from "@v-insight/domain/monitor-types/steps"
import { Effect } from "effect"
import { checkOf } from "./testing/checkOf.ts"
import { onRequest, tcpServer } from "./testing/LocalServer.ts"

const megabyte = 1024 * 1024

const head = (...lines: ReadonlyArray<string>): string => ["HTTP/1.1 200 OK", ...lines, "", ""].join("\r\n")
const whole = (body: string, ...lines: ReadonlyArray<string>): Buffer =>
  Buffer.concat([
    Buffer.from(head(`Content-Length: ${Buffer.byteLength(body, "latin1")}`, ...lines), "latin1"),
    Buffer.from(body, "latin1")
  ])

const answers: Readonly<Record<string, Buffer>> = {
  "a megabyte of brackets": whole("[".repeat(megabyte)),
  "a megabyte of objects in objects": whole('{"a":'.repeat(megabyte / 5)),
  "a megabyte that patterns dislike": whole("a".repeat(megabyte)),
  "JSON that wants to be a prototype": whole('{"__proto__":{"token":"x"},"constructor":{"prototype":{"token":"x"}}}'),
  "half a surrogate pair": whole('{"token":"\\ud800"}'),
  "NUL in JSON": whole('{"token":"\\u0000"}'),
  "numbers beyond numbers": whole('{"token":1e999,"big":123456789012345678901234567890}'),
  "a charset that nobody knows": whole("x", "Content-Type: text/html; charset=klingon"),
  "a charset of two bytes, cut": whole("abc", "Content-Type: text/html; charset=utf-16le"),
  "a charset in pieces": whole("x", `Content-Type: text/html; charset="${"x".repeat(5000)}`),
  "200 headers of one name": whole("x", ...Array.from({ length: 200 }, (_, index) => `X-Many: ${index}`)),
  "200 cookies": whole("x", ...Array.from({ length: 200 }, (_, index) => `Set-Cookie: token=${index}`)),
  "a cookie without a name": whole("x", "Set-Cookie: =;=;"),
  "escapes of terminals": whole("\u001b[2J\u001b]0;owned\u0007", "Server: \x80\xff"),
  "a redirect to nowhere": Buffer.from("HTTP/1.1 302 Found\r\nLocation: http://[::\r\nContent-Length: 0\r\n\r\n"),
  "a redirect inside": Buffer.from(
    "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
  ),
  "a redirect to a script": Buffer.from(
    "HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\nContent-Length: 0\r\n\r\n"
  ),
  "a redirect of 30 KB": Buffer.from(
    `HTTP/1.1 302 Found\r\nLocation: /${"a".repeat(30_000)}\r\nContent-Length: 0\r\n\r\n`
  ),
  "less than it says": Buffer.from(`${head("Content-Length: 100")}{"token":"x"}`)
}

const assertions = [
  { source: "json", property: "$.token", operator: "exists" },
  { source: "json", property: "$.__proto__.token", operator: "at_least", expected: 1 },
  { source: "body", operator: "matches", expected: "(a+)+$" },
  { source: "body", operator: "not_matches", expected: "\\pL{900}\\d" },
  { source: "body", operator: "equals", expected: "x" },
  { source: "header", property: "x-many", operator: "matches", expected: "(a|aa)+$" },
  { source: "header", property: "set-cookie", operator: "contains", expected: "token=199" },
  { source: "body_bytes", operator: "less_than", expected: 1 },
  { source: "certificate_days", operator: "at_least", expected: 1 }
]
const extract = [
  { name: "a", from: "json", property: "$.token" },
  { name: "b", from: "body", property: "(a|aa)+$" },
  { name: "c", from: "cookie", property: "token" },
  { name: "d", from: "header", property: "server" }
]

describe("an answer of", () => {
  it.live.each(Object.entries(answers))("%s has a verdict", ([name, bytes]) =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer((socket) => onRequest(socket, () => socket.end(bytes)))
      const url = `http://127.0.0.1:${port}/`
      const started = performance.now()
      const alone = yield* checkOf(http)({ url, assertions }, 2_000)
      const stepped = yield* checkOf(steps)(
        {
          steps: [
            { name: "One", url, assertions, extract },
            { name: "Two", url: `${url}{{a}}`, body: "{{b}}{{c}}{{d}}" }
          ]
        },
        2_000
      )
      assert.isBelow(performance.now() - started, 6_000)
      for (const outcome of [alone, stepped]) {
        assert.strictEqual(outcome.status, "down", name)
        const told = JSON.stringify(outcome)
        assert.isBelow(told.length, 300_000)
        // Real ones, not their spelling in the text of an answer.
        assert.notMatch(told, /(?<!\\)\\u(?:0000|001b|d800)/)
        assert.isNotEmpty(outcome.error?.message)
      }
    })
  )
})
