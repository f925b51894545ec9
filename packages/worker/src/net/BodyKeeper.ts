/**
 * Keeps the beginning of a response body, decoded, within a limit that a decompression bomb cannot pass. Memory stays
 * near the limit and work near the number of bytes, however the peer cuts its body into pieces.
 */
import * as zlib from "node:zlib"
import type { Header } from "./ResponseHead.ts"

/** RFC 9659: zstd over HTTP uses windows of at most 8 MiB. */
const zstdWindowLog = 23

type Decoder = zlib.Gunzip | zlib.Inflate | zlib.InflateRaw | zlib.BrotliDecompress | zlib.ZstdDecompress

const decoders: Readonly<Record<string, (firstByte: number) => Decoder>> = {
  gzip: () => zlib.createGunzip(),
  "x-gzip": () => zlib.createGunzip(),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress({ params: { [zlib.constants.ZSTD_d_windowLogMax]: zstdWindowLog } }),
  // "deflate" means zlib, but some servers send it bare: a zlib stream begins with a byte whose low half is 8.
  deflate: (firstByte) => ((firstByte & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw())
}

export class BodyKeeper {
  /** The body went on beyond what is kept. */
  isTruncated = false
  readonly #limit: number
  readonly #makeDecoder: ((firstByte: number) => Decoder) | undefined
  readonly #onDrain: () => void
  #decoder: Decoder | undefined
  #error: string | undefined
  #isClosed = false
  #kept: Buffer = Buffer.alloc(0)
  #keptLength = 0
  /** Encoded pieces of the present read: one write to the decoder per read, not per chunk of the peer's choosing. */
  #pieces: Array<Buffer> = []

  /** `onDrain` is called when there is room again after `flush` had answered false, and perhaps at other times. */
  constructor(headers: ReadonlyArray<Header>, limit: number, onDrain: () => void) {
    this.#limit = limit
    this.#onDrain = onDrain
    this.#makeDecoder = decoderOf(headers)
  }

  /** Copies what it keeps of `bytes`, at the latest when `flush` is called. */
  push(bytes: Buffer): void {
    if (this.#isClosed || bytes.length === 0) return
    if (this.#makeDecoder === undefined) this.#keep(bytes)
    else this.#pieces.push(bytes)
  }

  /** Ends a read. False: stop reading until `onDrain`. */
  flush(): boolean {
    const pieces = this.#pieces
    if (pieces.length === 0 || this.#makeDecoder === undefined) return true
    this.#pieces = []
    if (this.#isClosed || this.#error !== undefined) return true
    this.#decoder ??= this.#start(this.#makeDecoder(pieces[0]![0]!))
    return this.#decoder.write(Buffer.concat(pieces))
  }

  /** The body is complete; `done` is told what was wrong with its coding, if anything. */
  end(done: (error: string | undefined) => void): void {
    const decoder = this.#decoder
    if (this.isTruncated || decoder === undefined || this.#error !== undefined) return done(this.#error)
    decoder.once("close", () => done(this.#error))
    decoder.end()
  }

  close(): void {
    this.#isClosed = true
    this.#decoder?.destroy()
  }

  bytes(): Uint8Array {
    return this.#kept.subarray(0, this.#keptLength)
  }

  #start(decoder: Decoder): Decoder {
    decoder.on("data", (part: Buffer) => this.#keep(part))
    decoder.on("error", (error: Error) => (this.#error ??= error.message))
    decoder.on("drain", this.#onDrain)
    // Full or failed: whatever comes now is let through and dropped.
    decoder.on("close", this.#onDrain)
    return decoder
  }

  #keep(bytes: Buffer): void {
    const room = this.#limit - this.#keptLength
    const count = Math.min(room, bytes.length)
    this.#reserve(this.#keptLength + count)
    bytes.copy(this.#kept, this.#keptLength, 0, count)
    this.#keptLength += count
    if (bytes.length > room) {
      this.isTruncated = true
      this.close()
    }
  }

  /** Exact at first, since most bodies come in one piece; doubling after that. */
  #reserve(length: number): void {
    if (length <= this.#kept.length) return
    const size = this.#kept.length === 0 ? length : Math.min(this.#limit, Math.max(length, this.#kept.length * 2))
    const larger = Buffer.allocUnsafe(size)
    this.#kept.copy(larger, 0, 0, this.#keptLength)
    this.#kept = larger
  }
}

/**
 * None for an unencoded body, and for a coding that we do not know or several at once: we ask for no coding, so such a
 * body is kept as it came rather than held against the target (servers say "utf-8" or "none" there).
 */
const decoderOf = (headers: ReadonlyArray<Header>): ((firstByte: number) => Decoder) | undefined => {
  let coding: string | undefined
  for (const [name, value] of headers) {
    if (name !== "content-encoding") continue
    if (coding !== undefined) return undefined
    coding = value.toLowerCase()
  }
  return coding !== undefined && Object.hasOwn(decoders, coding) ? decoders[coding] : undefined
}
