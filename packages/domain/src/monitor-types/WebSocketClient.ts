/** A WebSocket (RFC 6455) over a fresh connection. The worker implements it over the connections of the Dialer. */
import { Context, type Effect, type Result } from "effect"
import type { ConnectionFacts, DialFailed } from "./Conversation.ts"
import type { Phase, TlsTrust } from "./Dialer.ts"
import type { Refused } from "./Refused.ts"

export interface WebSocketRequest {
  /** ws: or wss: */
  readonly url: URL
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  /** Asked for, the preferred one first; when there are any, the server must choose one of them. */
  readonly protocols: ReadonlyArray<string>
  readonly tls?: TlsTrust | undefined
  readonly family?: 4 | 6 | undefined
  /** For everything, milliseconds. */
  readonly timeoutMs: number
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

export type WebSocketEvent =
  | {
      readonly _tag: "Message"
      /** A binary one as if it were UTF-8. */
      readonly text: string
      readonly bytes: number
    }
  | { readonly _tag: "Closed"; readonly code: number; readonly reason: string }

export interface WebSocketSession {
  /** What the server chose; empty when none was asked for. */
  readonly protocol: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly send: (text: string) => Effect.Effect<void, DialFailed>
  /** The next message, or how the server left. A `Refused` of code `bad_frame` when it breaks the protocol. */
  readonly receive: Effect.Effect<WebSocketEvent, DialFailed | Refused>
}

export interface WebSocketAnswer<A> {
  readonly facts: ConnectionFacts
  /** A refusal's codes, beside those of `use`: `upgrade_refused`, `bad_handshake`, `subprotocol`. */
  readonly result: Result.Result<A, DialFailed | Refused>
}

export class WebSocketClient extends Context.Service<
  WebSocketClient,
  {
    /** Redirects are not followed. Ends with a close frame, whose answer is not waited for long. */
    readonly use: <A>(
      request: WebSocketRequest,
      use: (session: WebSocketSession) => Effect.Effect<A, DialFailed | Refused>
    ) => Effect.Effect<WebSocketAnswer<A>>
  }
>()("@v-insight/domain/monitor-types/WebSocketClient") {}
