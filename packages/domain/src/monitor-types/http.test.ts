/** What settings an http monitor may have. How it checks is shown in packages/worker/src/net/HttpMonitor.test.ts. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { cpuNow } from "../testing/cpuNow.ts"
import { http } from "./http.ts"
import { MonitorSpec, targetOf } from "./registry.ts"

const decode = (settings: unknown) => Schema.decodeUnknownEffect(http.settings)(settings, { errors: "all" })
const url = "https://example.org/health"

const block = (label: string): string => `-----BEGIN ${label}-----\nMAMCAQE=\n-----END ${label}-----\n`
const certificate = block("CERTIFICATE")
const privateKey = block("PRIVATE KEY")

const problem = (settings: unknown) =>
  Effect.map(Effect.exit(decode(settings)), (exit) => (Exit.isFailure(exit) ? String(exit) : undefined))

describe("http settings", () => {
  it.effect("have defaults for all but the URL", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* decode({ url }), {
        url,
        method: "GET",
        headers: {},
        auth: "none",
        expectedStatus: "200-299",
        assertions: [],
        followRedirects: true,
        ignoreTlsErrors: false,
        ipVersion: "any",
        httpVersion: "1.1",
        keepBody: true
      })
    })
  )

  it.effect.each([
    "http://example.org",
    "HTTPS://EXAMPLE.org:8443/a?b=c#d",
    "http://127.0.0.1:3000/",
    "http://[::1]/",
    "https://b\u00fccher.example/",
    "http://under_score.example/"
  ])("take the URL %s", (url) => Effect.asVoid(decode({ url })))

  it.effect.each([
    "",
    " ",
    "example.org",
    "//example.org",
    "/health",
    "ftp://example.org",
    "file:///etc/passwd",
    "unix:/run/x.sock",
    "javascript:alert(1)",
    "http://",
    "http://[",
    "http://256.1.1.1/",
    "http://exa mple.org/",
    `https://example.org/${"a".repeat(2048)}`
  ])("refuse the URL %j", (url) => Effect.map(problem({ url }), (text) => assert.isDefined(text)))

  it.effect.each(["https://user:secret@example.org/", "https://user@example.org/", "https://:secret@example.org/"])(
    "refuse the credentials in %s without repeating them",
    (url) =>
      Effect.gen(function* () {
        const text = yield* problem({ url })
        assert.include(text, "Put credentials into an Authorization header")
        assert.notInclude(text, "secret")
      })
  )

  it.effect.each([
    ["X-Injected", "a\r\nEvil: b"],
    ["X-Injected", "a\nEvil: b"],
    ["X-Nul", "a\0b"],
    ["X-Emoji", "\u{1f44b}"],
    ["X Blank", "a"],
    ["X-Colon:", "a"],
    ["", "a"],
    ["Host", "evil"],
    ["content-length", "1"],
    ["Transfer-Encoding", "chunked"],
    ["Connection", "keep-alive"],
    ["Upgrade", "h2c"],
    ["X-Long", "a".repeat(8193)]
  ])("refuse the header %j", ([name, value]) =>
    Effect.map(problem({ url, headers: { [name!]: value } }), (text) => assert.isDefined(text))
  )

  it.effect("take ordinary headers", () =>
    decode({
      url,
      headers: { Authorization: "Bearer x", "x-api-key": "a b\tc", "X-Name": "J\u00fcrgen", "X-Empty": "" }
    })
  )

  it.effect("refuse more than 50 headers", () =>
    Effect.gen(function* () {
      const headers = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`X-${index}`, ""]))
      assert.isDefined(yield* problem({ url, headers }))
    })
  )

  it.effect.each([200, 100, 599, "200", "2xx", "200-299", "200,204,301-308", "200, 4xx", [200], [200, 404]])(
    "take the expected status %j",
    (expectedStatus) => Effect.asVoid(decode({ url, expectedStatus }))
  )

  it.effect.each([
    99,
    600,
    200.5,
    "",
    "abc",
    "20",
    "6xx",
    "2xx-300",
    "200-",
    "200,,204",
    "299-200",
    "200;204",
    [],
    [99]
  ])("refuse the expected status %j", (expectedStatus) =>
    Effect.map(problem({ url, expectedStatus }), (text) => assert.isDefined(text))
  )

  it.effect.each(["GET", "HEAD", "PURGE", "PROPFIND", "M-SEARCH", "x"])("take the method %s", (method) =>
    Effect.asVoid(decode({ url, method }))
  )

  it.effect.each(["", "get", "TRACE", "trace", "CONNECT", "GET /", "GET\r\nX: y", "G\u00cbT", "A".repeat(33)])(
    "refuse the method %j",
    (method) => Effect.map(problem({ url, method }), (text) => assert.include(text, '["method"]'))
  )

  it.effect.each<[field: string, piece: string]>([
    ["url", "https://a/?x-"],
    ["method", "x-"],
    ["expectedStatus", "200,"],
    ["expectedStatus", " ,"],
    ["clientKey", "-----BEGIN "],
    ["ca", "-----BEGIN CERTIFICATE-----\n"]
  ])("refuse a megabyte of %s soon: %j", ([field, piece]) =>
    Effect.gen(function* () {
      const started = cpuNow()
      assert.isDefined(yield* problem({ url, [field]: piece.repeat(1_000_000 / piece.length) }))
      // 30 ms alone.
      assert.isBelow(cpuNow() - started, 500)
    })
  )

  it.effect("refuse a long body", () =>
    Effect.map(problem({ url, body: "a".repeat(65_537) }), (text) => assert.isDefined(text))
  )

  it.effect.each([
    { auth: "basic", username: "a" },
    { auth: "basic", username: "J\u00fcrgen", password: "p:\u00e4 ss" },
    { auth: "bearer", token: "abc.def~/+=" },
    { auth: "none", headers: { Authorization: "x" } },
    { ipVersion: "6", httpVersion: "2", keepBody: false },
    { ca: certificate, clientCertificate: certificate, clientKey: privateKey }
  ])("take %j", (settings) => Effect.asVoid(decode({ url, ...settings })))

  it.effect.each<[settings: object, field: string, sentence: string]>([
    [{ auth: "basic" }, "username", "Write the user name"],
    [{ auth: "basic", username: "a:b" }, "username", "A user name cannot have a colon"],
    [{ auth: "basic", username: "a\nb" }, "username", "line break"],
    [{ auth: "basic", username: "a", password: "s3cret\0" }, "password", "control character"],
    [{ auth: "bearer" }, "token", "Write the token"],
    [{ auth: "bearer", token: "Bearer s3cret" }, "token", "A token has no blanks"],
    [{ auth: "bearer", token: "s3cret", headers: { authorization: "x" } }, "headers", "remove one of them"],
    [{ clientCertificate: certificate }, "clientKey", "Add the private key"],
    [{ clientKey: privateKey }, "clientCertificate", "Add the certificate"],
    [{ clientCertificate: "s3cret", clientKey: privateKey }, "clientCertificate", "Paste the certificate"],
    [{ ipVersion: 4 }, "ipVersion", ""],
    [{ url: "http://127.0.0.1/", ipVersion: "6" }, "ipVersion", "127.0.0.1 is no IPv6 address"],
    [{ url: "http://[::1]/", ipVersion: "4" }, "ipVersion", "[::1] is no IPv4 address"],
    [{ httpVersion: "3" }, "httpVersion", ""]
  ])("refuse %j at %s, without repeating secrets", ([settings, field, sentence]) =>
    Effect.gen(function* () {
      const text = yield* problem({ url, ...settings })
      assert.include(text, `["${field}"]`)
      assert.include(text, sentence)
      assert.notInclude(text, "s3cret")
    })
  )
})

describe("an http monitor", () => {
  it.effect.each([
    ["https://example.org/", "example.org"],
    ["https://example.org:8443/health?x=1", "example.org:8443/health"],
    ["https://EXAMPLE.org", "example.org"]
  ])("for %s is shown as %s", ([url, target]) =>
    Effect.gen(function* () {
      const spec = yield* Schema.decodeUnknownEffect(MonitorSpec)({ type: "http", settings: { url } })
      assert.strictEqual(targetOf(spec), target)
    })
  )
})
