/** What settings a webhook may have. How it delivers is shown in packages/worker/src/net/WebhookChannel.test.ts. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { secretsOf } from "./registry.ts"
import { webhook } from "./webhook.ts"

const decode = (settings: unknown) => Schema.decodeUnknownEffect(webhook.settings)(settings)
const url = "https://example.org/hook"
const base64 = (length: number) => Buffer.alloc(length, 7).toString("base64")

describe("webhook settings", () => {
  it.effect("need a URL only", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* decode({ url }), { url })
    })
  )

  it.effect.each([`whsec_${base64(16)}`, `whsec_${base64(32)}`, base64(24), "eight888", "a".repeat(200)])(
    "take the secret %s",
    (secret) => Effect.asVoid(decode({ url, secret }))
  )

  it.effect.each(["", "short", "a".repeat(201), "whsec_", `whsec_${base64(15)}`, "whsec_not base64 at all!"])(
    "refuse the secret %j",
    (secret) => Effect.flip(decode({ url, secret }))
  )

  it.effect.each(["", "example.org", "ftp://example.org", "https://user:pass@example.org"])(
    "refuse the URL %j",
    (url) => Effect.flip(decode({ url }))
  )

  it("say which of them is secret, and show where messages go without it", () => {
    assert.deepStrictEqual(secretsOf("webhook"), ["secret"])
    assert.strictEqual(
      webhook.target({ url: "https://example.org:8443/hook?token=x", secret: "y" }),
      "example.org:8443"
    )
  })
})
