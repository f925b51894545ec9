/**
 * A SafeSocket as clients of databases want one: a stream that is "connected" when they say so. They were written for
 * servers that behave. Where a hostile one makes them throw, from inside an event and so past every caller, it is caught
 * here, at the only place where the outside enters them.
 */
import type { Socket } from "node:net"
import { Duplex } from "node:stream"
import { Result } from "effect"
import type { LibraryFraming } from "./LibraryFraming.ts"

export class LibrarySocket extends Duplex {
  readonly #reject: () => void
  readonly #framing: LibraryFraming
  #socket: Socket | undefined
  readonly #onData = (bytes: Buffer): void => {
    const passed = this.#framing.received(bytes)
    if (passed === undefined) {
      this.detach()
      this.#reject()
    } else if (passed.length > 0 && !this.push(passed)) this.#socket?.pause()
  }
  readonly #onEnd = (): void => void this.push(null)
  readonly #onClose = (): void => void this.destroy()

  /** `reject` is called when what came is not of the protocol, and when the library broke on what it was told. */
  constructor(socket: Socket, framing: LibraryFraming, reject: () => void) {
    super({ allowHalfOpen: false })
    this.#framing = framing
    this.#reject = reject
    this.attach(socket)
  }

  /** Goes on over this socket, which speaks TLS. */
  attach(socket: Socket): void {
    this.#socket = socket
    socket.on("data", this.#onData)
    socket.on("end", this.#onEnd)
    socket.on("close", this.#onClose)
  }

  /** Leaves the socket to the TLS handshake. */
  detach(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose).pause()
  }

  override emit(event: string | symbol, ...values: ReadonlyArray<unknown>): boolean {
    const emitted = Result.try(() => super.emit(event as "data", ...(values as [unknown])))
    if (Result.isSuccess(emitted)) return emitted.success
    this.#reject()
    return true
  }

  /** Where to is not the library's business: it is connected already. */
  connect(): this {
    process.nextTick(() => this.emit("connect"))
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {
    this.#socket?.resume()
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#framing.sent?.(bytes)
    if (this.#socket === undefined) done(new Error("nothing is said during the handshake"))
    else this.#socket.write(bytes, done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.detach()
    done(error)
  }
}
