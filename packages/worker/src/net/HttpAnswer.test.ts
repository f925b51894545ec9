/** What the http monitor type makes of answers: assertions from every source, traits and evidence. */
import type { RequestListener } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { CheckEvidence } from "@v-insight/domain/monitor-types/CheckEvidence"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Effect, Schema } from "effect"
import { httpServer, httpsServer } from "./testing/LocalServer.ts"
import { checkServices } from "./testing/TestDialer.ts"

const check = (settings: Readonly<Record<string, unknown>>) =>
  Effect.flatMap(Schema.decodeUnknownEffect(MonitorSpec)({ type: "http", settings }), (spec) =>
    runCheck(spec, { timeoutMs: 2_000 })
  ).pipe(Effect.provide(checkServices()))

const api: RequestListener = (_, response) =>
  void response
    .writeHead(200, { "content-type": "application/json", server: "toy/1.0", "set-cookie": "sid=s3cret; HttpOnly" })
    .end('{"state":"ready","queue":{"length":12}}\n')

describe("assertions", () => {
  it.live.each<[assertion: object, isMet: boolean, actual?: string | RegExp]>([
    [{ source: "status", operator: "equals", expected: 200 }, true, "200"],
    [{ source: "status", operator: "greater_than", expected: 200 }, false, "200"],
    [{ source: "total_ms", operator: "less_than", expected: 1900 }, true],
    [{ source: "total_ms", operator: "less_than", expected: 0.001 }, false, /^\d+(\.\d+)?$/],
    [{ source: "dns_ms", operator: "exists" }, true],
    [{ source: "connect_ms", operator: "at_least", expected: 0 }, true],
    [{ source: "tls_ms", operator: "greater_than", expected: 0 }, true],
    [{ source: "first_byte_ms", operator: "greater_than", expected: 1900 }, false],
    [{ source: "transfer_ms", operator: "exists" }, true],
    [{ source: "header", property: "Content-Type", operator: "contains", expected: "json" }, true],
    [
      { source: "header", property: "content-type", operator: "equals", expected: "text/html" },
      false,
      "application/json"
    ],
    [{ source: "header", property: "etag", operator: "exists" }, false],
    [{ source: "header", property: "set-cookie", operator: "contains", expected: "Secure" }, false, "sid=..."],
    [{ source: "body", operator: "contains", expected: "ready" }, true],
    [{ source: "body", operator: "matches", expected: '"length":1[0-9]\\}' }, true],
    [{ source: "body", operator: "not_matches", expected: "(?i)READY" }, false, /^\{"state":"ready"/],
    [{ source: "body_bytes", operator: "equals", expected: 40 }, true],
    [{ source: "json", property: "$.state", operator: "equals", expected: "ready" }, true],
    [{ source: "json", property: "$.queue.length", operator: "at_most", expected: 10 }, false, "12"],
    [{ source: "certificate_days", operator: "at_least", expected: 14 }, true],
    [{ source: "certificate_days", operator: "at_least", expected: 100_000 }, false, /^\d+$/],
    [{ source: "certificate_issuer", operator: "contains", expected: "V-Insight" }, true],
    [{ source: "certificate_subject", operator: "equals", expected: "CN=localhost" }, true],
    [{ source: "tls_version", operator: "matches", expected: "^TLSv1\\.[23]$" }, true]
  ])("%j: %s", ([assertion, isMet, actual]) =>
    Effect.gen(function* () {
      const { port } = yield* httpsServer("valid", api)
      const outcome = yield* check({ url: `https://localhost:${port}/`, assertions: [assertion] })
      const [verdict] = outcome.detail!.assertions
      assert.strictEqual(verdict!.isMet, isMet, JSON.stringify(verdict))
      assert.strictEqual(outcome.status, isMet ? "up" : "down")
      assert.strictEqual(outcome.error?.code, isMet ? undefined : "assertion_failed")
      if (typeof actual === "string") assert.strictEqual(verdict!.actual, actual)
      if (actual instanceof RegExp) assert.match(verdict!.actual!, actual)
    })
  )

  it.live("that are soft leave the monitor degraded, with a sentence", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer(api)
      const soft = { source: "body_bytes", operator: "less_than", expected: 10, severity: "degraded" }
      const outcome = yield* check({ url: `http://127.0.0.1:${port}/`, assertions: [soft] })
      assert.strictEqual(outcome.status, "degraded")
      assert.deepStrictEqual(outcome.error, {
        code: "assertion_failed",
        message: "Expected that body size in bytes is less than 10, but it is 40."
      })
      assert.isNotNull(outcome.detail?.response)
    })
  )

  it.live("come after the status, and still tell what was found", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => response.writeHead(500).end("oops"))
      const outcome = yield* check({
        url: `http://127.0.0.1:${port}/`,
        assertions: [{ source: "body", operator: "equals", expected: "ok" }]
      })
      assert.strictEqual(outcome.error?.code, "unexpected_status")
      assert.strictEqual(outcome.detail?.assertions[0]?.actual, "oops")
    })
  )

  it.live("look at all that is kept of a body", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => response.end(`${"a".repeat(200_000)}the end`))
      const url = `http://127.0.0.1:${port}/`
      const assertion = { source: "body", operator: "contains", expected: "the end" }
      assert.strictEqual((yield* check({ url, assertions: [assertion] })).status, "up")
      const size = { source: "body_bytes", operator: "equals", expected: 200_007 }
      assert.strictEqual((yield* check({ url, assertions: [size] })).status, "up")
    })
  )

  it.live("are not fooled by JSON that is nothing but brackets", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => response.end("[".repeat(1024 * 1024)))
      const outcome = yield* check({
        url: `http://127.0.0.1:${port}/`,
        assertions: [{ source: "json", property: "$.error", operator: "not_exists" }]
      })
      assert.strictEqual(outcome.status, "down")
      assert.strictEqual(outcome.detail?.assertions[0]?.actual, "not readable as JSON")
    })
  )
})

