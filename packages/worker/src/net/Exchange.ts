/**
 * One HTTP(S) exchange on one fresh connection, over node:net and node:tls with our own parser: node:http costs twice
 * the CPU and reads some hostile servers wrongly (a 204 with a body, endless 1xx, status 099).
 *
 * It never throws and calls `done` exactly once. Redirects, retries and the verdict belong to the caller. Sockets report
 * by callback, and so does this; SafeDialer is its Effect.
 */
import type { ExchangeCause, ExchangeRequest, ExchangeResult } from "@v-insight/domain/monitor-types/Dialer"
import { BodyKeeper } from "./BodyKeeper.ts"
import type { Connection } from "./Connection.ts"
import { Reach, type ReachEnvironment, type ReachListener } from "./Reach.ts"
import { requestHead } from "./RequestHead.ts"
import { ResponseParser } from "./ResponseParser.ts"
import { isSecure, targetOf } from "./Target.ts"

export interface ExchangeLimits {
  /** Off the wire, response head included. */
  readonly maxReadBytes: number
  /** Pieces in which it comes: a peer that cuts it into single bytes makes us work for each. */
  readonly maxReads: number
  /** Of the decoded body. */
  readonly maxKeptBytes: number
  /** Heads, chunk extensions and trailers together. */
  readonly maxHeadBytes: number
}

export interface ExchangeEnvironment extends ReachEnvironment {
  readonly limits: ExchangeLimits
}

const noBody = new Uint8Array(0)
const protocols = ["http/1.1"]

export class Exchange implements ReachListener {
  readonly #request: ExchangeRequest
  readonly #limits: ExchangeLimits
  readonly #done: (result: ExchangeResult) => void
  readonly #parser: ResponseParser
  readonly #reach: Reach
  readonly #head: string | undefined
  #body: BodyKeeper | undefined
  #bytesRead = 0
  #reads = 0
  #isCut = false
  #connection: Connection | undefined
  /** The response is whole, refused, or as long as we care for: nothing more is read. Its body may still be decoded. */
  #isSettled = false
  #isFinished = false

  constructor(request: ExchangeRequest, environment: ExchangeEnvironment, done: (result: ExchangeResult) => void) {
    this.#request = request
    this.#limits = environment.limits
    this.#done = done
    this.#parser = new ResponseParser({
      method: request.method,
      maxHeadBytes: environment.limits.maxHeadBytes,
      onBody: (bytes) => this.#keep(bytes)
    })
    this.#head = requestHead(request)
    const { family, onPhase, timeoutMs, url } = request
    const tls = isSecure(url) ? (request.tls ?? {}) : undefined
    const reachRequest = { target: targetOf(url), tls, protocols, family, timeoutMs, onPhase }
    this.#reach = new Reach(reachRequest, environment, "bytes", this)
    if (this.#head === undefined) this.#finish("invalid_request")
    else this.#reach.begin()
  }

  cancel(): void {
    this.#finish("cancelled")
  }

  onReach(connection: Connection): void {
    this.#connection = connection
    connection.send(this.#head!, this.#request.body)
  }

  onRead(bytes: Buffer): boolean {
    this.#bytesRead += bytes.length
    this.#reads++
    if (this.#parser.push(bytes)) this.#settle()
    else if (this.#bytesRead >= this.#limits.maxReadBytes || this.#reads >= this.#limits.maxReads) this.#cut()
    const hasRoom = this.#body?.flush() ?? true
    return !this.#isSettled && hasRoom
  }

  onEnd(): void {
    this.#parser.end()
    this.#settle()
  }

  onFault(cause: ExchangeCause, detail: string): void {
    this.#finish(cause, detail)
  }

  #cut(): void {
    if (this.#parser.head === undefined) return this.#finish("too_much", `a head in ${this.#reads} pieces`)
    this.#isCut = true
    this.#settle()
  }

  #keep(bytes: Buffer): void {
    this.#body ??= this.#makeKeeper()
    this.#body.push(bytes)
  }

  #makeKeeper(): BodyKeeper {
    const { maxKeptBytes } = this.#limits
    const keepBytes = Math.min(this.#request.keepBytes ?? maxKeptBytes, maxKeptBytes)
    return new BodyKeeper(this.#parser.head!.headers, keepBytes, () => {
      if (!this.#isSettled) this.#connection?.resume()
    })
  }

  #settle(): void {
    this.#isSettled = true
    // Whatever the peer still does, such as hanging up rudely, is no matter any more.
    this.#connection?.close()
    const { fault, isCut } = this.#parser
    this.#isCut ||= isCut
    if (fault !== undefined) return this.#finish(fault.cause, fault.detail)
    if (this.#body === undefined || this.#isCut) return this.#finish()
    this.#body.flush()
    this.#body.end((error) => (error === undefined ? this.#finish() : this.#finish("bad_encoding", error)))
  }

  #finish(cause?: ExchangeCause, detail = ""): void {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#reach.close()
    this.#body?.close()
    const { address, certificate, clock, tlsVersion } = this.#reach
    const totalUs = clock.stop(cause === undefined)
    const { head } = this.#parser
    const isBlocked = cause === "blocked"
    this.#done({
      failure: cause === undefined ? undefined : { cause, message: detail },
      response:
        head === undefined
          ? undefined
          : {
              status: head.status,
              headers: head.headers,
              body: this.#body?.bytes() ?? noBody,
              isTruncated: this.#isCut || (this.#body?.isTruncated ?? false)
            },
      // A blocked target's answer tells nothing of what is there.
      phases: isBlocked ? {} : clock.phases,
      totalUs: isBlocked ? 0 : totalUs,
      address,
      certificate,
      tlsVersion
    })
  }
}
