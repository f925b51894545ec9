/**
 * Secrets at rest: AES-256-GCM, bound to the row they belong to, so that a ciphertext copied into another row does not
 * open. Layout: key id (1 byte), nonce (12), ciphertext, tag (16).
 */
import { Context, Effect, Layer, Redacted } from "effect"
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { Keys } from "./Keys.ts"

/** Names the key; a second one would take 2 and leave what 1 has sealed readable. */
const keyId = 0x01
const algorithm = "aes-256-gcm"
const nonceLength = 12
const tagLength = 16

/** The row that holds the secrets. */
export interface Place {
  readonly tenantId: string
  readonly rowId: string
}

export type Secrets = Readonly<Record<string, unknown>>

export class SecretBox extends Context.Service<
  SecretBox,
  {
    readonly seal: (secrets: Secrets, place: Place) => Effect.Effect<Uint8Array>
    /** Dies when it was not sealed for this place with this installation's key. */
    readonly open: (sealed: Uint8Array, place: Place) => Effect.Effect<Secrets>
  }
>()("@v-insight/database/SecretBox") {
  static readonly layer = Layer.effect(
    SecretBox,
    Effect.map(Keys, ({ box }) => {
      const key = Redacted.value(box)
      return SecretBox.of({
        seal: (secrets, place) =>
          Effect.sync(() => {
            const nonce = randomBytes(nonceLength)
            const cipher = createCipheriv(algorithm, key, nonce).setAAD(boundTo(place))
            const text = Buffer.concat([cipher.update(JSON.stringify(secrets), "utf8"), cipher.final()])
            return new Uint8Array(Buffer.concat([Buffer.of(keyId), nonce, text, cipher.getAuthTag()]))
          }),
        open: (sealed, place) =>
          sealed[0] === keyId && sealed.length > 1 + nonceLength + tagLength
            ? Effect.catchDefect(
                Effect.sync(() => open(key, sealed, place)),
                () => Effect.die(cannotOpen)
              )
            : Effect.die(cannotOpen)
      })
    })
  )
}

const cannotOpen = new Error("Stored secrets cannot be opened: VINSIGHT_SECRET is not the one they were stored with")

const boundTo = ({ tenantId, rowId }: Place): Buffer => Buffer.from(`${tenantId} ${rowId}`)

const open = (key: Uint8Array, sealed: Uint8Array, place: Place): Secrets => {
  const bytes = Buffer.from(sealed)
  const nonce = bytes.subarray(1, 1 + nonceLength)
  const decipher = createDecipheriv(algorithm, key, nonce).setAAD(boundTo(place)).setAuthTag(bytes.subarray(-tagLength))
  const text = decipher.update(bytes.subarray(1 + nonceLength, -tagLength), undefined, "utf8") + decipher.final("utf8")
  return JSON.parse(text)
}
