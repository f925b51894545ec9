/** Links that acknowledge: what they say comes back, and nothing else is believed. */
import { assert, describe, it } from "@effect/vitest"
import { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { IncidentId } from "@v-insight/domain/model/Incident"
import { TenantId } from "@v-insight/domain/model/Tenant"
import { Option, Redacted } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { makeToken, readToken } from "./AcknowledgeToken.ts"
import { Keys } from "./Keys.ts"
import { testSecret } from "./testing/constants.ts"

const keys = Keys.fromSecret(testSecret)
const what = {
  tenantId: TenantId.make(uuidV7Unsafe()),
  incidentId: IncidentId.make(uuidV7Unsafe()),
  channelId: AlertChannelId.make(uuidV7Unsafe())
}
const now = Date.parse("2026-11-21T12:00:00Z")
const token = makeToken(keys, what, now + 60_000)

describe("a token", () => {
  it("says what it was made for, until it expires", () => {
    assert.strictEqual(token.length, 92)
    assert.deepStrictEqual(readToken(keys, token, now), Option.some(what))
    assert.deepStrictEqual(readToken(keys, token, now + 59_999), Option.some(what))
    assert.isTrue(Option.isNone(readToken(keys, token, now + 60_000)))
  })

  it("is believed in one spelling only: every other character in every place is refused", () => {
    for (let at = 0; at < token.length; at++) {
      for (const other of ["A", "z", "-", "_", "=", ".", "%"]) {
        if (token[at] === other) continue
        const changed = `${token.slice(0, at)}${other}${token.slice(at + 1)}`
        assert.isTrue(Option.isNone(readToken(keys, changed, now)), `${at} ${other}`)
      }
    }
  })

  it.each(["", "x", token.slice(1), `${token}A`, `${token}=`, ` ${token}`, "A".repeat(92), "\u{1f600}".repeat(46)])(
    "%j is none",
    (text) => assert.isTrue(Option.isNone(readToken(keys, text, now)))
  )

  it("of another secret is none", () => {
    const others = Keys.fromSecret(Redacted.make("another secret of at least thirty-two characters"))
    assert.isTrue(Option.isNone(readToken(others, token, now)))
  })
})
