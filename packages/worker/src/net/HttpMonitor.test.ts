/** The http monitor type (domain/monitor-types/http.ts) over the real dialer and real servers. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { CheckProgress } from "@v-insight/domain/monitor-types/Dialer"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Effect, Schema } from "effect"
import { httpServer, httpsServer, tcpServer } from "./testing/LocalServer.ts"
import { checkServices, exchanging } from "./testing/TestDialer.ts"

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** Answers after having read the request, and remembers it. */
const recording = (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const seen: Array<Seen> = []
  const listener: RequestListener = (request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const { headers, method, url } = request
      seen.push({ method: method!, url: url!, headers, body: Buffer.concat(parts).toString() })
      answer(request, response)
    })
  }
  return { seen, listener }
}

const status =
  (code: number): RequestListener =>
  (_, response) =>
    response.writeHead(code).end()

const redirect = (response: ServerResponse, code: number, location: string) =>
  void response.writeHead(code, { location }).end()

const run = (settings: Readonly<Record<string, unknown>>, timeoutMs = 2_000) =>
  Effect.flatMap(Schema.decodeUnknownEffect(MonitorSpec)({ type: "http", settings }), (spec) =>
    runCheck(spec, { timeoutMs })
  )

const check = (settings: Readonly<Record<string, unknown>>, timeoutMs?: number) =>
  run(settings, timeoutMs).pipe(Effect.provide(checkServices()))

describe("expected status", () => {
  it.live.each<[expected: unknown, code: number, isUp: boolean]>([
    [undefined, 200, true],
    [undefined, 204, true],
    [undefined, 299, true],
    [undefined, 404, false],
    [undefined, 500, false],
    [404, 404, true],
    [404, 200, false],
    ["2xx", 226, true],
    ["2xx", 304, false],
    ["200-299", 200, true],
    ["200, 204,301-308", 307, true],
    ["200, 204,301-308", 203, false],
    ["4xx,503", 418, true],
    ["4xx,503", 503, true],
    [[200, 503], 503, true],
    [[200, 503], 500, false]
  ])("%j and status %i: %s", ([expectedStatus, code, isUp]) =>
    Effect.gen(function* () {
      const { port } = yield* httpServer(status(code))
      const url = `http://127.0.0.1:${port}/`
      const outcome = yield* check(expectedStatus === undefined ? { url } : { url, expectedStatus })
      assert.strictEqual(outcome.status, isUp ? "up" : "down")
      assert.strictEqual(outcome.httpStatus, code)
      assert.strictEqual(outcome.error?.code, isUp ? undefined : "unexpected_status")
      if (!isUp) assert.include(outcome.error?.message, `The status is ${code}, expected `)
    })
  )
})

