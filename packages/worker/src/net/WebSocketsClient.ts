/** The worker's WebSocketClient: the library ws speaks, over a connection of ours. */
import type { ClientRequest, IncomingMessage } from "node:http"
import { DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import { quoted, Refused } from "@v-insight/domain/monitor-types/Refused"
import {
  type WebSocketAnswer,
  WebSocketClient,
  type WebSocketEvent,
  type WebSocketRequest,
  type WebSocketSession
} from "@v-insight/domain/monitor-types/WebSocketClient"
import { Cause, Effect, Layer, Queue, Result, type Scope } from "effect"
import { WebSocket } from "ws"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { requestHead } from "./RequestHead.ts"
import { onBehalf } from "./OnBehalf.ts"
import { openSocket, type SafeSocket } from "./SafeSocket.ts"
import { isSecure, targetOf } from "./Target.ts"

/** One message, in bytes; and fragments that wait for their last one. */
const maxMessage = 256 * 1024
/** All of them, bytes: what passes by is text until the next collection, twice as large. */
const maxReadBytes = 2 * maxMessage
const maxFragments = 4_096
/** Messages and pings of one conversation: half a MiB of the smallest would be 250,000, each with its work. */
const maxEvents = 2_000
/** How long the server may take to answer our close frame, milliseconds. */
const goodbyeMs = 500

type Failed = DialFailed | Refused

const make = (common: ExchangeEnvironment): WebSocketClient["Service"] => ({
  use: <A>(request: WebSocketRequest, use: (session: WebSocketSession) => Effect.Effect<A, Failed>) =>
    onBehalf(common, (environment) => session(environment, request, use))
})

const session = <A>(
  environment: ExchangeEnvironment,
  request: WebSocketRequest,
  use: (session: WebSocketSession) => Effect.Effect<A, Failed>
): Effect.Effect<WebSocketAnswer<A>> =>
  Effect.gen(function* () {
    const { family, onPhase, timeoutMs, tls, url } = request
    const { host, port } = targetOf(url)
    const secure = isSecure(url) ? { tls: tls ?? {}, protocols: ["http/1.1"] } : {}
    const open = yield* openSocket(environment, { host, port, family, onPhase, timeoutMs, maxReadBytes, ...secure })
    return yield* Effect.raceFirst(
      Effect.flatMap(upgrade(open, request, environment.limits.maxHeadBytes), (session) =>
        Effect.tap(answered(use(session), open), () => session.leave)
      ),
      patiently(open)
    ).pipe(Effect.catch((failure) => Effect.succeed(answer<A>(open, Result.fail(faultOf(open) ?? failure)))))
  }).pipe(
    Effect.catch((failure: DialFailed) =>
      Effect.succeed<WebSocketAnswer<A>>({ facts: failure.facts, result: Result.fail(failure) })
    ),
    Effect.scoped
  )

const layerIn = Layer.effect(WebSocketClient, Effect.map(NetEnvironment, make))

export const SafeWebSockets = { make, layerIn }

/** Time ends with the answer: our goodbye does not count. */
const answered = <A>(work: Effect.Effect<A, Failed>, open: SafeSocket): Effect.Effect<WebSocketAnswer<A>, Failed> =>
  Effect.map(work, (found) => answer(open, Result.succeed(found)))

const answer = <A>(open: SafeSocket, result: Result.Result<A, Failed>): WebSocketAnswer<A> => ({
  facts: open.facts(),
  result
})

/** A connection that breaks is told by the library too, and after what had come before. */
const patiently = (open: SafeSocket): Effect.Effect<never, DialFailed> =>
  Effect.tapError(open.failed, ({ cause }) => (cause === "reset" ? Effect.sleep(goodbyeMs) : Effect.void))

/** What broke the connection, unless it was ws, or everyone, that ended it: then ws knows more. */
const faultOf = (open: SafeSocket): DialFailed | undefined => {
  const failure = open.failure()
  return failure?.cause === "reset" && !/^E[A-Z]+$/.test(failure.detail) ? undefined : failure
}

interface Session extends WebSocketSession {
  readonly leave: Effect.Effect<void>
}

/** Switches to WebSocket; the socket is gone with the scope. */
const upgrade = (
  open: SafeSocket,
  request: WebSocketRequest,
  maxHeaderSize: number
): Effect.Effect<Session, Failed, Scope.Scope> =>
  Effect.gen(function* () {
    const { headers, protocols, url } = request
    const plain = { url, method: "GET", headers, timeoutMs: 0 }
    if (requestHead(plain) === undefined) return yield* dialFailed(open, "invalid_request", "")
    const events = yield* Queue.unbounded<WebSocketEvent, Failed>()
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() =>
        new WebSocket(url, [...protocols], {
          createConnection: () => open.socket,
          headers: Object.fromEntries(headers),
          perMessageDeflate: false,
          followRedirects: false,
          maxPayload: maxMessage,
          maxFragments,
          maxBufferedChunks: maxFragments,
          // Bounded by what is counted; ws would hang up without a word.
          maxPendingAutoPongs: 0,
          maxHeaderSize
        } as WebSocket.ClientOptions).on("error", () => {})
      ),
      (socket) => Effect.sync(() => socket.terminate())
    )
    let count = 0
    const isTooMuch = (): boolean => {
      if (++count <= maxEvents) return false
      Queue.failCauseUnsafe(events, Cause.fail(dialFailed(open, "too_much", `more than ${maxEvents} messages`)))
      socket.terminate()
      return true
    }
    socket.on("ping", isTooMuch)
    socket.on("message", (data: Buffer) => {
      if (!isTooMuch()) Queue.offerUnsafe(events, { _tag: "Message", text: data.toString(), bytes: data.length })
    })
    socket.on("close", (code, reason) => Queue.offerUnsafe(events, { _tag: "Closed", code, reason: reason.toString() }))
    const response = yield* handshake(open, socket)
    socket.on("error", (error: NodeJS.ErrnoException) =>
      Queue.failCauseUnsafe(events, Cause.fail(frameFailure(open, error)))
    )
    return {
      protocol: socket.protocol,
      headers: pairs(response.rawHeaders),
      send: (text) =>
        Effect.callback((resume) =>
          socket.send(text, (error) =>
            resume(
              error == null ? Effect.void : Effect.fail(open.failure() ?? dialFailed(open, "reset", error.message))
            )
          )
        ),
      receive: Queue.take(events),
      leave: Effect.ignore(
        Effect.timeoutOption(
          Effect.callback<void>((resume) => {
            socket.once("close", () => resume(Effect.void))
            socket.close(1000)
          }),
          goodbyeMs
        )
      )
    } satisfies Session
  })

