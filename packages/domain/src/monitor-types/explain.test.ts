/** Codes and sentences of failures. */
import { assert, describe, it } from "@effect/vitest"
import { explain, isBlind, portOf } from "./explain.ts"

describe("explain", () => {
  it("names the host where it helps", () =>
    assert.deepStrictEqual(explain({ cause: "refused" }, "example.org"), {
      code: "connection_refused",
      message: "example.org refused the connection: nothing listens on that port."
    }))

  it.each([
    ["http://a.example/", 80],
    ["https://a.example/", 443],
    ["ws://a.example/", 80],
    ["wss://a.example/", 443],
    ["https://a.example:8443/", 8443]
  ])("names the port of %s: %i", (url, port) =>
    assert.strictEqual(
      explain({ cause: "refused" }, "a.example", portOf(new URL(url))).message,
      `a.example refused the connection: nothing listens on port ${port}.`
    )
  )

  it.each([
    ["dns", "dns_failed"],
    ["reset", "connection_reset"],
    ["tls_expired", "tls_expired"]
  ] as const)("has for %s the code %s", (cause, code) => assert.strictEqual(explain({ cause }, "a").code, code))

  it("tells a name that has no such address from one that does not resolve", () => {
    const sentence = (message: string) => explain({ cause: "dns", message }, "a.example").message
    assert.strictEqual(sentence("no IPv6 address"), "a.example has no IPv6 address.")
    assert.strictEqual(sentence("ENOTFOUND"), "The name a.example does not resolve.")
  })

  it.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "signed by itself"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "give its certificate as trusted authority"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "leaves out the certificates in between"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "leaves out the certificates in between"],
    ["CERT_CHAIN_TOO_LONG", "not signed by a trusted authority."],
    ["constructor", "not signed by a trusted authority."]
  ])("says of a certificate that is not trusted (%s): %s", (message, words) => {
    const { code, message: sentence } = explain({ cause: "tls_untrusted", message }, "a")
    assert.strictEqual(code, "tls_untrusted")
    assert.include(sentence, words)
  })

  it("does not count what is our own fault", () => {
    assert.isTrue(isBlind("worker_exhausted"))
    assert.isFalse(isBlind("refused"))
  })
})
