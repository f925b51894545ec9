/** The http monitor type against nginx and OpenSSL's test server. */
import { assert, describe, it } from "@effect/vitest"
import { http } from "@v-insight/domain/monitor-types/http"
import { Effect } from "effect"
import { nginx } from "../testing/peers/nginx.ts"
import { opensslServer } from "../testing/peers/openssl.ts"
import { checkOf } from "./testing/checkOf.ts"

const check = checkOf(http)

describe("nginx", () => {
  it.live("is up over http and https, and answers compressed, redirected and missing pages", () =>
    Effect.gen(function* () {
      const { httpPort, httpsPort } = yield* nginx({
        files: { "large.txt": "a".repeat(100_000) },
        server: `gzip on; gzip_types text/plain; location /old { return 301 /large.txt; }`
      })
      for (const origin of [`http://127.0.0.1:${httpPort}`, `https://localhost:${httpsPort}`]) {
        const gzip = { "Accept-Encoding": "gzip" }
        assert.strictEqual((yield* check({ url: `${origin}/` })).status, "up")
        assert.strictEqual((yield* check({ url: `${origin}/old`, headers: gzip })).httpStatus, 200)
        assert.strictEqual((yield* check({ url: `${origin}/large.txt`, method: "HEAD" })).status, "up")
        const missing = yield* check({ url: `${origin}/missing` })
        assert.strictEqual(missing.error?.code, "unexpected_status")
        assert.strictEqual(missing.httpStatus, 404)
      }
    })
  )

  it.live("is down when it speaks TLS with an expired certificate", () =>
    Effect.gen(function* () {
      const { httpsPort } = yield* nginx({ certificate: "expired" })
      const outcome = yield* check({ url: `https://localhost:${httpsPort}/` })
      assert.strictEqual(outcome.error?.code, "tls_expired")
      assert.strictEqual(outcome.certificate?.validTo, "2021-01-01T00:00:00.000Z")
    })
  )

  it.live("is down when https is asked of its plain port, and the other way round", () =>
    Effect.gen(function* () {
      const { httpPort, httpsPort } = yield* nginx()
      assert.strictEqual((yield* check({ url: `https://localhost:${httpPort}/` })).error?.code, "tls_protocol")
      assert.strictEqual((yield* check({ url: `http://localhost:${httpsPort}/` })).httpStatus, 400)
    })
  )
})

describe("OpenSSL's server", () => {
  it.live.each([["-tls1_2"], ["-tls1_3"]])("is up with %s", (version) =>
    Effect.gen(function* () {
      const { port } = yield* opensslServer("valid", [version[0]!, "-www"])
      assert.strictEqual((yield* check({ url: `https://localhost:${port}/` })).status, "up")
    })
  )

  it.live("is down with TLS 1.1 alone", () =>
    Effect.gen(function* () {
      const { port } = yield* opensslServer("valid", ["-tls1_1", "-www"])
      assert.strictEqual((yield* check({ url: `https://localhost:${port}/` })).error?.code, "tls_protocol")
    })
  )
})
