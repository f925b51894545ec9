/**
 * A strict, incremental HTTP/1.x response parser for one response on one connection.
 *
 * It is pure: bytes go in through `push` and `end`, body bytes come out through `onBody`, nothing throws. It reads
 * hostile servers, so every loop is linear in its input, and everything that is not body (heads, interim heads, chunk
 * extensions, trailers) is paid out of one budget, `maxHeadBytes`. Lines must end with CRLF: a server that sends LF
 * alone is refused by name, because proxies in front of it read it in different ways.
 */
import {
  framingOf,
  isText,
  parseHead,
  parseHeader,
  quote,
  ResponseFault,
  type ResponseFaultCause,
  type ResponseHead
} from "./ResponseHead.ts"

export interface ParserOptions {
  readonly method: string
  readonly maxHeadBytes: number
  /** The bytes are valid during the call only: copy what you keep. */
  readonly onBody: (bytes: Buffer) => void
}

type State =
  | "head"
  | "fixed"
  | "until_close"
  | "chunk_size"
  | "chunk_data"
  | "chunk_end"
  | "trailers"
  | "done"
  | "failed"

/** 4 MiB in single bytes would be 700,000 chunks, and cost 60 CPU-ms. */
const maxChunks = 100_000
const lineFeed = 0x0a
const carriageReturn = 0x0d
const headEnd = Buffer.from("\r\n\r\n")
const prefix = Buffer.from("HTTP/1.")
/** More digits than any honest chunk has, and few enough for whole numbers. */
const plainDigits = 8
const chunkSize = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;|$)/

export class ResponseParser {
  head: ResponseHead | undefined
  fault: ResponseFault | undefined
  /** There were more chunks than we read: what came until then is the body. */
  isCut = false

  readonly #options: ParserOptions
  #state: State = "head"
  #overhead = 0
  /** A head that arrives in pieces is gathered here. */
  #split: Buffer | undefined
  #splitLength = 0
  /** A line of chunked framing that arrives in pieces. */
  #line = ""
  #remaining = 0
  #chunks = 0

  constructor(options: ParserOptions) {
    this.#options = options
  }

  get isFinished(): boolean {
    return this.#state === "done" || this.#state === "failed"
  }

  /** Feeds bytes. True once the response is complete or refused; what follows it is not looked at. */
  push(bytes: Buffer): boolean {
    let at = 0
    while (at < bytes.length && !this.isFinished) at = this.#read(bytes, at)
    return this.isFinished
  }

