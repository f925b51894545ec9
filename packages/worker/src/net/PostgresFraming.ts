/**
 * Messages of PostgreSQL's protocol 3.0 (documentation, section 54.7), let through to pg when they are well-formed. It
 * looks for the end of a text without looking for the end of the message: one without its NUL would keep it, and the
 * whole worker with it, looking for ever.
 */
import { type LibraryFraming, noBytes } from "./LibraryFraming.ts"

const headLength = 5
/** A demand for a password, an error, or a hint about the version: the longest first message. */
const maxFirst = 64 * 1024

export class PostgresFraming implements LibraryFraming {
  #waiting: Array<Buffer> = []
  #size = 0
  /** Bytes without which nothing can be said. */
  #needed = headLength
  #isFirst = true

  received(bytes: Buffer): Buffer | undefined {
    this.#waiting.push(bytes)
    this.#size += bytes.length
    if (this.#size < this.#needed) return noBytes
    const all = Buffer.concat(this.#waiting)
    const passed: Array<Buffer> = []
    let at = 0
    this.#needed = headLength
    while (all.length - at >= headLength) {
      const length = all.readUInt32BE(at + 1)
      const type = String.fromCharCode(all[at]!)
      // Later ones may be long: the connection has its own limit.
      if (length < 4 || (this.#isFirst && length > maxFirst)) return undefined
      if (this.#isFirst && !"REN".includes(type)) return undefined
      if (all.length - at < length + 1) {
        this.#needed = length + 1
        break
      }
      const body = all.subarray(at + headLength, at + 1 + length)
      if (!isWellFormed(type, body)) return undefined
      // Nobody listens for these.
      if (type !== "A") passed.push(all.subarray(at, at + 1 + length))
      this.#isFirst = false
      at += length + 1
    }
    this.#waiting = [all.subarray(at)]
    this.#size = all.length - at
    return Buffer.concat(passed)
  }
}

const isWellFormed = (type: string, body: Buffer): boolean => {
  switch (type) {
    case "R": // Authentication: texts only in the list of SASL mechanisms (10)
      return body.length >= 4 && (body.readUInt32BE(0) !== 10 || isTextList(body.subarray(4)))
    case "S": // ParameterStatus
      return afterTexts(body, 0, 2) !== -1
    case "C": // CommandComplete
      return afterTexts(body, 0, 1) !== -1
    case "E": // ErrorResponse
    case "N": // NoticeResponse
      return isFieldList(body)
    case "T": // RowDescription
      return isRowDescription(body)
    case "D": // DataRow
      return isDataRow(body)
    case "Z": // ReadyForQuery
      return body.length === 1
    case "A": // NotificationResponse
    case "K": // BackendKeyData
    case "1": // ParseComplete
    case "2": // BindComplete
    case "3": // CloseComplete
    case "I": // EmptyQueryResponse
    case "n": // NoData
    case "s": // PortalSuspended
      return type !== "K" || body.length >= 8
    default: // copies, replication, and what is no message at all
      return false
  }
}

/** Where so many texts, each ended by NUL, are over; -1 when they are not. */
const afterTexts = (body: Buffer, from: number, count: number): number => {
  let at = from
  for (let index = 0; index < count; index++) {
    const end = body.indexOf(0, at)
    if (end === -1) return -1
    at = end + 1
  }
  return at
}

/** Texts up to an empty one. */
const isTextList = (body: Buffer): boolean => {
  for (let at = 0; at < body.length;) {
    if (body[at] === 0) return true
    at = afterTexts(body, at, 1)
    if (at === -1) return false
  }
  return false
}

/** A letter and a text, up to a NUL in place of the letter. */
const isFieldList = (body: Buffer): boolean => {
  for (let at = 0; at < body.length;) {
    if (body[at] === 0) return true
    at = afterTexts(body, at + 1, 1)
    if (at === -1) return false
  }
  return false
}

/** Beside its name a column has 18 bytes of description. */
const columnLength = 18

const isRowDescription = (body: Buffer): boolean => {
  if (body.length < 2) return false
  let at = 2
  for (let left = body.readUInt16BE(0); left > 0; left--) {
    const end = afterTexts(body, at, 1)
    if (end === -1 || end + columnLength > body.length) return false
    at = end + columnLength
  }
  return at === body.length
}

const isDataRow = (body: Buffer): boolean => {
  if (body.length < 2) return false
  let at = 2
  for (let left = body.readUInt16BE(0); left > 0; left--) {
    if (at + 4 > body.length) return false
    const length = body.readInt32BE(at)
    if (length < -1) return false
    at += 4 + Math.max(0, length)
  }
  return at === body.length
}
