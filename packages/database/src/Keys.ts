/**
 * Every secret of an installation follows from one, VINSIGHT_SECRET, by HMAC-SHA256 with a label. So there is one thing
 * to keep, the processes agree without talking, and no derived secret gives away another.
 */
import { Config, Context, Effect, Layer, Redacted, Schema } from "effect"
import { createHmac } from "node:crypto"

/** Shorter secrets can be guessed. */
const minimumSecretLength = 32

export class Keys extends Context.Service<
  Keys,
  {
    /** The password of a database role whose URL is not given: base64url, so that it fits into a URL as it is. */
    readonly rolePassword: (role: string) => Redacted.Redacted
    /** Value of the header x-vinsight-proxy: only with it are x-forwarded-* headers believed. */
    readonly proxy: Redacted.Redacted
    /** The AES-256-GCM key of secrets at rest, 32 bytes. */
    readonly box: Redacted.Redacted<Uint8Array>
    /** The HMAC-SHA256 key of links that acknowledge an incident, 32 bytes. */
    readonly acknowledge: Redacted.Redacted<Uint8Array>
  }
>()("@v-insight/database/Keys") {
  static readonly secret = Config.schema(
    Schema.Redacted(
      Schema.String.check(
        Schema.isMinLength(minimumSecretLength, {
          message: `VINSIGHT_SECRET needs at least ${minimumSecretLength} characters; make one with: openssl rand -base64 32`
        })
      )
    ),
    "VINSIGHT_SECRET"
  )

  static readonly fromSecret = (secret: Redacted.Redacted): Keys["Service"] => {
    const derive = (label: string): Buffer => createHmac("sha256", Redacted.value(secret)).update(label).digest()
    return {
      rolePassword: (role) => Redacted.make(derive(`role:${role}`).toString("base64url")),
      proxy: Redacted.make(derive("proxy").toString("base64url")),
      box: Redacted.make(new Uint8Array(derive("box"))),
      acknowledge: Redacted.make(new Uint8Array(derive("acknowledge")))
    }
  }

  /** Fails with a ConfigError when VINSIGHT_SECRET is missing or too short. */
  static readonly layer = Layer.effect(Keys, Effect.map(Keys.secret, Keys.fromSecret))
}
