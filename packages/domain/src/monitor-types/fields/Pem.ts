/**
 * Certificates and keys as text (PEM, RFC 7468). Only their shape is judged here: labels, Base64, and that the outermost
 * DER value is whole, which is what goes wrong in copying. Whether they make sense is seen when they are used.
 */
import { Result, Schema } from "effect"
import { Base64 } from "effect/encoding"

/** Chains of public authorities are below 10 kB. */
const maxLength = 64 * 1024
/** A chain, or a bundle of a company's own authorities. */
const maxCertificates = 50

interface Block {
  readonly label: string
  readonly isWhole: boolean
}

/** The blocks in order, or undefined when there is text that belongs to none or a block that does not end. */
const blocksOf = (text: string): ReadonlyArray<Block> | undefined => {
  const blocks: Array<Block> = []
  const rest = text.replaceAll(
    /-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]*?)-----END \1-----/g,
    (_, label: string, body: string) => {
      blocks.push({ label, isWhole: isWholeDer(body.replaceAll(/\s/g, "")) })
      return ""
    }
  )
  // Tools write a line of explanation before a block; what looks like a block's edge must have been one.
  return rest.includes("-----") ? undefined : blocks
}

/** A SEQUENCE whose stated length is its real one (X.690 section 8.1.3). */
const isWholeDer = (base64: string): boolean => {
  const decoded = Base64.decode(base64)
  if (Result.isFailure(decoded)) return false
  const der = decoded.success
  if (der[0] !== 0x30 || der.length < 2) return false
  const first = der[1]!
  if (first < 0x80) return der.length === 2 + first
  const size = first & 0x7f
  if (size === 0 || size > 4 || der.length < 2 + size) return false
  const length = der.subarray(2, 2 + size).reduce((sum, byte) => sum * 256 + byte, 0)
  return der.length === 2 + size + length
}

const certificatesProblem = (text: string): string | true => {
  const blocks = blocksOf(text)
  if (blocks === undefined || blocks.length === 0) {
    return "Paste the certificate with its lines -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----"
  }
  if (blocks.some(({ label }) => label.endsWith("PRIVATE KEY"))) return "Paste certificates only, without a private key"
  if (blocks.some(({ label }) => label !== "CERTIFICATE")) return "Paste certificates only, in PEM"
  if (blocks.length > maxCertificates) return `Paste at most ${maxCertificates} certificates`
  return blocks.every(({ isWhole }) => isWhole) || "A certificate is damaged: copy it again, whole"
}

const keys = new Set(["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"])

const keyProblem = (text: string): string | true => {
  // The refusal never repeats what was pasted.
  if (/ENCRYPTED/.test(text)) return "Paste the key without a passphrase: nobody is here to type it"
  const blocks = blocksOf(text)?.filter(({ label }) => label !== "EC PARAMETERS")
  if (blocks === undefined || blocks.length !== 1 || !keys.has(blocks[0]!.label)) {
    return "Paste one private key with its lines -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----"
  }
  return blocks[0]!.isWhole || "The key is damaged: copy it again, whole"
}

const limit = Schema.isMaxLength(maxLength, { message: "At most 64 KB of text" })

/** One certificate or more, nothing else. */
export const PemCertificates = Schema.String.check(Schema.makeFilter(certificatesProblem), limit)

/** One private key without a passphrase. */
export const PemKey = Schema.String.check(Schema.makeFilter(keyProblem), limit)