describe("what an answer leaves behind", () => {
  it.live("is a few traits when all is well", () =>
    Effect.gen(function* () {
      const target = yield* httpsServer("valid", api)
      const { port } = yield* httpServer((_, response) =>
        response.writeHead(302, { location: `https://localhost:${target.port}/a?code=s3cret` }).end()
      )
      const { detail } = yield* check({ url: `http://127.0.0.1:${port}/` })
      const { TLS, certificate, ...traits } = detail!.traits
      assert.match(TLS!, /^TLSv1/)
      assert.match(certificate!, /^([0-9A-F]{2}:){7}[0-9A-F]{2}$/)
      const final = `https://localhost:${target.port}/a?...`
      assert.deepStrictEqual(traits, {
        status: "200",
        server: "toy/1.0",
        "content-type": "application/json",
        body: "under 100 bytes",
        "final URL": final
      })
      assert.deepStrictEqual(detail!.redirects, [final])
      assert.isNull(detail!.response)
    })
  )

  const evidence = (listener: RequestListener, settings: object = {}) =>
    Effect.gen(function* () {
      const { port } = yield* httpServer(listener)
      return (yield* check({ url: `http://127.0.0.1:${port}/`, ...settings })).detail?.response ?? undefined
    })

  it.live("is the answer when somebody looks, without cookies' values", () =>
    Effect.gen(function* () {
      const response = yield* evidence(api).pipe(Effect.provideService(CheckEvidence, true))
      assert.strictEqual(response?.body, '{"state":"ready","queue":{"length":12}}\n')
      const headers = new Map(response?.headers)
      assert.strictEqual(headers.get("server"), "toy/1.0")
      assert.strictEqual(headers.get("set-cookie"), "sid=...; HttpOnly")
      assert.isFalse(response?.isTruncated)
    })
  )

  it.live("is at most 64 KB of a bad answer", () =>
    Effect.gen(function* () {
      const long = yield* evidence((_, response) => response.writeHead(500).end("ü".repeat(100_000)))
      assert.strictEqual(Buffer.byteLength(long!.body), 64 * 1024)
      assert.isTrue(long!.isTruncated)
      const odd = yield* evidence((_, response) => response.writeHead(500).end(`a${"\u00fc".repeat(100_000)}`))
      assert.strictEqual(odd!.body, `a${"\u00fc".repeat(32_767)}`)
      const whole = yield* evidence((_, response) => response.writeHead(500).end("a".repeat(64 * 1024)))
      assert.isFalse(whole!.isTruncated)
    })
  )

  it.live.each<[contentType: string, body: Buffer, text: string]>([
    ["text/html; charset=ISO-8859-1", Buffer.from("gr\xfc\xdfe", "latin1"), "gr\u00fc\u00dfe"],
    ['text/html; Charset="latin1"', Buffer.from("\x80", "latin1"), "\u20ac"],
    ["text/plain; charset=utf-8", Buffer.from("gr\u00fc\u00dfe"), "gr\u00fc\u00dfe"],
    ["text/plain", Buffer.from([0x61, 0xff, 0x62]), "a\ufffdb"],
    ["text/plain; charset=klingon", Buffer.from("\u00fc"), "\u00fc"],
    ["text/plain", Buffer.from("a\0b\u001b[31mc\td\r\ne\u202ef"), "a\ufffdb\ufffd[31mc\td\r\ne\ufffdf"]
  ])("is text: %s, %s", ([contentType, body, text]) =>
    Effect.gen(function* () {
      const response = yield* evidence((_, response) =>
        response.writeHead(500, { "content-type": contentType }).end(body)
      )
      assert.strictEqual(response?.body, text)
    })
  )

  it.live("is no text where the monitor keeps none", () =>
    Effect.gen(function* () {
      const response = yield* evidence((_, response) => response.writeHead(500).end("personal"), { keepBody: false })
      assert.strictEqual(response?.body, "")
      assert.isNotEmpty(response?.headers)
    })
  )
})