describe("an outcome", () => {
  it.live("tells where the time went, adding up to the total", () =>
    Effect.gen(function* () {
      const { port } = yield* httpsServer("valid", (_, response) => response.end("ok"))
      const phases: Array<string> = []
      const outcome = yield* check({ url: `https://localhost:${port}/` }).pipe(
        Effect.provideService(CheckProgress, (phase) => phases.push(phase))
      )
      const { totalUs, ...parts } = outcome.timings
      assert.strictEqual(outcome.status, "up")
      assert.strictEqual(outcome.address, "127.0.0.1")
      assert.strictEqual(outcome.attempts, 1)
      assert.strictEqual(outcome.certificate?.subject, "CN=localhost")
      assert.isTrue(Object.values(parts).every(Number.isInteger))
      assert.strictEqual(
        Object.values(parts).reduce<number>((sum, us) => sum + us!, 0),
        totalUs
      )
      assert.deepStrictEqual(phases, ["dns", "connect", "tls", "first_byte", "transfer"])
    })
  )

  it.live("leaves out phases that were not reached", () =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(() => {})
      const phases: Array<string> = []
      const outcome = yield* check({ url: `http://127.0.0.1:${port}/` }, 500).pipe(
        Effect.provideService(CheckProgress, (phase) => phases.push(phase))
      )
      assert.deepStrictEqual(outcome.error, {
        code: "timeout_first_byte",
        message: "The connection was made, but no answer came in time."
      })
      const { dnsUs, firstByteUs, tlsUs, transferUs } = outcome.timings
      assert.deepStrictEqual([dnsUs, tlsUs, transferUs], [null, null, null])
      assert.isAtLeast(firstByteUs!, 250_000)
      assert.isNull(outcome.httpStatus)
      assert.deepStrictEqual(phases, ["connect"])
    })
  )

  it.live.each<[url: string, code: string, message: string]>([
    ["http://127.0.0.1:1/", "connection_refused", "127.0.0.1 refused the connection: nothing listens on port 1."],
    ["http://nowhere.test/", "dns_failed", "The name nowhere.test does not resolve."],
    ["http://10.0.0.1/", "blocked", "This address is not allowed as a target here."]
  ])("says of %s: %s", ([url, code, message]) =>
    Effect.gen(function* () {
      const outcome = yield* check({ url })
      assert.strictEqual(outcome.status, "down")
      assert.deepStrictEqual(outcome.error, { code, message })
    })
  )

  it.live("is unknown when the worker itself could not look", () =>
    Effect.gen(function* () {
      const outcome = yield* run({ url: "http://127.0.0.1/" }).pipe(
        Effect.provide(
          checkServices(
            exchanging(() =>
              Effect.succeed({
                failure: { cause: "worker_exhausted", message: "EMFILE" },
                response: undefined,
                phases: {},
                totalUs: 10,
                address: undefined,
                certificate: undefined,
                tlsVersion: undefined
              })
            )
          )
        )
      )
      assert.strictEqual(outcome.status, "unknown")
    })
  )

  it.live("accepts a wrong certificate only when told to, and describes it", () =>
    Effect.gen(function* () {
      const { port } = yield* httpsServer("expired", status(200))
      const url = `https://localhost:${port}/`
      const strict = yield* check({ url })
      assert.deepStrictEqual(strict.error, { code: "tls_expired", message: "The certificate has expired." })
      assert.strictEqual(strict.certificate?.validTo, "2021-01-01T00:00:00.000Z")
      const lenient = yield* check({ url, ignoreTlsErrors: true })
      assert.strictEqual(lenient.status, "up")
      assert.deepStrictEqual(lenient.certificate, strict.certificate)
    })
  )
})

describe("a request", () => {
  it.live.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "M-SEARCH"])(
    "carries %s, headers and body",
    (method) =>
      Effect.gen(function* () {
        const { listener, seen } = recording((_, response) => response.end("fine"))
        const { port } = yield* httpServer(listener)
        const body = method === "GET" || method === "HEAD" ? undefined : "gr\u00fc\u00dfe \u{1f44b}"
        const outcome = yield* check({
          url: `http://127.0.0.1:${port}/a%20b?c=d#fragment`,
          method,
          headers: { "X-Key": "value", accept: "text/plain" },
          ...(body === undefined ? {} : { body })
        })
        assert.strictEqual(outcome.status, "up")
        assert.strictEqual(seen.length, 1)
        const { headers, ...request } = seen[0]!
        assert.deepStrictEqual(request, { method, url: "/a%20b?c=d", body: body ?? "" })
        assert.strictEqual(headers["x-key"], "value")
        assert.strictEqual(headers.accept, "text/plain")
        assert.strictEqual(headers["user-agent"], "V-Insight")
        assert.strictEqual(headers.host, `127.0.0.1:${port}`)
        assert.strictEqual(headers.connection, "close")
        assert.strictEqual(headers["content-length"], body === undefined ? undefined : String(Buffer.byteLength(body)))
      })
  )
})

