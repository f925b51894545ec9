/** What comes back on a stream of HTTP/2, within the limits of every exchange. */
import type { ClientHttp2Stream } from "node:http2"
import type { ExchangeCause, ExchangeResult } from "@v-insight/domain/monitor-types/Dialer"
import { BodyKeeper } from "./BodyKeeper.ts"
import type { ExchangeLimits } from "./Exchange.ts"
import { isText, type Header } from "./ResponseHead.ts"

export interface Http2Fault {
  readonly cause: ExchangeCause
  readonly detail: string
}

/** Pings and settings. */
const maxIdleFrames = 1_000

const noBody = new Uint8Array(0)

export class Http2Answer {
  /** The peer has shown that it speaks HTTP/2. */
  isHttp2 = false
  trailers: ReadonlyArray<Header> = []
  readonly maxHeadBytes: number
  readonly #method: string
  readonly #limits: ExchangeLimits
  readonly #keepBytes: number
  readonly #onHead: () => void
  #done: (fault: Http2Fault | undefined) => void = () => {}
  #stream: ClientHttp2Stream | undefined
  #head: { readonly status: number; readonly headers: ReadonlyArray<Header> } | undefined
  #body: BodyKeeper | undefined
  /** Of all heads and trailers. */
  #headBytes = 0
  #bodyBytes = 0
  #reads = 0
  #idleFrames = 0
  #isCut = false
  #isDone = false

  /** `onHead`: the answer has begun. */
  constructor(method: string, limits: ExchangeLimits, keepBytes: number | undefined, onHead: () => void) {
    this.#method = method
    this.#limits = limits
    this.maxHeadBytes = limits.maxHeadBytes
    this.#keepBytes = Math.min(keepBytes ?? limits.maxKeptBytes, limits.maxKeptBytes)
    this.#onHead = onHead
  }

  /** `done` is called once: with undefined when the answer is whole, or as much of it as we care for. */
  read(stream: ClientHttp2Stream, done: (fault: Http2Fault | undefined) => void): void {
    this.#stream = stream
    this.#done = done
    stream.on("headers", (_fields, _flags, raw) => this.#pay(raw as ReadonlyArray<string>))
    stream.on("response", (_fields, _flags, raw) => this.#begin(raw as ReadonlyArray<string>))
    stream.on("trailers", (_fields, _flags, raw) => {
      this.trailers = this.#pay(raw as ReadonlyArray<string>) ?? []
    })
    stream.on("data", (bytes: Buffer) => this.#keep(bytes))
    // A stream that is reset ends too.
    stream.on("end", () => {
      if (this.#head !== undefined && !stream.aborted && stream.rstCode === 0 && this.#isWhole()) this.#settle()
    })
    stream.on("error", (error: NodeJS.ErrnoException) => this.#explain(error))
    stream.on("close", () => this.end())
  }

  /** All that has come on the connection. */
  count(bytes: number): void {
    if (bytes <= this.#limits.maxReadBytes * 2) return
    if (this.#head === undefined) this.fail("too_much", `more than ${bytes} bytes`)
    else this.#cut()
  }

  /** A frame came that says nothing of our stream. */
  countIdle(): void {
    if (++this.#idleFrames > maxIdleFrames) this.fail("too_much", "frames of no use")
  }

  fail(cause: ExchangeCause, detail: string): void {
    this.#finish({ cause, detail })
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#head === undefined) this.fail("empty", "closed")
    else this.fail("closed_early", "closed")
  }

  close(): void {
    this.#isDone = true
    this.#body?.close()
  }

  response(): ExchangeResult["response"] {
    if (this.#head === undefined) return undefined
    return {
      ...this.#head,
      body: this.#body?.bytes() ?? noBody,
      isTruncated: this.#isCut || (this.#body?.isTruncated ?? false)
    }
  }

  /** Pays for fields; undefined when the budget is spent. */
  #pay(raw: ReadonlyArray<string>): ReadonlyArray<Header> | undefined {
    const headers: Array<Header> = []
    for (let index = 0; index < raw.length; index += 2) {
      const name = raw[index]!
      const value = raw[index + 1]!
      this.#headBytes += name.length + value.length + 4
      headers.push([name, value])
    }
    if (this.#headBytes <= this.#limits.maxHeadBytes) return headers
    this.fail("headers_too_large", `more than ${this.#limits.maxHeadBytes} bytes`)
    return undefined
  }

  #begin(raw: ReadonlyArray<string>): void {
    const headers = this.#pay(raw)
    if (headers === undefined) return
    const status = headers.find(([name]) => name === ":status")?.[1] ?? ""
    const fields = headers.filter(([name]) => !name.startsWith(":"))
    if (!/^[1-9]\d\d$/.test(status)) return this.fail("not_http", `status ${JSON.stringify(status.slice(0, 40))}`)
    if (!fields.every(([, value]) => isText(value))) return this.fail("bad_header", "a control character")
    this.#head = { status: Number(status), headers: fields }
    this.#onHead()
  }

  #keep(bytes: Buffer): void {
    if (this.#isDone || this.#head === undefined || this.#method === "HEAD") return
    this.#body ??= new BodyKeeper(this.#head.headers, this.#keepBytes, () => this.#stream?.resume())
    this.#body.push(bytes)
    this.#bodyBytes += bytes.length
    const { maxReadBytes, maxReads } = this.#limits
    if (this.#bodyBytes + this.#headBytes >= maxReadBytes || ++this.#reads >= maxReads) this.#cut()
    else if (!this.#body.flush()) this.#stream?.pause()
  }

  #isWhole(): boolean {
    const length = this.#head?.headers.find(([name]) => name === "content-length")?.[1]
    return length === undefined || this.#method === "HEAD" || this.#bodyBytes === 0 || this.#bodyBytes >= Number(length)
  }

  #cut(): void {
    this.#isCut = true
    this.#finish(undefined)
  }

  #settle(): void {
    if (this.#isDone) return
    const done = this.#done
    // The end of the stream is no news any more.
    this.#done = () => {}
    this.#body?.flush()
    if (this.#body === undefined) return done(undefined)
    this.#body.end((error) => done(error === undefined ? undefined : { cause: "bad_encoding", detail: error }))
  }

  #explain(error: NodeJS.ErrnoException): void {
    const detail = /NGHTTP2_\w+/.exec(error.message)?.[0] ?? error.code ?? error.message
    if (detail === "NGHTTP2_HTTP_1_1_REQUIRED") this.fail("http1_only", detail)
    // What node:http2 itself says to a head beyond its limits.
    else if (detail === "NGHTTP2_ENHANCE_YOUR_CALM" && this.#head === undefined) this.fail("headers_too_large", detail)
    else if (detail === "NGHTTP2_PROTOCOL_ERROR" || error.code === "ERR_HTTP2_ERROR") this.fail("not_http", detail)
    else this.fail(this.#head === undefined ? "reset" : "closed_early", detail)
  }

  #finish(fault: Http2Fault | undefined): void {
    if (this.#isDone) return
    const done = this.#done
    this.#done = () => {}
    done(fault)
  }
}
