/**
 * A Conversation as a library wants it: a stream that looks like a connected socket. How long and how much is the
 * Conversation's to limit; what a hostile peer makes the library throw, from inside an event and so past every caller, is
 * caught here.
 */
import { Duplex } from "node:stream"
import type { Conversation, DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import { Cause, Effect, Exit, type Fiber, Result } from "effect"

export interface StreamListener {
  /** The connection failed: what the library makes of it matters no more. */
  readonly onFail: (failure: DialFailed) => void
  /** The library broke on what it was told. */
  readonly onBreak: () => void
}

export class ConversationStream extends Duplex {
  readonly #conversation: Conversation
  readonly #listener: StreamListener
  readonly #underWay = new Set<Fiber.Fiber<unknown, unknown>>()
  #greeting: Uint8Array | undefined

  /** `greeting` is read before anything that the peer says. */
  constructor(conversation: Conversation, greeting: Uint8Array | undefined, listener: StreamListener) {
    super({ allowHalfOpen: false })
    this.#conversation = conversation
    this.#greeting = greeting
    this.#listener = listener
  }

  override emit(event: string | symbol, ...values: ReadonlyArray<unknown>): boolean {
    const emitted = Result.try(() => super.emit(event as "data", ...(values as [unknown])))
    if (Result.isSuccess(emitted)) return emitted.success
    this.#listener.onBreak()
    return true
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  override _read(): void {
    const greeting = this.#greeting
    this.#greeting = undefined
    if (greeting !== undefined) return void this.push(greeting)
    this.#run(this.#conversation.read, (bytes) => void this.push(bytes ?? null))
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#run(this.#conversation.send(new Uint8Array(bytes)), () => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const fiber of this.#underWay) fiber.interruptUnsafe()
    done(error)
  }

  #run<A>(effect: Effect.Effect<A, DialFailed>, then: (value: A) => void): void {
    const fiber = Effect.runFork(effect)
    this.#underWay.add(fiber)
    fiber.addObserver((exit) => {
      this.#underWay.delete(fiber)
      if (this.destroyed) return
      if (Exit.isSuccess(exit)) return then(exit.value)
      const failure = Cause.findErrorOption(exit.cause)
      if (failure._tag === "Some") this.#listener.onFail(failure.value)
      this.destroy()
    })
  }
}
