/** STARTTLS and mail against Exim, Dovecot and vsftpd. */
import { assert, describe, it } from "@effect/vitest"
import { smtp } from "@v-insight/domain/monitor-types/smtp"
import { tcp } from "@v-insight/domain/monitor-types/tcp"
import { tls } from "@v-insight/domain/monitor-types/tls"
import { Effect } from "effect"
import { dovecot, exim } from "../testing/peers/mail.ts"
import { vsftpd } from "../testing/peers/vsftpd.ts"
import { checkOf, verdict } from "./testing/checkOf.ts"

const mail = checkOf(smtp)
const words = checkOf(tcp)
const certificate = checkOf(tls)
const host = "localhost"

describe("Exim", () => {
  it.live("is up in the clear, with STARTTLS and with TLS, and lets us in", () =>
    Effect.gen(function* () {
      const { port, tlsPort } = yield* exim()
      const login = { username: "probe", password: "s3cret" }
      const clear = yield* mail({ host, port })
      assert.strictEqual(verdict(clear), "up")
      assert.include(clear.detail?.traits["extensions"], "STARTTLS")
      for (const way of [
        { port, security: "starttls" },
        { port: tlsPort, security: "tls" }
      ]) {
        const up = yield* mail({ host, ...way, ...login })
        assert.strictEqual(verdict(up), "up")
        assert.isAbove(up.timings.tlsUs!, 0)
        assert.strictEqual(verdict(yield* mail({ host, ...way, ...login, password: "wr0ng" })), "down auth_failed")
      }
      // In the clear it offers no login, and says so.
      assert.strictEqual(verdict(yield* mail({ host, port, ...login, allowPlainLogin: true })), "down auth_unavailable")
    })
  )

  it.live("says whose mail it takes", () =>
    Effect.gen(function* () {
      const { port } = yield* exim()
      const settings = { host, port, sender: "probe@example.org" }
      assert.strictEqual(verdict(yield* mail({ ...settings, recipient: "postmaster@example.net" })), "up")
      const refused = yield* mail({ ...settings, recipient: "somebody@elsewhere.test" })
      assert.strictEqual(verdict(refused), "down smtp_refused")
      assert.include(refused.error?.message, "relay not permitted")
    })
  )

  it.live("is down with an expired certificate, and where TLS begins differently", () =>
    Effect.gen(function* () {
      const { port, tlsPort } = yield* exim("expired")
      const expired = yield* mail({ host, port, security: "starttls" })
      assert.strictEqual(verdict(expired), "down tls_expired")
      assert.strictEqual(expired.certificate?.validTo, "2021-01-01T00:00:00.000Z")
      assert.strictEqual(verdict(yield* mail({ host, port, security: "tls" })), "down tls_protocol")
      assert.strictEqual(verdict(yield* mail({ host, port: tlsPort }, 500)).split(" ")[0], "down")
    })
  )
})

describe("STARTTLS with", () => {
  it.live("Exim, Dovecot and vsftpd leads to their certificate", () =>
    Effect.gen(function* () {
      const { port: smtpPort } = yield* exim()
      const { imapPort, pop3Port } = yield* dovecot()
      const { port: ftpPort } = yield* vsftpd()
      const ways: ReadonlyArray<[security: string, port: number, send: string, expect: string]> = [
        ["starttls_smtp", smtpPort, "EHLO a\\r\\n", "250"],
        ["starttls_imap", imapPort, "a CAPABILITY\\r\\n", "a OK"],
        ["starttls_pop3", pop3Port, "CAPA\\r\\n", "+OK"],
        ["starttls_ftp", ftpPort, "SYST\\r\\n", "530 "]
      ]
      for (const [security, port, send, expect] of ways) {
        assert.strictEqual(verdict(yield* certificate({ host, port, security })), "up", security)
        assert.strictEqual(verdict(yield* words({ host, port, security, send, expect })), "up", security)
        const other = yield* certificate({ host: "elsewhere.test", port, security })
        assert.strictEqual(verdict(other), "down tls_host", security)
      }
    })
  )

  it.live("the wrong protocol is named", () =>
    Effect.gen(function* () {
      const { imapPort, pop3Port } = yield* dovecot()
      assert.strictEqual(
        verdict(yield* certificate({ host, port: imapPort, security: "starttls_pop3" })),
        "down not_pop3"
      )
      assert.strictEqual(
        verdict(yield* certificate({ host, port: pop3Port, security: "starttls_smtp" })),
        "down not_smtp"
      )
      assert.strictEqual(
        verdict(yield* certificate({ host, port: pop3Port, security: "starttls_imap" })),
        "down not_imap"
      )
      assert.strictEqual(verdict(yield* certificate({ host, port: imapPort })), "down tls_protocol")
    })
  )

  it.live("an expired certificate is down", () =>
    Effect.gen(function* () {
      const { imapPort } = yield* dovecot("expired")
      const { port } = yield* vsftpd("expired")
      assert.strictEqual(
        verdict(yield* certificate({ host, port: imapPort, security: "starttls_imap" })),
        "down tls_expired"
      )
      assert.strictEqual(verdict(yield* certificate({ host, port, security: "starttls_ftp" })), "down tls_expired")
    })
  )
})
