/** TLS servers as they go wrong: the cause is named, the certificate described, and nothing is sent to a wrong peer. */
import type { Socket } from "node:net"
import type { TlsOptions } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import type { ExchangeCause } from "@v-insight/domain/monitor-types/Dialer"
import { Effect } from "effect"
import { certificate, type CertificateName } from "./testing/Certificates.ts"
import { httpsServer, onRequest, tcpServer, tlsServer } from "./testing/LocalServer.ts"
import { exchange, resolveFrom, testDialer } from "./testing/TestDialer.ts"
import { TlsContexts } from "./TlsContexts.ts"

const fine = (socket: Socket): void =>
  onRequest(socket, () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))

type Case = [name: string, cause: ExchangeCause | undefined, certificate: CertificateName, host: string]

const identities: ReadonlyArray<Case> = [
  ["valid", undefined, "valid", "localhost"],
  ["valid for the address", undefined, "valid", "127.0.0.1"],
  ["valid for a wildcard", undefined, "valid", "www.local.test"],
  ["valid, asked for with a rooted name", undefined, "valid", "localhost."],
  ["expired", "tls_expired", "expired", "localhost"],
  ["not yet valid", "tls_not_yet_valid", "not-yet-valid", "localhost"],
  ["for another host", "tls_host", "wrong-host", "localhost"],
  ["for another address", "tls_host", "wrong-host", "127.0.0.1"],
  ["for this host but not for that", "tls_host", "valid", "elsewhere.test"],
  ["for its common name alone", "tls_host", "common-name", "localhost"],
  ["signed by itself", "tls_untrusted", "self-signed", "localhost"]
]

describe("a certificate that is", () => {
  it.live.each(identities)("%s", ([, cause, name, host]) =>
    Effect.gen(function* () {
      let received = 0
      const { port } = yield* tlsServer(name, (socket) => {
        socket.on("data", (bytes) => (received += bytes.length))
        fine(socket)
      })
      const strict = yield* exchange(`https://${host}:${port}/`)
      assert.strictEqual(strict.failure?.cause, cause)
      assert.include(strict.certificate?.subject, name === "wrong-host" ? "CN=elsewhere.test" : "CN=localhost")
      assert.match(strict.certificate!.validTo, /^2[01]\d\d-01-01T00:00:00\.000Z$/)
      if (cause === undefined) return assert.strictEqual(strict.response?.status, 200)
      assert.strictEqual(received, 0)
      assert.isUndefined(strict.response)

      const lenient = yield* exchange(`https://${host}:${port}/`, { tls: { ignoreErrors: true } })
      assert.isUndefined(lenient.failure)
      assert.strictEqual(lenient.response?.status, 200)
      assert.deepStrictEqual(lenient.certificate, strict.certificate)
    })
  )
})

it.live("a certificate's claims are shown as text and instants that can be kept", () =>
  Effect.gen(function* () {
    const { port } = yield* tlsServer("odd", fine)
    const { certificate } = yield* exchange(`https://localhost:${port}/`)
    assert.match(certificate!.subject, /^CN=localhost, O=two\P{C}+lines, OU=a+, OU=a+/u)
    assert.notMatch(certificate!.subject, /\p{C}/u)
    assert.isAtMost(certificate!.subject.length, 600)
    assert.strictEqual(certificate!.validFrom, "0001-01-01T00:00:00.000Z")
    assert.strictEqual(certificate!.validTo, "9999-12-31T23:59:59.000Z")
  })
)

type Handshake = [name: string, cause: ExchangeCause | undefined, options: TlsOptions]

const handshakes: ReadonlyArray<Handshake> = [
  ["speaks TLS 1.3", undefined, { minVersion: "TLSv1.3" }],
  ["speaks TLS 1.2", undefined, { maxVersion: "TLSv1.2" }],
  [
    "speaks TLS 1.1 only",
    "tls_protocol",
    { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" }
  ],
  ["knows P-256 only", undefined, { ecdhCurve: "P-256" }],
  ["knows P-384 only", undefined, { ecdhCurve: "P-384" }],
  ["insists on a post-quantum group", undefined, { ecdhCurve: "X25519MLKEM768" }],
  ["offers HTTP/1.1 by ALPN", undefined, { ALPNProtocols: ["http/1.1"] }],
  ["speaks HTTP/2 only", "http2_only", { ALPNProtocols: ["h2"] }],
  [
    "asks for a client certificate (TLS 1.3)",
    "tls_client_certificate",
    { requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" }
  ],
  [
    "has no cipher in common",
    "tls_protocol",
    { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-CAMELLIA256-SHA384:AECDH-AES256-SHA:@SECLEVEL=0" }
  ]
]

describe("a TLS server that", () => {
  it.live.each(handshakes)("%s", ([, cause, options]) =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer("valid", fine, options)
      const result = yield* exchange(`https://localhost:${port}/`)
      assert.strictEqual(result.failure?.cause, cause, result.failure?.message)
      if (cause === undefined) assert.strictEqual(result.response?.status, 200)
    })
  )

  type Raw = [name: string, cause: ExchangeCause, serve: (socket: Socket) => void]
  it.live.each<Raw>([
    ["hangs before the handshake", "timeout_tls", () => {}],
    ["hangs in the handshake", "timeout_tls", (socket) => socket.write(Uint8Array.of(0x16, 3, 3, 0, 100, 2))],
    ["answers in plain text", "tls_protocol", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["sends noise", "tls_protocol", (socket) => socket.write(Buffer.alloc(1_000, 0x5a))],
    ["closes at once", "tls_protocol", (socket) => socket.end()],
    ["closes on hello", "tls_protocol", (socket) => socket.once("data", () => socket.end())],
    ["resets on hello", "tls_protocol", (socket) => socket.once("data", () => socket.resetAndDestroy())]
  ])("%s", ([, cause, serve]) =>
    Effect.gen(function* () {
      const { port } = yield* tcpServer(serve)
      const result = yield* exchange(`https://localhost:${port}/`, { timeoutMs: 500 })
      assert.strictEqual(result.failure?.cause, cause, result.failure?.message)
      assert.isDefined(result.phases.tls)
      assert.isUndefined(result.phases.first_byte)
      assert.isUndefined(result.certificate)
    })
  )

  it.live("gets a plain request on its port", () =>
    Effect.gen(function* () {
      const { port } = yield* httpsServer("valid", (_, response) => response.end())
      const result = yield* exchange(`http://localhost:${port}/`)
      assert.include(["empty", "reset", "not_http"], result.failure?.cause)
    })
  )

  it.live("is told the name, but not an address", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      const { port } = yield* tlsServer("valid", fine, {
        SNICallback: (name, done) => {
          names.push(name)
          done(null)
        }
      })
      yield* exchange(`https://www.local.test.:${port}/`)
      yield* exchange(`https://127.0.0.1:${port}/`)
      assert.deepStrictEqual(names, ["www.local.test"])
    })
  )

  it.live("is trusted by the world's authorities only, unless others are given", () =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer("valid", fine)
      const dialer = (contexts: TlsContexts) => testDialer(["127.0.0.1"], resolveFrom({}), { contexts })
      const world = yield* exchange(`https://127.0.0.1:${port}/`, {}, dialer(new TlsContexts()))
      assert.strictEqual(world.failure?.cause, "tls_untrusted")
      const itself = yield* exchange(`https://127.0.0.1:${port}/`, {}, dialer(new TlsContexts([certificate("valid")])))
      assert.strictEqual(itself.failure?.cause, "tls_untrusted")
    })
  )
})
