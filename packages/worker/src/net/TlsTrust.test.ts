/** Authorities and identities that a tenant brings along, and what becomes of broken ones. */
import { generateKeyPairSync } from "node:crypto"
import type { TLSSocket } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import type { TlsTrust } from "@v-insight/domain/monitor-types/Dialer"
import { Effect } from "effect"
import { certificate, key } from "./testing/Certificates.ts"
import { httpServer, onRequest, tlsServer } from "./testing/LocalServer.ts"
import { exchange, resolveFrom, testDialer } from "./testing/TestDialer.ts"
import { TlsContexts } from "./TlsContexts.ts"

const world = testDialer(undefined, resolveFrom({ localhost: ["127.0.0.1"] }), { contexts: new TlsContexts() })
const overTls = (port: number, tls: TlsTrust, dialer = world) => exchange(`https://localhost:${port}/`, { tls }, dialer)

const anotherKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem"
})
const lockedKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "secret"
})

const fine = tlsServer("valid", (socket) => onRequest(socket, () => socket.end("HTTP/1.1 204 No Content\r\n\r\n")))

/** Answers those who show this certificate. */
const exclusive = tlsServer(
  "valid",
  (socket) =>
    onRequest(socket, () => {
      const shown = (socket as TLSSocket).getPeerX509Certificate()
      socket.end(`HTTP/1.1 ${shown?.toString() === certificate("self-signed") ? 204 : 403} Well\r\n\r\n`)
    }),
  { requestCert: true, rejectUnauthorized: false }
)

describe("TLS", () => {
  it.live("trusts the authority that is given, and then no other", () =>
    Effect.gen(function* () {
      const { port } = yield* fine
      const ca = certificate("authority")
      assert.strictEqual((yield* overTls(port, {})).failure?.cause, "tls_untrusted")
      assert.strictEqual((yield* overTls(port, { ca })).response?.status, 204)
      assert.strictEqual(
        (yield* overTls(port, { ca: `a comment\n${ca}\n${certificate("self-signed")}` })).response?.status,
        204
      )
      const elsewhere = yield* overTls(port, { ca: certificate("self-signed") }, testDialer())
      assert.strictEqual(elsewhere.failure?.cause, "tls_untrusted")
    })
  )

  it.live("presents the identity that is given to who asks, and trusts as usual", () =>
    Effect.gen(function* () {
      const { port } = yield* exclusive
      const identity = { certificate: certificate("self-signed"), key }
      assert.strictEqual((yield* overTls(port, {}, testDialer())).response?.status, 403)
      assert.strictEqual((yield* overTls(port, { identity }, testDialer())).response?.status, 204)
      assert.strictEqual((yield* overTls(port, { identity })).failure?.cause, "tls_untrusted")
    })
  )

  it.live.each<[name: string, trust: TlsTrust]>([
    ["an authority that is empty", { ca: "" }],
    ["an authority that is no PEM", { ca: "trust me" }],
    ["an authority that is cut off", { ca: certificate("authority").slice(0, 300) }],
    ["an authority of noise", { ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }],
    ["an authority with NUL", { ca: `\0${certificate("authority").replaceAll("A", "\0")}` }],
    ["a key as its authority", { ca: key }],
    ["an identity that is no PEM", { identity: { certificate: "it's me", key } }],
    ["an identity with no key", { identity: { certificate: certificate("valid"), key: "" } }],
    ["an identity with another's key", { identity: { certificate: certificate("valid"), key: String(anotherKey) } }],
    ["an identity with a locked key", { identity: { certificate: certificate("valid"), key: String(lockedKey) } }],
    ["certificate and key the wrong way round", { identity: { certificate: key, key: certificate("valid") } }]
  ])("with %s reaches nobody and says why", ([, trust]) =>
    Effect.gen(function* () {
      const { hits, port } = yield* fine
      const { failure } = yield* overTls(port, trust)
      assert.strictEqual(failure?.cause, "tls_settings")
      assert.isAbove(failure!.message.length, 0)
      assert.notInclude(failure!.message, "BEGIN")
      assert.strictEqual(hits(), 0)
    })
  )

  it.live("asks for and verifies another name where one is given", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const { port } = yield* tlsServer(
        "wrong-host",
        (socket) => onRequest(socket, () => socket.end("HTTP/1.1 204 No\r\n\r\n")),
        {
          SNICallback: (name, done) => {
            names.push(name)
            done(null)
          }
        }
      )
      const given = yield* overTls(port, { serverName: "elsewhere.test" }, testDialer())
      assert.strictEqual(given.response?.status, 204)
      assert.strictEqual((yield* overTls(port, {}, testDialer())).failure?.cause, "tls_host")
      yield* overTls(port, { serverName: "127.0.0.1" }, testDialer())
      assert.deepStrictEqual(names, ["elsewhere.test", "localhost"])
    })
  )
})

describe("contexts", () => {
  it("are shared by those who trust and present the same, and only so many are kept", () => {
    const contexts = new TlsContexts([certificate("authority")])
    assert.strictEqual(contexts.of({}), contexts.of({ ignoreErrors: true, serverName: "a.test" }))
    const ca = certificate("self-signed")
    const first = contexts.of({ ca })
    assert.strictEqual(contexts.of({ ca, ignoreErrors: true }), first)
    assert.notStrictEqual(contexts.of({ ca: certificate("valid") }), first)
    for (let index = 0; index < 98; index++) contexts.of({ ca: `${index}${certificate("valid")}` })
    assert.strictEqual(contexts.of({ ca }), first)
    for (let index = 0; index < 100; index++) contexts.of({ ca: `again ${index}${certificate("valid")}` })
    assert.notStrictEqual(contexts.of({ ca }), first)
  })
})

describe("a family", () => {
  const resolve = resolveFrom({ "both.test": ["::1", "127.0.0.1"], "six.test": ["::1"] })
  const dialer = testDialer(["127.0.0.1", "::1"], resolve)

  it.live("is the one that is dialled", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => response.end())
      const four = yield* exchange(`http://both.test:${port}/`, { family: 4 }, dialer)
      assert.strictEqual(four.address, "127.0.0.1")
      const six = yield* exchange(`http://both.test:${port}/`, { family: 6 }, dialer)
      assert.deepStrictEqual([six.address, six.failure?.cause], ["::1", "refused"])
      const none = yield* exchange(`http://six.test:${port}/`, { family: 4 }, dialer)
      assert.deepStrictEqual(none.failure, { cause: "dns", message: "no IPv4 address" })
    })
  )

  it.live("does not hide a forbidden answer of the other", () =>
    Effect.gen(function* () {
      const mixed = resolveFrom({ "mixed.test": ["fd00::1", "127.0.0.1"] })
      const result = yield* exchange("http://mixed.test/", { family: 4 }, testDialer(["127.0.0.1"], mixed))
      assert.strictEqual(result.failure?.cause, "blocked")
    })
  )
})