describe("redirects", () => {
  it.live.each<[code: number, method: string, becomes: string]>([
    [301, "GET", "GET"],
    [301, "POST", "GET"],
    [302, "POST", "GET"],
    [301, "PUT", "PUT"],
    [302, "HEAD", "HEAD"],
    [303, "POST", "GET"],
    [303, "PUT", "GET"],
    [303, "HEAD", "HEAD"],
    [307, "POST", "POST"],
    [308, "PUT", "PUT"]
  ])("%i turns %s into %s", ([code, method, becomes]) =>
    Effect.gen(function* () {
      const { listener, seen } = recording((request, response) =>
        request.url === "/" ? redirect(response, code, "/there?x=1") : response.end()
      )
      const { port } = yield* httpServer(listener)
      const hasBody = method !== "GET" && method !== "HEAD"
      const outcome = yield* check({ url: `http://127.0.0.1:${port}/`, method, ...(hasBody ? { body: "b" } : {}) })
      assert.strictEqual(outcome.status, "up")
      assert.strictEqual(seen[1]?.url, "/there?x=1")
      assert.strictEqual(seen[1]?.method, becomes)
      assert.strictEqual(seen[1]?.body, becomes === method && hasBody ? "b" : "")
    })
  )

  const secrets = { Authorization: "Bearer x", Cookie: "a=b", "X-Api-Key": "k" }

  it.live("keep what the tenant configured within the origin only", () =>
    Effect.gen(function* () {
      const other = recording((_, response) => response.end())
      const { port: otherPort } = yield* httpServer(other.listener)
      const origin = recording((request, response) =>
        request.url === "/"
          ? redirect(response, 302, "/same")
          : redirect(response, 307, `http://127.0.0.1:${otherPort}/other`)
      )
      const { port } = yield* httpServer(origin.listener)
      const outcome = yield* check({ url: `http://127.0.0.1:${port}/`, headers: { ...secrets, "User-Agent": "me" } })
      assert.strictEqual(outcome.status, "up")
      const [first, second, third] = [...origin.seen, ...other.seen].map(({ headers }) => headers)
      for (const headers of [first!, second!]) {
        assert.strictEqual(headers.authorization, "Bearer x")
        assert.strictEqual(headers["x-api-key"], "k")
      }
      assert.strictEqual(third!["user-agent"], "me")
      for (const name of ["authorization", "cookie", "x-api-key"]) assert.isUndefined(third![name])
    })
  )

  it.live("do not carry credentials from https to http either", () =>
    Effect.gen(function* () {
      const plain = recording((_, response) => response.end())
      const { port: plainPort } = yield* httpServer(plain.listener)
      const { port } = yield* httpsServer("valid", (_, response) =>
        redirect(response, 301, `http://localhost:${plainPort}/`)
      )
      const outcome = yield* check({ url: `https://localhost:${port}/`, headers: secrets })
      assert.strictEqual(outcome.status, "up")
      assert.isUndefined(plain.seen[0]!.headers.authorization)
    })
  )

  it.live("are followed five times, and their time adds up", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((request, response) => {
        const hop = Number(request.url!.slice(1))
        if (hop === 0) response.end()
        else redirect(response, 302, `/${hop - 1}`)
      })
      const five = yield* check({ url: `http://127.0.0.1:${port}/5` })
      assert.strictEqual(five.status, "up")
      const { totalUs, ...parts } = five.timings
      assert.strictEqual(
        Object.values(parts).reduce<number>((sum, us) => sum + (us ?? 0), 0),
        totalUs
      )
      const six = yield* check({ url: `http://127.0.0.1:${port}/6` })
      assert.strictEqual(six.error?.code, "too_many_redirects")
      assert.strictEqual(six.httpStatus, 302)
    })
  )

  it.live("in a loop end", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer((_, response) => redirect(response, 302, "/"))
      const outcome = yield* check({ url: `http://127.0.0.1:${port}/` })
      assert.strictEqual(outcome.error?.code, "too_many_redirects")
      assert.strictEqual(hits(), 6)
    })
  )

  it.live("share one time limit", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer((request, response) => {
        setTimeout(() => redirect(response, 302, `${request.url}x`), 300)
      })
      const started = performance.now()
      const outcome = yield* check({ url: `http://127.0.0.1:${port}/` }, 700)
      assert.strictEqual(outcome.error?.code, "timeout_first_byte")
      assert.isBelow(performance.now() - started, 1_700)
      assert.isAtLeast(outcome.timings.totalUs!, 690_000)
      assert.isAtLeast(hits(), 2)
      // A limit of their own for each hop would end after six of them, as a loop. A stall of ours adds half a second.
      assert.isAtMost(hits(), 5)
    })
  )

  it.live("without a usable Location are named", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((request, response) =>
        request.url === "/none" ? void response.writeHead(302).end() : redirect(response, 302, "http://[")
      )
      const broken = yield* check({ url: `http://127.0.0.1:${port}/` })
      assert.strictEqual(broken.error?.code, "bad_redirect")
      const none = yield* check({ url: `http://127.0.0.1:${port}/none` })
      assert.strictEqual(none.error?.code, "unexpected_status")
    })
  )

  it.live("are not followed when the monitor says so", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer((_, response) => redirect(response, 302, "/there"))
      const url = `http://127.0.0.1:${port}/`
      const outcome = yield* check({ url, followRedirects: false, expectedStatus: 302 })
      assert.strictEqual(outcome.status, "up")
      assert.strictEqual(hits(), 1)
    })
  )
})
