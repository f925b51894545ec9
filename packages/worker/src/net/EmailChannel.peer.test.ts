/** The e-mail channel into Debian's Exim (defect 7 of the original). */
import { assert, describe, it } from "@effect/vitest"
import { ChannelSpec, deliver } from "@v-insight/domain/channel-types/registry"
import { Effect, Schema } from "effect"
import { exim } from "../testing/peers/mail.ts"
import { certificate } from "./testing/Certificates.ts"
import { event, messageOf, notificationId } from "./testing/events.ts"
import { channelServices } from "./testing/TestDialer.ts"

const base = { to: "ops@example.net", from: "probe@example.net", host: "localhost", ca: certificate("authority") }
const login = { username: "probe", password: "s3cret" }

const send = (settings: Readonly<Record<string, unknown>>) =>
  Effect.flatMap(
    Schema.decodeUnknownEffect(ChannelSpec)({ type: "email", settings: { ...base, ...settings } }),
    (spec) => deliver(spec, messageOf(event({ name: "Gr\u00fcner Laden \u{1f7e2}" })))
  ).pipe(Effect.provide(channelServices()))

describe("Exim", () => {
  it.live("defect 7: takes letters with STARTTLS and with TLS, logged in, and has them whole", () =>
    Effect.gen(function* () {
      const { letters, port, tlsPort } = yield* exim()
      const first = yield* send({ port, security: "starttls", ...login })
      const second = yield* send({ port: tlsPort, security: "tls", ...login })
      for (const report of [first, second]) {
        assert.deepInclude(report, { delivered: true, status: 250 })
        assert.match(report.answer ?? "", /OK id=/)
      }
      assert.strictEqual(letters().length, 2)
      for (const letter of letters()) {
        assert.match(letter, /Received: .*with esmtpsa/s)
        assert.include(letter, `Message-ID: <${notificationId}@example.net>`)
        assert.include(letter, "Auto-Submitted: auto-generated")
        assert.include(letter, "Acknowledge: https://status.example/acknowledge/t0k3n-0f-l1nk")
        assert.match(letter, /Subject: =\?UTF-8\?/)
      }
    })
  )

  it.live("refuses a wrong password and a stranger's address for good, and a bad certificate is not spoken to", () =>
    Effect.gen(function* () {
      const { port } = yield* exim()
      const { port: expiredPort } = yield* exim("expired")
      const wrong = yield* Effect.flip(send({ port, security: "starttls", ...login, password: "wr0ng" }))
      const relay = yield* Effect.flip(send({ port, security: "starttls", to: "somebody@elsewhere.test" }))
      const expired = yield* Effect.flip(send({ port: expiredPort, security: "starttls", ...login }))
      const told = [wrong, relay, expired].map((failure) =>
        failure._tag === "DeliveryFailed" ? [failure.reason.code, failure.permanent, failure.status] : failure
      )
      assert.deepStrictEqual(told, [
        ["auth_failed", true, 535],
        ["smtp_refused", true, 550],
        ["tls_expired", false, null]
      ])
    })
  )
})
