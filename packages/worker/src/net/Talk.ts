/** A Conversation over a SafeSocket: what kinds of checks that speak their protocol themselves read and write. */
import type { Socket } from "node:net"
import {
  type ConnectionFacts,
  type ConnectRequest,
  type Conversation,
  DialFailed
} from "@v-insight/domain/monitor-types/Conversation"
import { Effect, type Scope } from "effect"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { openSocket, type SafeSocket } from "./SafeSocket.ts"
import { socketFault } from "./SocketFault.ts"

export const talk = (
  environment: ExchangeEnvironment,
  request: ConnectRequest
): Effect.Effect<Conversation, DialFailed, Scope.Scope> =>
  Effect.map(openSocket(environment, request), (open) => new Talk(open))

const nothing = (): void => {}

class Talk implements Conversation {
  readonly #open: SafeSocket
  #socket: Socket
  /** Something was asked of the peer: from here on time is spent waiting for it. */
  #isAsked = false
  #hasEnded = false
  /** Looks again whether the waiting reader can be served. */
  #look: () => void = nothing

  constructor(open: SafeSocket) {
    this.#open = open
    this.#socket = open.socket
    this.#attend()
  }

  readonly send = (bytes: Uint8Array): Effect.Effect<void, DialFailed> =>
    Effect.callback<void, DialFailed>((resume) => {
      this.#isAsked = true
      const failure = this.#open.failure()
      if (failure !== undefined) return resume(Effect.fail(failure))
      this.#socket.write(bytes, (error) => {
        if (error == null) return resume(Effect.void)
        resume(Effect.fail(this.#open.failure() ?? this.#broken(error)))
      })
    }).pipe(Effect.raceFirst(this.#open.failed))

  readonly read: Effect.Effect<Uint8Array | undefined, DialFailed> = Effect.callback((resume) => {
    this.#isAsked = true
    this.#look = () => {
      const next = this.#next()
      if (next === undefined) return
      // Before the reader goes on: it may read again at once.
      this.#look = nothing
      resume(next)
    }
    this.#look()
    return Effect.sync(() => {
      this.#look = nothing
    })
  })

  readonly startTls: Conversation["startTls"] = (trust) =>
    Effect.suspend(() => {
      this.#isAsked = true
      this.#socket.removeAllListeners("readable")
      return Effect.map(this.#open.startTls(trust), (socket) => {
        this.#socket = socket
        this.#attend()
      })
    })

  readonly facts = (): ConnectionFacts => this.#open.facts(this.#isAsked)

  /** Undefined: nothing has come yet. */
  #next(): Effect.Effect<Uint8Array | undefined, DialFailed> | undefined {
    const bytes = this.#socket.read() as Buffer | null
    if (bytes !== null) return Effect.succeed(new Uint8Array(bytes))
    if (this.#hasEnded) return Effect.succeed(undefined)
    const failure = this.#open.failure()
    return failure === undefined ? undefined : Effect.fail(failure)
  }

  /** Reading begins here, and stops by itself while a buffer's worth (64 KiB) waits for a reader. */
  #attend(): void {
    const socket = this.#socket
    const look = (): void => this.#look()
    socket.on("readable", look)
    socket.on("end", () => {
      if (socket === this.#socket) this.#hasEnded = true
      look()
    })
    socket.on("close", look)
  }

  #broken(error: NodeJS.ErrnoException): DialFailed {
    return new DialFailed({ ...socketFault(error, "transfer", ""), facts: this.facts() })
  }
}
