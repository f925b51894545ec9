/** Session tokens: 256 random bits, opaque. The database holds their SHA-256 only. */
import { randomBytesUnsafe } from "effect/crypto/SecureRandom"
import { Base64Url } from "effect/encoding"
import { hash } from "node:crypto"

const tokenBytes = 32
const tokenLength = 43

export const makeToken = (): string => Base64Url.encode(randomBytesUnsafe(tokenBytes))

/** Anything else need not be looked up. */
export const isToken = (text: string): boolean => text.length === tokenLength && /^[A-Za-z0-9_-]+$/.test(text)

export const hashToken = (token: string): Uint8Array => new Uint8Array(hash("sha256", token, "buffer"))
