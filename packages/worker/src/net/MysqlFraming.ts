/**
 * Packets of MySQL's protocol (three bytes of length, one of number), let through to mysql2 while they are in order: it
 * prints a line about every one that is not. The first must be a greeting or an error; text of another protocol would
 * be taken for the length of a packet and waited for.
 */
import { type LibraryFraming, noBytes } from "./LibraryFraming.ts"

const headLength = 4
/** A greeting has about a hundred bytes. */
const maxFirst = 64 * 1024
/** The version of the protocol, and the mark of an error. */
const greetings = [10, 0xff]

export class MysqlFraming implements LibraryFraming {
  #next = 0
  #isFirst = true
  #head = noBytes
  /** Of the packet that is under way. */
  #left = 0

  received(bytes: Buffer): Buffer | undefined {
    const all = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes])
    let at = 0
    while (true) {
      const skipped = Math.min(this.#left, all.length - at)
      at += skipped
      this.#left -= skipped
      if (this.#left > 0 || all.length - at < headLength + (this.#isFirst ? 1 : 0)) break
      if (!this.#begin(all, at)) return undefined
      at += headLength
    }
    // A head that is not whole yet waits here.
    const isSplit = this.#left === 0 && at < all.length
    this.#head = isSplit ? Buffer.from(all.subarray(at)) : noBytes
    return isSplit ? all.subarray(0, at) : all
  }

  /** The answer to a packet carries the next number. */
  sent(bytes: Buffer): void {
    if (bytes.length >= headLength) this.#next = (bytes[3]! + 1) & 255
  }

  #begin(all: Buffer, at: number): boolean {
    const length = all.readUIntLE(at, 3)
    if (all[at + 3] !== this.#next) return false
    if (this.#isFirst && (length > maxFirst || !greetings.includes(all[at + headLength]!))) return false
    this.#isFirst = false
    this.#next = (this.#next + 1) & 255
    this.#left = length
    return true
  }
}
