/** As much of DER (ITU-T X.690) as a certificate needs: a tag, a length, and what is inside. */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  object: 0x06,
  text: 0x0c,
  time: 0x18,
  sequence: 0x30,
  set: 0x31
} as const

export const tagged = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag, ...lengthOf(content.length)), content])
}

/** Up to 127 as it is; longer ones tell first how many bytes the length has. */
const lengthOf = (length: number): ReadonlyArray<number> =>
  length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]

export const sequence = (...parts: ReadonlyArray<Uint8Array>): Buffer => tagged(tags.sequence, ...parts)
export const set = (...parts: ReadonlyArray<Uint8Array>): Buffer => tagged(tags.set, ...parts)
export const octets = (...parts: ReadonlyArray<Uint8Array>): Buffer => tagged(tags.octets, ...parts)
export const text = (value: string): Buffer => tagged(tags.text, Buffer.from(value))
export const yes: Buffer = tagged(tags.boolean, Buffer.of(0xff))
/** Whole bytes: no bit of the last one is unused. */
export const bits = (bytes: Uint8Array): Buffer => tagged(tags.bits, Buffer.of(0), bytes)
/** Positive: a leading byte keeps the highest bit from being a sign. */
export const integer = (bytes: Uint8Array): Buffer =>
  tagged(tags.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)

/** `20261121174500Z`, of `2026-11-21T17:45:00.000Z`: RFC 5280 section 4.1.2.5.2. */
export const time = (rfc3339: string): Buffer => tagged(tags.time, Buffer.from(rfc3339.replaceAll(/\.\d+|[-:T]/g, "")))

/** `1.2.840.10045.4.3.2`: the first two in one byte, the others in groups of seven bits. */
export const object = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number)
  return tagged(tags.object, Buffer.of(first * 40 + second, ...others.flatMap(groups)))
}

const groups = (value: number): ReadonlyArray<number> => {
  const found = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) found.unshift((rest & 0x7f) | 0x80)
  return found
}
