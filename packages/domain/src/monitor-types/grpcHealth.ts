/**
 * The messages of grpc.health.v1.Health/Check, by hand: one string there, one enum back
 * (https://github.com/grpc/grpc/blob/master/doc/health-checking.md, https://protobuf.dev/programming-guides/encoding).
 */

export const healthPath = "/grpc.health.v1.Health/Check"

/** `HealthCheckRequest { string service = 1 }`; the default, an empty text, is not written. */
export const healthRequest = (service: string): Uint8Array => {
  const text = new TextEncoder().encode(service)
  return text.length === 0 ? text : Uint8Array.of(lengthDelimited | (1 << 3), ...varint(text.length), ...text)
}

/** `HealthCheckResponse.ServingStatus` */
export const servingStatuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const
export type ServingStatus = (typeof servingStatuses)[number]

/**
 * `HealthCheckResponse { ServingStatus status = 1 }` in the body of a unary answer: a flag, a length, one message.
 * Undefined when it is none. Fields that we do not know are passed over, and the last of several counts.
 */
export const healthOf = (body: Uint8Array): ServingStatus | undefined => {
  if (body.length < prefixLength || body[0] !== 0) return undefined
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1)
  if (body.length !== prefixLength + length) return undefined
  return statusIn(body.subarray(prefixLength))
}

/** One byte says whether the message is compressed, which we did not ask for; four are its length. */
const prefixLength = 5

const lengthDelimited = 2

const statusIn = (message: Uint8Array): ServingStatus | undefined => {
  let status = 0
  let at = 0
  while (at < message.length) {
    const key = readVarint(message, at)
    if (key === undefined) return undefined
    at = key.next
    const value = readField(message, at, key.value & 7)
    if (value === undefined) return undefined
    if (key.value === 1 << 3) status = value.value
    at = value.next
  }
  return servingStatuses[status]
}

interface Read {
  readonly value: number
  readonly next: number
}

/** The number of a varint; other fields are only passed over. */
const readField = (message: Uint8Array, at: number, wireType: number): Read | undefined => {
  switch (wireType) {
    case 0:
      return readVarint(message, at)
    case 1:
      return skip(message, at + 8)
    case lengthDelimited: {
      const length = readVarint(message, at)
      return length === undefined ? undefined : skip(message, length.next + length.value)
    }
    case 5:
      return skip(message, at + 4)
    default:
      return undefined
  }
}

const skip = (message: Uint8Array, next: number): Read | undefined =>
  next > message.length ? undefined : { value: 0, next }

/** At most ten bytes; no enum that we know needs more than the first. */
const readVarint = (message: Uint8Array, from: number): Read | undefined => {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = message[from + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: from + index + 1 }
  }
  return undefined
}

const varint = (value: number): ReadonlyArray<number> =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
