/** Credentials, certificates and ways of the http monitor type over the real dialer and real servers. */
import type { TLSSocket } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Effect, Schema } from "effect"
import { SafeDialer } from "./SafeDialer.ts"
import { certificate, key } from "./testing/Certificates.ts"
import { httpServer, httpsServer } from "./testing/LocalServer.ts"
import { checkServices, resolveFrom, testEnvironment } from "./testing/TestDialer.ts"
import { TlsContexts } from "./TlsContexts.ts"

const run = (settings: Readonly<Record<string, unknown>>) =>
  Effect.flatMap(Schema.decodeUnknownEffect(MonitorSpec)({ type: "http", settings }), (spec) =>
    runCheck(spec, { timeoutMs: 2_000 })
  )

const check = (settings: Readonly<Record<string, unknown>>) => run(settings).pipe(Effect.provide(checkServices()))

const basic = { auth: "basic", username: "Jürgen", password: "s3cret:ü" }
const authorization = `Basic ${Buffer.from("Jürgen:s3cret:ü").toString("base64")}`

/** Lets in who says these words. */
const guarded = (words: string) =>
  httpServer((request, response) => {
    if (request.headers.authorization === words) return void response.end("welcome")
    response.writeHead(401, { "content-type": "text/plain" }).end(`not you: ${request.headers.authorization}`)
  })

describe("credentials", () => {
  it.live.each<[words: string, settings: object]>([
    [authorization, basic],
    [`Basic ${Buffer.from("a:").toString("base64")}`, { auth: "basic", username: "a" }],
    ["Bearer tok.en~1+/=", { auth: "bearer", token: "tok.en~1+/=" }]
  ])("%s are sent", ([words, settings]) =>
    Effect.gen(function* () {
      const { port } = yield* guarded(words)
      const url = `http://127.0.0.1:${port}/`
      assert.strictEqual((yield* check({ url, ...settings })).status, "up")
      assert.strictEqual((yield* check({ url, ...settings, auth: "none" })).httpStatus, 401)
    })
  )

  it.live("are not shown, although the target repeats them", () =>
    Effect.gen(function* () {
      const { port } = yield* guarded("nobody")
      const url = `http://127.0.0.1:${port}/`
      for (const settings of [basic, { auth: "bearer", token: "s3cret-token" }]) {
        const outcome = yield* check({
          url,
          ...settings,
          assertions: [{ source: "body", operator: "equals", expected: "welcome" }]
        })
        assert.include(outcome.detail?.response?.body, "not you: ")
        const told = JSON.stringify(outcome)
        for (const secret of [
          "s3cret",
          Buffer.from("s3cret:ü").toString("base64").slice(0, 8),
          authorization.slice(-8)
        ])
          assert.notInclude(told, secret)
      }
    })
  )

  it.live("in a body are not passed on to another origin", () =>
    Effect.gen(function* () {
      const other = yield* httpServer((_, response) => response.end())
      const { port } = yield* httpServer((request, response) => {
        const location = request.url === "/" ? "/here" : `http://127.0.0.1:${other.port}/`
        response.writeHead(request.url === "/see-other" ? 303 : 307, { location }).end()
      })
      const url = `http://127.0.0.1:${port}`
      const post = { method: "POST", body: "password=s3cret" }
      const refused = yield* check({ url: `${url}/`, ...post })
      assert.strictEqual(refused.error?.code, "redirect_with_body")
      assert.strictEqual(other.hits(), 0)
      assert.deepStrictEqual(refused.detail?.redirects, [`${url}/here`])
      assert.strictEqual((yield* check({ url: `${url}/see-other`, ...post })).status, "up")
    })
  )

  it.live("stay with their origin when redirected", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const other = yield* httpServer((request, response) => {
        seen.push(request.headers.authorization)
        response.end()
      })
      const { port } = yield* httpServer((request, response) => {
        seen.push(request.headers.authorization)
        const location = request.url === "/" ? "/here" : `http://127.0.0.1:${other.port}/`
        response.writeHead(302, { location }).end()
      })
      assert.strictEqual((yield* check({ url: `http://127.0.0.1:${port}/`, ...basic })).status, "up")
      assert.deepStrictEqual(seen, [authorization, authorization, undefined])
    })
  )
})

