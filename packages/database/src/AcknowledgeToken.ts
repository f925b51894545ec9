/**
 * What the link in a message says, signed: whoever has it may acknowledge this one incident, as a reader of this channel,
 * until it expires. The tenant follows from it and from nothing else. It is 92 characters, so that it fits into a text
 * message:
 *
 *     version (1 byte) | tenant (16) | incident (16) | channel (16) | expiry, epoch seconds (4) | tag (16)
 *
 * in base64url. The tag is the first half of HMAC-SHA256 over what stands before it (RFC 2104 section 5): 128 bits.
 */
import { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import { IncidentId } from "@v-insight/domain/model/Incident"
import { TenantId } from "@v-insight/domain/model/Tenant"
import { Option, Redacted } from "effect"
import { createHmac, timingSafeEqual } from "node:crypto"
import type { Keys } from "./Keys.ts"

export interface Acknowledging {
  readonly tenantId: TenantId
  readonly incidentId: IncidentId
  readonly channelId: AlertChannelId
}

/** A message that nobody reads for so long is history, milliseconds. */
export const lifetimeMs = 7 * 86_400_000

/** Another one where the fields change. */
const version = 1
const idLength = 16
const tagLength = 16
const signedLength = 1 + 3 * idLength + 4
const shape = /^[A-Za-z0-9_-]{92}$/

/** `expiresAt` is epoch milliseconds. */
export const makeToken = (
  keys: Keys["Service"],
  { channelId, incidentId, tenantId }: Acknowledging,
  expiresAt: number
): string => {
  const signed = Buffer.alloc(signedLength)
  signed.writeUInt8(version)
  for (const [index, id] of [tenantId, incidentId, channelId].entries()) {
    signed.write(id.replaceAll("-", ""), 1 + index * idLength, idLength, "hex")
  }
  signed.writeUInt32BE(Math.floor(expiresAt / 1000), 1 + 3 * idLength)
  return Buffer.concat([signed, tagOf(keys, signed)]).toString("base64url")
}

/** None when it is not ours, was changed, or has expired: nobody is told which. */
export const readToken = (keys: Keys["Service"], token: string, now: number): Option.Option<Acknowledging> => {
  if (!shape.test(token)) return Option.none()
  const bytes = Buffer.from(token, "base64url")
  const signed = bytes.subarray(0, signedLength)
  // The last character of base64url may carry bits that are thrown away: one token, one spelling.
  if (bytes.length !== signedLength + tagLength || bytes.toString("base64url") !== token) return Option.none()
  const isOurs = timingSafeEqual(tagOf(keys, signed), bytes.subarray(signedLength))
  if (!isOurs || signed.readUInt8() !== version) return Option.none()
  if (signed.readUInt32BE(1 + 3 * idLength) * 1000 <= now) return Option.none()
  return Option.some({
    tenantId: TenantId.make(idAt(signed, 0)),
    incidentId: IncidentId.make(idAt(signed, 1)),
    channelId: AlertChannelId.make(idAt(signed, 2))
  })
}

const tagOf = (keys: Keys["Service"], signed: Uint8Array): Buffer =>
  createHmac("sha256", Redacted.value(keys.acknowledge)).update(signed).digest().subarray(0, tagLength)

const idAt = (signed: Buffer, index: number): string => {
  const from = 1 + index * idLength
  return signed.toString("hex", from, from + idLength).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
