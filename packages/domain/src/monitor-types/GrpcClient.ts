/** One unary call of gRPC over a fresh connection. The worker implements it over the connections of the Dialer. */
import { Context, type Effect } from "effect"
import type { ConnectionFacts } from "./Conversation.ts"
import type { ExchangeFailure, Phase, TlsTrust } from "./Dialer.ts"

export interface GrpcRequest {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Absent: HTTP/2 in the clear. */
  readonly tls?: TlsTrust | undefined
  /** `/package.Service/Method` */
  readonly path: string
  readonly metadata: ReadonlyArray<readonly [name: string, value: string]>
  /** Protocol Buffers, without the length before it. */
  readonly message: Uint8Array
  /** For everything, milliseconds; the server is told. */
  readonly timeoutMs: number
  readonly onPhase?: ((phase: Phase, microseconds: number) => void) | undefined
}

export interface GrpcAnswer {
  readonly facts: ConnectionFacts
  readonly failure: ExchangeFailure | undefined
  /** Of HTTP; 200 for everything that gRPC itself has to say. Undefined without an answer. */
  readonly httpStatus: number | undefined
  readonly contentType: string
  /** Of the call, as it stands there: digits if all is well. Undefined when it is missing. */
  readonly status: string | undefined
  /** What the server says to it, decoded. */
  readonly statusMessage: string
  /** What came as the body: messages with their lengths before them. */
  readonly body: Uint8Array
}

export class GrpcClient extends Context.Service<
  GrpcClient,
  {
    /** Interruption closes the connection. */
    readonly call: (request: GrpcRequest) => Effect.Effect<GrpcAnswer>
  }
>()("@v-insight/domain/monitor-types/GrpcClient") {}