/** Asks for a certificate and lets in who has one; sends others on when there is a `location`. */
const mutual = Effect.fnUntraced(function* (location?: string) {
  const seen: Array<string> = []
  const { port } = yield* httpsServer(
    "valid",
    (request, response) => {
      const subject = (request.socket as TLSSocket).getPeerX509Certificate()?.subject ?? "nobody"
      seen.push(subject)
      if (location !== undefined) return void response.writeHead(302, { location }).end()
      response.writeHead(subject === "nobody" ? 403 : 200).end()
    },
    "127.0.0.1",
    { requestCert: true, rejectUnauthorized: false }
  )
  return { port, seen }
})

describe("TLS settings", () => {
  const identity = { clientCertificate: certificate("common-name"), clientKey: key }

  it.live("show the client certificate to a server that asks", () =>
    Effect.gen(function* () {
      const { port, seen } = yield* mutual()
      const url = `https://localhost:${port}/`
      assert.strictEqual((yield* check({ url, ...identity })).status, "up")
      assert.strictEqual((yield* check({ url })).httpStatus, 403)
      assert.deepStrictEqual(seen, ["CN=localhost", "nobody"])
    })
  )

  it.live("do not show it to where the server redirects", () =>
    Effect.gen(function* () {
      const other = yield* mutual()
      const { port, seen } = yield* mutual(`https://localhost:${other.port}/`)
      const outcome = yield* check({ url: `https://localhost:${port}/`, ...identity })
      assert.strictEqual(outcome.httpStatus, 403)
      assert.deepStrictEqual([...seen, ...other.seen], ["CN=localhost", "nobody"])
    })
  )

  it.live("trust an authority of their own, and name what cannot be used", () =>
    Effect.gen(function* () {
      const { port } = yield* httpsServer("valid", (_, response) => response.end())
      const url = `https://localhost:${port}/`
      const environment = testEnvironment(undefined, resolveFrom({ localhost: ["127.0.0.1"] }), {
        contexts: new TlsContexts()
      })
      const worldly = (settings: object) =>
        run({ url, ...settings }).pipe(Effect.provide(checkServices(SafeDialer.make(environment), environment)))
      assert.strictEqual((yield* worldly({})).error?.code, "tls_untrusted")
      const trusting = yield* worldly({ ca: certificate("authority") })
      assert.strictEqual(trusting.status, "up")
      assert.match(trusting.detail!.tlsVersion!, /^TLSv1\.[23]$/)
      assert.strictEqual((yield* worldly({ ca: certificate("self-signed") })).error?.code, "tls_untrusted")
    })
  )
})

describe("the way there", () => {
  it.live("is the IP version that is chosen", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((request, response) => response.end(request.socket.remoteFamily), "::1")
      const names = { "both.test": ["127.0.0.1", "::1"], "old.test": ["127.0.0.1"] }
      const environment = testEnvironment(undefined, resolveFrom(names))
      const over = (host: string, ipVersion: string) =>
        run({ url: `http://${host}:${port}/`, ipVersion }).pipe(
          Effect.provide(checkServices(SafeDialer.make(environment), environment))
        )
      assert.strictEqual((yield* over("both.test", "any")).address, "::1")
      assert.strictEqual((yield* over("both.test", "6")).address, "::1")
      assert.strictEqual((yield* over("both.test", "4")).error?.code, "connection_refused")
      const absent = yield* over("old.test", "6")
      assert.deepInclude(absent, { status: "down", address: null })
      assert.strictEqual(absent.error?.message, "old.test has no IPv6 address.")
    })
  )
})
