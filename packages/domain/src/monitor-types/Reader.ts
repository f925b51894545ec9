/**
 * Reads what a protocol needs out of bytes that arrive in pieces of any size: a line, so many bytes, everything up to a
 * mark. Each read has a bound, so that no peer can make us keep more.
 */
import { Effect } from "effect"
import type { Conversation, DialFailed } from "./Conversation.ts"
import { explain } from "./explain.ts"
import { Refused } from "./Refused.ts"

/** The longest line we take, bytes. Protocols of lines allow 512 (SMTP, RFC 5321) to 8,192 and no sane one more. */
export const maxLine = 8 * 1024

type Read<A> = Effect.Effect<A, DialFailed | Refused>

const newline = 10
const carriageReturn = 13

export class Reader {
  readonly #source: Conversation["read"]
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  #isOver = false

  constructor(source: Conversation["read"]) {
    this.#source = source
  }

  /** How many bytes have arrived that nobody has read. */
  get waiting(): number {
    return this.#end - this.#start
  }

  /** The next line without its end, LF or CR LF. */
  readonly line: Read<string> = Effect.suspend(() => {
    let scanned = 0
    const look = (): Read<string> => {
      const at = this.#indexOf(newline, scanned)
      if (at !== -1 ? at > maxLine : this.waiting > maxLine) {
        return Effect.fail(
          new Refused({
            code: "line_too_long",
            message: `The server sent a line of more than ${maxLine} bytes.`,
            answer: decode(this.#take(Math.min(this.waiting, maxLine)))
          })
        )
      }
      if (at === -1) {
        scanned = this.waiting
        return Effect.flatMap(this.#more, look)
      }
      const line = this.#take(at + 1)
      return Effect.succeed(decode(line.subarray(0, line[at - 1] === carriageReturn ? at - 1 : at)))
    }
    return look()
  })

  /** The next `count` bytes; the caller bounds it. */
  exactly(count: number): Read<Uint8Array> {
    return Effect.suspend((): Read<Uint8Array> => {
      if (this.waiting >= count) return Effect.succeed(this.#take(count))
      return Effect.flatMap(this.#more, () => this.exactly(count))
    })
  }

  /**
   * Everything up to and with `mark`, at most `limit` bytes. When the peer ends first, or the limit is reached, what
   * there is, and `isFound` false. The connection's failure fails; `arrived` has what came until then.
   */
  until(mark: Uint8Array, limit: number): Effect.Effect<{ bytes: Uint8Array; isFound: boolean }, DialFailed> {
    return Effect.suspend(() => {
      let scanned = 0
      const look = (): Effect.Effect<{ bytes: Uint8Array; isFound: boolean }, DialFailed> => {
        const at = indexOfBytes(this.#bytes.subarray(this.#start, this.#end), mark, scanned)
        const isFound = at !== -1 && at + mark.length <= limit
        if (isFound) return Effect.succeed({ bytes: this.#take(at + mark.length), isFound })
        if (this.#isOver || this.waiting >= limit) {
          return Effect.succeed({ bytes: this.#take(Math.min(this.waiting, limit)), isFound })
        }
        scanned = Math.max(0, this.waiting - mark.length + 1)
        return Effect.flatMap(this.#pull, look)
      }
      return look()
    })
  }

  /** What has arrived and was not read; it stays unread. */
  arrived(): Uint8Array {
    return this.#bytes.slice(this.#start, this.#end)
  }

  /** Waits for bytes; the peer's end is a refusal. */
  get #more(): Read<void> {
    return Effect.flatMap(this.#pull, () => {
      if (!this.#isOver) return Effect.void
      const { code, message } = explain({ cause: this.waiting === 0 ? "empty" : "closed_early" }, "")
      return Effect.fail(new Refused({ code, message, answer: decode(this.arrived()) }))
    })
  }

  get #pull(): Effect.Effect<void, DialFailed> {
    return Effect.map(this.#source, (bytes) => {
      if (bytes === undefined) this.#isOver = true
      else this.#append(bytes)
    })
  }

  #append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#bytes.length) {
      // Doubles, so that a peer that sends byte by byte costs no more than its bytes.
      const grown = new Uint8Array(Math.max(1024, 2 * (this.waiting + bytes.length)))
      grown.set(this.#bytes.subarray(this.#start, this.#end))
      this.#end = this.waiting
      this.#start = 0
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#end)
    this.#end += bytes.length
  }

  #take(count: number): Uint8Array {
    const taken = this.#bytes.slice(this.#start, this.#start + count)
    this.#start += count
    return taken
  }

  /** Where it is among what waits, or -1. */
  #indexOf(byte: number, from: number): number {
    return this.#bytes.subarray(this.#start, this.#end).indexOf(byte, from)
  }
}

/** Where the mark stands in the bytes from `from` on, or -1. */
export const indexOfBytes = (bytes: Uint8Array, mark: Uint8Array, from = 0): number => {
  if (mark.length === 0) return 0
  for (let at = bytes.indexOf(mark[0]!, from); at !== -1; at = bytes.indexOf(mark[0]!, at + 1)) {
    if (at + mark.length > bytes.length) return -1
    if (mark.every((byte, index) => bytes[at + index] === byte)) return at
  }
  return -1
}

const decoder = new TextDecoder()

/** UTF-8; what is not shows as U+FFFD. */
export const decode = (bytes: Uint8Array): string => decoder.decode(bytes)
