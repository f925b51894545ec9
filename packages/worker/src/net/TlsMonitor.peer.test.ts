/** The tls and tcp monitor types against nginx and OpenSSL's test server. */
import { assert, describe, it } from "@effect/vitest"
import { tcp } from "@v-insight/domain/monitor-types/tcp"
import { tls } from "@v-insight/domain/monitor-types/tls"
import { Effect } from "effect"
import { nginx } from "../testing/peers/nginx.ts"
import { opensslServer } from "../testing/peers/openssl.ts"
import { checkOf, verdict } from "./testing/checkOf.ts"
import type { CertificateName } from "./testing/Certificates.ts"

const check = checkOf(tls)
const talk = checkOf(tcp)

const cases: ReadonlyArray<[name: CertificateName, expected: string]> = [
  ["valid", "up"],
  ["expired", "down tls_expired"],
  ["not-yet-valid", "down tls_not_yet_valid"],
  ["wrong-host", "down tls_host"],
  ["self-signed", "down tls_untrusted"]
]

describe("the certificate of", () => {
  it.live.each(cases)("nginx, %s: %s", ([name, expected]) =>
    Effect.gen(function* () {
      const { httpPort, httpsPort } = yield* nginx({ certificate: name })
      const outcome = yield* check({ host: "localhost", port: httpsPort })
      assert.strictEqual(verdict(outcome), expected)
      assert.isNotNull(outcome.certificate)
      assert.strictEqual(verdict(yield* check({ host: "localhost", port: httpPort })), "down tls_protocol")
    })
  )

  it.live.each(cases)("OpenSSL, %s: %s", ([name, expected]) =>
    Effect.gen(function* () {
      const { port } = yield* opensslServer(name)
      assert.strictEqual(verdict(yield* check({ host: "localhost", port })), expected)
    })
  )

  it.live.each<[version: string, minimum: string, expected: string]>([
    ["-tls1_3", "TLSv1.3", "up"],
    ["-tls1_2", "TLSv1.3", "down tls_version"],
    ["-tls1_2", "TLSv1.2", "up"],
    ["-tls1_1", "TLSv1.2", "down tls_protocol"]
  ])("OpenSSL with %s where %s is wanted: %s", ([version, minimumVersion, expected]) =>
    Effect.gen(function* () {
      const { port } = yield* opensslServer("valid", [version])
      assert.strictEqual(verdict(yield* check({ host: "localhost", port, minimumVersion })), expected)
    })
  )

  it.live("a server that insists on one of ours ends the handshake", () =>
    Effect.gen(function* () {
      const { port } = yield* opensslServer("valid", ["-Verify", "1", "-verify_return_error", "-tls1_2"])
      assert.strictEqual(verdict(yield* check({ host: "localhost", port })), "down tls_protocol")
    })
  )
})

describe("words with", () => {
  it.live("nginx, in the clear and over TLS", () =>
    Effect.gen(function* () {
      const { httpPort, httpsPort } = yield* nginx()
      const send = "HEAD / HTTP/1.0\\r\\n\\r\\n"
      const expect = "HTTP/1.1 200 OK\\r\\nServer: nginx"
      assert.strictEqual(verdict(yield* talk({ host: "localhost", port: httpPort, send, expect })), "up")
      const secure = { host: "localhost", port: httpsPort, send, expect, security: "tls" }
      assert.strictEqual(verdict(yield* talk(secure)), "up")
      assert.strictEqual(verdict(yield* talk({ ...secure, security: "none" })), "down unexpected_answer")
      assert.strictEqual(verdict(yield* talk({ ...secure, expect: "Apache" })), "down unexpected_answer")
    })
  )
})