  /** The peer will send no more. */
  end(): void {
    if (this.#state === "until_close") this.#state = "done"
    else if (!this.isFinished) {
      const isNothing = this.#state === "head" && this.#splitLength === 0 && this.#overhead === 0
      this.#fail(isNothing ? "empty" : "closed_early", `while reading ${this.#state}`)
    }
  }

  /** Reads on from `from` as far as the state reaches; returns where to go on. */
  #read(bytes: Buffer, from: number): number {
    switch (this.#state) {
      case "head":
        return this.#readHead(bytes, from)
      case "fixed":
      case "chunk_data": {
        const to = Math.min(from + this.#remaining, bytes.length)
        this.#options.onBody(bytes.subarray(from, to))
        this.#remaining -= to - from
        if (this.#remaining === 0) this.#state = this.#state === "fixed" ? "done" : "chunk_end"
        return to
      }
      case "until_close":
        this.#options.onBody(bytes.subarray(from))
        return bytes.length
      case "chunk_size":
      case "chunk_end":
      case "trailers":
        return this.#readLine(bytes, from)
      case "done":
      case "failed":
        return bytes.length
    }
  }

  #fail(cause: ResponseFaultCause, detail: string): void {
    this.fault = new ResponseFault(cause, detail)
    this.#state = "failed"
  }

  /** Pays for bytes that are not body. */
  #spend(count: number): boolean {
    this.#overhead += count
    if (this.#overhead <= this.#options.maxHeadBytes) return true
    this.#fail("headers_too_large", `more than ${this.#options.maxHeadBytes} bytes`)
    return false
  }

  #readHead(bytes: Buffer, from: number): number {
    const budget = this.#options.maxHeadBytes - this.#overhead
    const before = this.#splitLength
    let source: Buffer
    if (this.#split === undefined) source = bytes.subarray(from, from + budget)
    else {
      // One copy per byte, however small the pieces are.
      this.#splitLength += bytes.copy(this.#split, before, from)
      source = this.#split.subarray(0, this.#splitLength)
    }
    const known = Math.min(source.length, prefix.length)
    const end = source.indexOf(headEnd, Math.max(0, before - headEnd.length + 1))
    if (source.compare(prefix, 0, known, 0, known) !== 0) {
      this.#fail("not_http", `it begins with ${quote(source.toString("latin1", 0, 40))}`)
    } else if (hasBareLineFeed(source, before, end < 0 ? source.length : end)) {
      this.#fail("bad_header", "a line ends with LF alone")
    } else if (end >= 0) {
      const text = source.toString("latin1", 0, end)
      const size = end + headEnd.length
      this.#split = undefined
      this.#splitLength = 0
      this.#overhead += size
      this.#takeHead(text)
      return from + size - before
    } else if (source.length >= budget) {
      this.#spend(budget + 1)
    } else if (this.#split === undefined) {
      this.#split = Buffer.allocUnsafe(budget)
      this.#splitLength = source.copy(this.#split)
    }
    return bytes.length
  }

  #takeHead(text: string): void {
    const head = parseHead(text)
    if (head instanceof ResponseFault) return this.#fail(head.cause, head.detail)
    if (head.status === 101) return this.#fail("unexpected_upgrade", "101 Switching Protocols")
    if (head.status < 200) return // interim: the next head follows, within the same budget
    this.head = head
    const framing = framingOf(head, this.#options.method)
    if (framing instanceof ResponseFault) return this.#fail(framing.cause, framing.detail)
    if (framing === "until_close") this.#state = "until_close"
    else if (framing === "chunked") this.#state = "chunk_size"
    else {
      this.#remaining = framing
      this.#state = framing === 0 ? "done" : "fixed"
    }
  }

  /** Reads up to one line of chunked framing. */
  #readLine(bytes: Buffer, from: number): number {
    const after = this.#line === "" ? this.#readPlainLine(bytes, from) : from
    if (after > from) return after
    const newline = bytes.indexOf(lineFeed, from)
    const to = newline < 0 ? bytes.length : newline + 1
    if (this.#state !== "chunk_end" && this.#line.length + to - from > this.#options.maxHeadBytes) {
      this.#spend(Number.POSITIVE_INFINITY)
      return to
    }
    this.#line += bytes.toString("latin1", from, to)
    if (newline < 0) {
      if (this.#state === "chunk_end" && this.#line.length > 1) this.#fail("bad_chunk", "longer than announced")
      return to
    }
    const line = this.#line
    this.#line = ""
    if (!line.endsWith("\r\n")) this.#fail("bad_chunk", "a line ends with LF alone")
    else this.#takeLine(line.slice(0, -2))
    return to
  }

  /**
   * The framing nearly every chunk has, without making text of it: a body of single bytes has 700,000 chunks in 4 MiB.
   * Stays at `from` when the line is anything else.
   */
  #readPlainLine(bytes: Buffer, from: number): number {
    let at = from
    let size = 0
    if (this.#state === "chunk_size") {
      for (let digit = hexDigit(bytes[at]); digit >= 0; digit = hexDigit(bytes[++at])) size = size * 16 + digit
      if (at === from || at - from > plainDigits) return from
    } else if (this.#state !== "chunk_end") return from
    if (bytes[at] !== carriageReturn || bytes[at + 1] !== lineFeed) return from
    if (this.#state === "chunk_end") this.#state = "chunk_size"
    else this.#beginChunk(size)
    return at + 2
  }

  #beginChunk(size: number): void {
    this.#remaining = size
    this.#state = size === 0 ? "trailers" : "chunk_data"
    if (++this.#chunks <= maxChunks) return
    this.isCut = true
    this.#state = "done"
  }

  #takeLine(line: string): void {
    if (this.#state === "chunk_end") {
      if (line !== "") this.#fail("bad_chunk", "longer than announced")
      else this.#state = "chunk_size"
    } else if (this.#state === "trailers") {
      if (line === "") this.#state = "done"
      else if (this.#spend(line.length + 2) && parseHeader(line) === undefined)
        this.#fail("bad_header", "in the trailer")
    } else {
      const match = chunkSize.exec(line)
      if (match === null || !isText(line)) return this.#fail("bad_chunk", `size ${quote(line)}`)
      if (!this.#spend(line.length - match[1]!.length)) return // the extension
      this.#beginChunk(Number.parseInt(match[1]!, 16))
    }
  }
}

/** -1 when it is none. */
const hexDigit = (byte: number | undefined): number => {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

const hasBareLineFeed = (bytes: Buffer, from: number, to: number): boolean => {
  for (let at = bytes.indexOf(lineFeed, from); at >= 0 && at < to; at = bytes.indexOf(lineFeed, at + 1)) {
    if (bytes[at - 1] !== carriageReturn) return true
  }
  return false
}
