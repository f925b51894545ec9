/** A gRPC server that offers the standard health service: what it says of itself, or of one of its services. */
import { Effect, Schema } from "effect"
import type { ConnectionFacts } from "./Conversation.ts"
import { DialFailed } from "./Conversation.ts"
import { failed, judged } from "./converse.ts"
import { CheckProgress } from "./Dialer.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { identityFields, identityOf, identityProblem } from "./fields/ClientIdentity.ts"
import { Headers } from "./fields/Headers.ts"
import { dialledHost, Host, hostAndPort } from "./fields/Host.ts"
import { authFields } from "./fields/HttpAuth.ts"
import { Port } from "./fields/Port.ts"
import { trustFields, trustOf } from "./fields/Trust.ts"
import { type GrpcAnswer, GrpcClient } from "./GrpcClient.ts"
import { healthOf, healthPath, healthRequest, type ServingStatus } from "./grpcHealth.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { quoted, Refused } from "./Refused.ts"

/** Names that are gRPC's own (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
const reserved = /^(grpc-.*|content-type|te|user-agent)$/i

const Metadata = Headers.check(
  Schema.makeFilter((metadata) => {
    const name = Object.keys(metadata).find((name) => reserved.test(name))
    return name === undefined || `"${name}" is set by V-Insight and cannot be changed`
  }),
  // Last: JSON Schema keeps what is said of a field with the last check that it can express.
  Schema.isMaxProperties(50)
)

const Settings = Schema.Struct({
  host: Host.annotate({ title: "Host", description: "A name or an IP address." }),
  port: Port.annotate({ title: "Port", description: "From 1 to 65535." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(443))
  ),
  security: Schema.Literals(["tls", "none"])
    .annotate({ title: "Encryption", description: "tls, or none: HTTP/2 in the clear." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("tls" as const))),
  service: Schema.String.check(Schema.isMaxLength(200, { message: "At most 200 characters" }))
    .annotate({
      title: "Service",
      description: "Whose health is asked, such as shop.v1.Orders. Left empty, the server's as a whole."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(""))),
  metadata: Schema.optionalKey(
    Schema.NullOr(Metadata).annotate({
      title: "Metadata",
      description: "Names and values that are sent with the call, such as API keys. They are never shown again."
    })
  ),
  token: authFields.token.annotate({ title: "Token", description: "Sent as authorization: Bearer and this." }),
  ...trustFields,
  ...identityFields,
  assertions: assertionsOf([
    "total_ms",
    "dns_ms",
    "connect_ms",
    "tls_ms",
    "first_byte_ms",
    "transfer_ms",
    "certificate_days",
    "certificate_issuer",
    "certificate_subject",
    "tls_version"
  ])
})
  .check(Schema.makeFilter((settings) => identityProblem(settings)))
  .annotate({ identifier: "GrpcSettings" })
type Settings = typeof Settings.Type

export const grpc = define({
  type: "grpc",
  label: "gRPC",
  description: "A gRPC server says of itself, or of one of its services, that it is serving.",
  target: ({ host, port, service }) => `${hostAndPort(host, port)}${service === "" ? "" : ` ${service}`}`,
  settings: Settings,
  secrets: ["token", "metadata", "clientKey"],
  check: Effect.fnUntraced(function* (settings: Settings, { timeoutMs }: CheckLimits) {
    const { assertions, host, metadata, port, security, service, token } = settings
    const client = yield* GrpcClient
    const answer = yield* client.call({
      host: dialledHost(host) ?? host,
      port,
      tls: security === "tls" ? { ...trustOf(settings), ...identityOf(settings) } : undefined,
      path: healthPath,
      metadata: [
        ...(token == null || token === "" ? [] : [["authorization", `Bearer ${token}`] as const]),
        ...Object.entries(metadata ?? {})
      ],
      message: healthRequest(service),
      timeoutMs,
      onPhase: yield* CheckProgress
    })
    const problem = problemOf(answer, service)
    return problem === undefined
      ? yield* judged({ traits: { health: "SERVING" } }, answer.facts, assertions)
      : failed(problem, host, answer.facts, port)
  })
})

const refused = (code: string, message: string): Refused => new Refused({ code, message })

/** Undefined: it is serving. */
const problemOf = (answer: GrpcAnswer, service: string): DialFailed | Refused | undefined => {
  const { body, contentType, facts, failure, httpStatus, status } = answer
  if (failure !== undefined) return failureOf(failure, facts)
  if (httpStatus !== 200)
    return refused("not_grpc", `The server answers with the HTTP status ${httpStatus}, not in gRPC.`)
  if (!/^application\/grpc(\+proto)?(;|$)/.test(contentType)) {
    return refused("not_grpc", `The server answers with "${quoted(contentType)}", not in gRPC.`)
  }
  if (status === undefined) return refused("not_grpc", "The server's answer has no status of gRPC.")
  if (status !== "0") return statusProblem(answer, status, service)
  const health = healthOf(body)
  return health === undefined
    ? refused("bad_message", "The answer is not a message of the health service.")
    : healthProblem(health, service)
}

const failureOf = ({ cause, message }: NonNullable<GrpcAnswer["failure"]>, facts: ConnectionFacts) =>
  cause === "http1_only"
    ? refused("not_grpc", "The server does not speak HTTP/2, which gRPC needs.")
    : new DialFailed({ cause, detail: message, facts })

const named = (service: string): string => (service === "" ? "The server" : `The service "${quoted(service)}"`)

const healthProblem = (health: ServingStatus, service: string): Refused | undefined => {
  switch (health) {
    case "SERVING":
      return undefined
    case "NOT_SERVING":
      return refused("not_serving", `${named(service)} says that it is not serving.`)
    case "SERVICE_UNKNOWN":
      return unknownService(service)
    case "UNKNOWN":
      return refused("health_unknown", `${named(service)} does not say whether it is serving.`)
  }
}

const unknownService = (service: string): Refused =>
  refused(
    "service_unknown",
    service === ""
      ? "The server does not say how it is as a whole: name one of its services."
      : `The server does not know the service "${quoted(service)}".`
  )

/** Names of the statuses of calls (https://github.com/grpc/grpc/blob/master/doc/statuscodes.md). */
const statusNames = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED"
]

const statusProblem = ({ statusMessage }: GrpcAnswer, status: string, service: string): Refused => {
  const name = statusNames[/^\d{1,2}$/.test(status) ? Number(status) : -1]
  if (name === undefined)
    return refused("not_grpc", `The call's status is "${quoted(status)}", which gRPC does not have.`)
  if (name === "NOT_FOUND") return unknownService(service)
  if (name === "UNIMPLEMENTED") {
    return refused("grpc_unimplemented", "The server does not offer the health service (grpc.health.v1.Health).")
  }
  const words = statusMessage === "" ? "." : `: ${quoted(statusMessage)}`
  return refused(`grpc_${name.toLowerCase()}`, `The call ended with ${name}${words}`)
}