const handshake = (open: SafeSocket, socket: WebSocket): Effect.Effect<IncomingMessage, Failed> =>
  Effect.callback((resume) => {
    let response: IncomingMessage | undefined
    socket.once("upgrade", (it) => (response = it))
    socket.once("open", () => resume(Effect.succeed(response!)))
    socket.once("unexpected-response", (request: ClientRequest, it) => {
      request.destroy()
      resume(Effect.fail(notSwitched(it)))
    })
    socket.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(faultOf(open) ?? handshakeFailure(open, error)))
    )
  })

const notSwitched = ({ headers, statusCode = 0 }: IncomingMessage): Refused => {
  const { location } = headers
  const where = location === undefined ? "" : ` It points to "${quoted(location)}": write that into the URL.`
  return new Refused({
    code: "upgrade_refused",
    message: `The server answers with the HTTP status ${statusCode} instead of switching to WebSocket.${where}`
  })
}

/** What ws and the HTTP parser of Node say of an answer. */
const handshakeFailure = (open: SafeSocket, error: NodeJS.ErrnoException): Failed => {
  const { code = "", message } = error
  if (code === "HPE_HEADER_OVERFLOW") return dialFailed(open, "headers_too_large", code)
  if (code.startsWith("HPE_")) {
    return dialFailed(open, open.socket.bytesRead === 0 ? "empty" : "not_http", code)
  }
  if (code !== "") return dialFailed(open, open.facts().phases.transfer === undefined ? "empty" : "closed_early", code)
  return /subprotocol/.test(message)
    ? new Refused({
        code: "subprotocol",
        message: "The server did not choose one of the subprotocols that were asked for."
      })
    : new Refused({
        code: "bad_handshake",
        message: `The server switches, but not to this WebSocket: ${quoted(message)}.`
      })
}

const frameFailure = (open: SafeSocket, { code, message }: NodeJS.ErrnoException): Failed => {
  const fault = faultOf(open)
  if (fault !== undefined) return fault
  if (code !== undefined && excessive.has(code)) return dialFailed(open, "too_much", code)
  return code?.startsWith("WS_ERR_") === true
    ? new Refused({ code: "bad_frame", message: `The server broke the WebSocket protocol: ${quoted(message)}.` })
    : dialFailed(open, "reset", code ?? message)
}

const excessive = new Set([
  "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
  "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH",
  "WS_ERR_TOO_MANY_BUFFERED_PARTS"
])

const dialFailed = (open: SafeSocket, cause: DialFailed["cause"], detail: string): DialFailed =>
  new DialFailed({ cause, detail, facts: open.facts() })

const pairs = (raw: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ""] as const] : []))
