/** The tls monitor type (domain/monitor-types/tls.ts) over the real dialer and real servers. */
import { assert, describe, it } from "@effect/vitest"
import { tls } from "@v-insight/domain/monitor-types/tls"
import { Clock, Effect } from "effect"
import { certificate, type CertificateName } from "./testing/Certificates.ts"
import { checkOf, settingsProblem, verdict } from "./testing/checkOf.ts"
import { tcpServer, tlsServer } from "./testing/LocalServer.ts"

const check = checkOf(tls)
const idle = (): void => {}
const dayMs = 86_400_000
/** When the certificate "valid" ends. */
const end = Date.parse("2120-01-01T00:00:00Z")

/** As if it were this many days before the certificate "valid" ends. */
const daysBefore =
  (days: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Clock.Clock, (clock) => {
      const millis = end - days * dayMs
      return Effect.provideService(effect, Clock.Clock, {
        currentTimeMillis: Effect.succeed(millis),
        currentTimeMillisUnsafe: () => millis,
        currentTimeNanos: clock.currentTimeNanos,
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos,
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        sleep: (duration) => clock.sleep(duration)
      })
    })

describe("a certificate that is", () => {
  it.live.each<[name: CertificateName, host: string, expected: string]>([
    ["valid", "localhost", "up"],
    ["valid", "127.0.0.1", "up"],
    ["expired", "localhost", "down tls_expired"],
    ["not-yet-valid", "localhost", "down tls_not_yet_valid"],
    ["wrong-host", "localhost", "down tls_host"],
    ["wrong-host", "elsewhere.test", "up"],
    ["common-name", "localhost", "down tls_host"],
    ["self-signed", "localhost", "down tls_untrusted"]
  ])("%s for %s: %s", ([name, host, expected]) =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer(name, idle)
      const outcome = yield* check({ host, port })
      assert.strictEqual(verdict(outcome), expected)
      // Described whatever is wrong with it.
      assert.match(outcome.certificate!.validTo, /^2[01]\d\d-01-01T00:00:00\.000Z$/)
      assert.strictEqual(outcome.detail?.traits["certificate"], outcome.certificate?.fingerprint256.slice(0, 23))
    })
  )
})

it.live("a certificate that is not trusted says why not", () =>
  Effect.gen(function* () {
    const own = yield* tlsServer("self-signed", idle)
    const itself = yield* check({ host: "localhost", port: own.port })
    assert.include(itself.error?.message, "The certificate is signed by itself, not by a trusted authority.")
    const strange = yield* tlsServer("valid", idle)
    const stranger = yield* check({ host: "localhost", port: strange.port, ca: certificate("self-signed") })
    assert.include(stranger.error?.message, "or the server leaves out the certificates in between")
  })
)

describe("how long a certificate lasts", () => {
  it.live.each<[days: number, settings: Readonly<Record<string, unknown>>, expected: string]>([
    [400, {}, "up"],
    [14, {}, "up"],
    [13, {}, "degraded certificate_expires_soon"],
    [0.5, {}, "degraded certificate_expires_soon"],
    [29, { warnDays: 30 }, "degraded certificate_expires_soon"],
    [7, { minimumDays: 7 }, "degraded certificate_expires_soon"],
    [6, { minimumDays: 7 }, "down certificate_expires_soon"],
    [6, { minimumDays: 7, warnDays: 0 }, "down certificate_expires_soon"],
    [1, { warnDays: 0 }, "up"]
  ])("%s days with %j: %s", ([days, settings, expected]) =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer("valid", idle)
      const outcome = yield* check({ host: "localhost", port, ...settings }).pipe(daysBefore(days))
      assert.strictEqual(verdict(outcome), expected)
      if (outcome.error !== null) {
        const left = days === 1 ? "1 day" : `${Math.floor(days)} days`
        assert.strictEqual(outcome.error.message, `The certificate expires in ${left}, on 2120-01-01: renew it.`)
      }
    })
  )

  it.live("is what an assertion sees too", () =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer("valid", idle)
      const assertions = [{ source: "certificate_days", operator: "at_least", expected: 30 }]
      const settings = { host: "localhost", port, assertions }
      assert.strictEqual(verdict(yield* check(settings).pipe(daysBefore(31))), "up")
      assert.strictEqual(verdict(yield* check(settings).pipe(daysBefore(29))), "down assertion_failed")
    })
  )
})

describe("a tls monitor", () => {
  it.live("knows the issuer that is expected", () =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer("valid", idle)
      const settings = { host: "localhost", port }
      assert.strictEqual(verdict(yield* check({ ...settings, issuer: "v-insight TEST" })), "up")
      const other = yield* check({ ...settings, issuer: "Let's Encrypt" })
      assert.deepStrictEqual(other.error, {
        code: "unexpected_issuer",
        message: 'The certificate is signed by "CN=V-Insight test authority", expected "Let\'s Encrypt".'
      })
    })
  )

  it.live("knows the oldest version of TLS that is allowed", () =>
    Effect.gen(function* () {
      const { port } = yield* tlsServer("valid", idle, { maxVersion: "TLSv1.2" })
      const settings = { host: "localhost", port }
      assert.strictEqual(verdict(yield* check(settings)), "up")
      const outcome = yield* check({ ...settings, minimumVersion: "TLSv1.3" })
      assert.deepStrictEqual(outcome.error, {
        code: "tls_version",
        message: "The server agreed on TLSv1.2, expected TLSv1.3."
      })
      const old = yield* tlsServer("valid", idle, {
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT:@SECLEVEL=0"
      })
      assert.strictEqual(verdict(yield* check({ ...settings, port: old.port })), "down tls_protocol")
    })
  )

  it.live("trusts another authority, and asks for another name, when told to", () =>
    Effect.gen(function* () {
      const own = yield* tlsServer("self-signed", idle)
      assert.strictEqual(
        verdict(yield* check({ host: "localhost", port: own.port, ca: certificate("self-signed") })),
        "up"
      )
      const other = yield* tlsServer("wrong-host", idle)
      assert.strictEqual(
        verdict(yield* check({ host: "127.0.0.1", port: other.port, serverName: "elsewhere.test" })),
        "up"
      )
    })
  )

  it.live("is down where nothing listens, nobody answers, or no TLS is spoken", () =>
    Effect.gen(function* () {
      assert.strictEqual(verdict(yield* check({ host: "localhost", port: 1 })), "down connection_refused")
      const silent = yield* tcpServer(idle)
      assert.strictEqual(verdict(yield* check({ host: "localhost", port: silent.port }, 300)), "down timeout_tls")
      const plain = yield* tcpServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
      assert.strictEqual(verdict(yield* check({ host: "localhost", port: plain.port })), "down tls_protocol")
    })
  )
})

describe("settings of tls", () => {
  it.effect.each<[Readonly<Record<string, unknown>>, sentence: string]>([
    [{ warnDays: -1 }, "A number of days"],
    [{ minimumDays: 4000 }, "A number of days"],
    [{ minimumVersion: "TLSv1.0" }, "TLSv1.2"],
    [{ serverName: "https://a" }, "without https://"],
    [{ security: "none" }, "tls"]
  ])("are not %j", ([change, sentence]) =>
    Effect.map(settingsProblem(tls, { host: "example.org", ...change }), (problem) => assert.include(problem, sentence))
  )
})
