/**
 * One HTTP/2 exchange on one fresh connection: node:http2 over a socket of ours, with the limits of Exchange. Over TLS
 * the server must choose h2 (RFC 9113 section 3.2); without, it is assumed to know it (section 3.3).
 */
import type { TLSSocket } from "node:tls"
import * as http2 from "node:http2"
import type { DialFailed } from "@v-insight/domain/monitor-types/Conversation"
import type { ExchangeCause, ExchangeRequest, ExchangeResult } from "@v-insight/domain/monitor-types/Dialer"
import { Effect, Result, Struct } from "effect"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { Http2Answer, type Http2Fault } from "./Http2Answer.ts"
import { requestHead } from "./RequestHead.ts"
import type { Header } from "./ResponseHead.ts"
import { openSocket, type SafeSocket } from "./SafeSocket.ts"
import { isSecure, targetOf } from "./Target.ts"

/** Megabytes that one session may hold, and how many frames of no use it may be sent. */
const sessionLimits = { maxSessionMemory: 4, maxOutstandingPings: 4, maxSettings: 16, maxSessionInvalidFrames: 16 }
/** Half of what is read elsewhere: node:http2 takes new memory for each piece, which is garbage until collected. */
const maxReadBytes = 2 * 1024 * 1024
/** Fields per head. */
const maxFields = 500
/** How often what came is counted, frames that no stream sees included, milliseconds. */
const countEveryMs = 50

export const http2Exchange = (
  environment: ExchangeEnvironment,
  request: ExchangeRequest
): Effect.Effect<ExchangeResult> => {
  const fields = fieldsOf(request)
  return fields === undefined
    ? Effect.succeed(invalid)
    : Effect.map(http2Call(environment, request, fields), (result) => Struct.omit(result, ["trailers"]))
}

export interface Http2Result extends ExchangeResult {
  readonly trailers: ReadonlyArray<Header>
}

/** Sends these fields as they are, the pseudo-fields among them; of the request's own only what is beside them. */
export const http2Call = (
  environment: ExchangeEnvironment,
  request: ExchangeRequest,
  fields: http2.OutgoingHttpHeaders
): Effect.Effect<Http2Result> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { family, keepBytes, method, onPhase, timeoutMs, tls, url } = request
      const { host, port } = targetOf(url)
      const limits = {
        ...environment.limits,
        maxReadBytes: Math.min(environment.limits.maxReadBytes, maxReadBytes)
      }
      const open = yield* openSocket(environment, {
        host,
        port,
        family,
        onPhase,
        timeoutMs,
        ...(isSecure(url) ? { tls: tls ?? {}, protocols: ["h2"] } : {})
      })
      const answer = new Http2Answer(method, limits, keepBytes, () => open.arrived())
      const fault = yield* Effect.raceFirst(
        Effect.raceFirst(converse(open, request, fields, answer), countBytes(open, answer)),
        Effect.tap(Effect.flip(open.failed), ({ cause }) =>
          cause === "reset" ? Effect.sleep(patienceMs) : Effect.void
        )
      )
      const failure = fault === undefined ? undefined : { cause: causeOf(fault, answer), message: fault.detail }
      const facts = open.finish(failure === undefined)
      return { failure, response: answer.response(), trailers: answer.trailers, ...facts }
    }).pipe(
      Effect.catchTag("DialFailed", ({ cause, detail, facts }) =>
        Effect.succeed<Http2Result>({
          failure: { cause: cause === "http2_only" ? "http1_only" : cause, message: detail },
          response: undefined,
          trailers: [],
          ...facts
        })
      )
    )
  )

/** A connection that is gone is no matter to an answer that is whole: so long it may take to be decoded, milliseconds. */
const patienceMs = 500

/** Nothing was sent. */
export const invalid: ExchangeResult = {
  failure: { cause: "invalid_request", message: "" },
  response: undefined,
  phases: {},
  totalUs: 0,
  address: undefined,
  certificate: undefined,
  tlsVersion: undefined
}

/** Undefined: all is well. */
const converse = (
  open: SafeSocket,
  { body, url }: ExchangeRequest,
  fields: http2.OutgoingHttpHeaders,
  answer: Http2Answer
): Effect.Effect<Http2Fault | undefined> =>
  Effect.callback((resume) => {
    if (isSecure(url) && (open.socket as TLSSocket).alpnProtocol !== "h2") {
      return resume(Effect.succeed({ cause: "http1_only", detail: "the server did not choose h2" }))
    }
    const session = http2.connect(url.origin, {
      createConnection: () => open.socket,
      settings: { enablePush: false, maxHeaderListSize: answer.maxHeadBytes },
      maxHeaderListPairs: maxFields,
      ...sessionLimits
    })
    const sent = Result.try({
      try: () => session.request(fields, { endStream: body === undefined }),
      catch: (error) => error as NodeJS.ErrnoException
    })
    const close = (): void => {
      if (Result.isSuccess(sent)) sent.success.destroy()
      session.destroy()
      answer.close()
    }
    session.on("error", (error: NodeJS.ErrnoException) => answer.fail("not_http", error.code ?? error.message))
    session.on("remoteSettings", () => {
      answer.isHttp2 = true
      answer.countIdle()
    })
    session.on("ping", () => answer.countIdle())
    session.on("close", () => answer.end())
    if (Result.isFailure(sent)) {
      close()
      return resume(Effect.succeed({ cause: "invalid_request", detail: sent.failure.code ?? "" }))
    }
    answer.read(sent.success, (fault) => {
      close()
      resume(Effect.succeed(fault))
    })
    if (body !== undefined) sent.success.end(body)
    return Effect.sync(close)
  })

/** What comes outside of our stream (pings, settings, unknown frames) costs bytes too. */
const countBytes = (open: SafeSocket, answer: Http2Answer): Effect.Effect<never> =>
  Effect.forever(
    Effect.andThen(
      Effect.sleep(countEveryMs),
      Effect.sync(() => answer.count(open.socket.bytesRead))
    )
  )

const causeOf = (fault: Http2Fault | DialFailed, { isHttp2 }: Http2Answer): ExchangeCause =>
  // The first thing that a server of HTTP/2 sends is its settings (RFC 9113 section 3.4).
  fault.cause === "not_http" && !isHttp2 ? "http1_only" : fault.cause

/** Of HTTP/1.1 only (RFC 9113 section 8.2.2). */
const ofConnections = new Set(["keep-alive", "proxy-connection", "te", "upgrade", "http2-settings"])

const fieldsOf = (request: ExchangeRequest): http2.OutgoingHttpHeaders | undefined => {
  if (requestHead(request) === undefined) return undefined
  const { body, headers, method, url } = request
  const fields: Record<string, string | Array<string>> = {
    ":method": method,
    ":scheme": url.protocol.slice(0, -1),
    ":authority": url.host,
    ":path": url.pathname + url.search
  }
  for (const [anyCase, value] of headers) {
    const name = anyCase.toLowerCase()
    if (ofConnections.has(name)) return undefined
    const before = fields[name]
    fields[name] = before === undefined ? value : [...(typeof before === "string" ? [before] : before), value]
  }
  if (body !== undefined) fields["content-length"] = String(body.length)
  return fields
}
