/** The worker's GrpcClient: a unary call is one exchange of HTTP/2 whose last word stands in the trailers. */
import type { ExchangeFailure } from "@v-insight/domain/monitor-types/Dialer"
import { hostAndPort } from "@v-insight/domain/monitor-types/fields/Host"
import { type GrpcAnswer, GrpcClient, type GrpcRequest } from "@v-insight/domain/monitor-types/GrpcClient"
import { Effect, Layer } from "effect"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { http2Call, type Http2Result, invalid } from "./Http2Exchange.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { onBehalf } from "./OnBehalf.ts"
import { hostTarget } from "./Target.ts"

/** Of an answer's body; that of the health service has two bytes. */
const keepBytes = 64 * 1024
const maxReadBytes = 4 * keepBytes

const make = ({ limits, ...common }: ExchangeEnvironment): GrpcClient["Service"] => ({
  call: (request) => {
    const { host, onPhase, path, port, timeoutMs, tls } = request
    if (hostTarget(host, port) === undefined) return Effect.succeed(answerOf({ ...invalid, trailers: [] }))
    const scheme = tls === undefined ? "http" : "https"
    const url = new URL(`${scheme}://${hostAndPort(host, port)}${path}`)
    const body = framed(request.message)
    const exchange = { url, method: "POST", headers: [], body, tls, timeoutMs, keepBytes, onPhase }
    return onBehalf({ ...common, limits: { ...limits, maxReadBytes } }, (environment) =>
      Effect.map(http2Call(environment, exchange, fieldsOf(request, scheme, url)), answerOf)
    )
  }
})

const layerIn = Layer.effect(GrpcClient, Effect.map(NetEnvironment, make))

export const SafeGrpc = { make, layerIn }

/** Not compressed, and so long. */
const framed = (message: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(5 + message.length)
  new DataView(bytes.buffer).setUint32(1, message.length)
  bytes.set(message, 5)
  return bytes
}

const fieldsOf = ({ metadata, timeoutMs }: GrpcRequest, scheme: string, url: URL) => ({
  ...Object.fromEntries(metadata.map(([name, value]) => [name.toLowerCase(), value])),
  ":method": "POST",
  ":scheme": scheme,
  ":authority": url.host,
  ":path": url.pathname,
  te: "trailers",
  "content-type": "application/grpc",
  "user-agent": "V-Insight",
  "grpc-timeout": `${timeoutMs}m`
})

const answerOf = ({ failure, response, trailers, ...facts }: Http2Result): GrpcAnswer => {
  const headers = response?.headers ?? []
  // An answer without a message has its trailers in the head.
  const last = (name: string) => [...trailers, ...headers].find((header) => header[0] === name)?.[1]
  return {
    facts,
    failure: response?.isTruncated === true ? tooMuch : failure,
    httpStatus: response?.status,
    contentType: last("content-type") ?? "",
    status: last("grpc-status"),
    statusMessage: decoded(last("grpc-message") ?? ""),
    body: response?.body ?? new Uint8Array(0)
  }
}

const tooMuch: ExchangeFailure = { cause: "too_much", message: "a body that is no message" }

/** Percent-encoded UTF-8; what is not is taken as it stands. */
const decoded = (message: string): string => {
  const bytes = message.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16))
  )
  return Buffer.from(bytes, "latin1").toString()
}
