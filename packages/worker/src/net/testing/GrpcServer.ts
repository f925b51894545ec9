/** A gRPC server by @grpc/grpc-js on loopback, with the standard health service as a test wants it to answer. */
import * as grpc from "@grpc/grpc-js"
import { loadSync } from "@grpc/proto-loader"
import { Effect, type Scope } from "effect"
import { certificate, key } from "./Certificates.ts"

const loaded = grpc.loadPackageDefinition(
  loadSync(new URL("./health.proto", import.meta.url).pathname, { enums: String, defaults: true })
)
const { Health } = (loaded as unknown as { grpc: { health: { v1: { Health: grpc.ServiceClientConstructor } } } }).grpc
  .health.v1

export interface HealthCall {
  readonly service: string
  readonly metadata: grpc.Metadata
  readonly deadline: grpc.Deadline
}

/** The name of a status of health, or of a call with the server's words to it; undefined: no answer. */
export type HealthReply = string | { readonly code: grpc.status; readonly details: string } | undefined

type Check = grpc.handleUnaryCall<{ service: string }, { status: string }>

export interface GrpcServerOptions {
  readonly isSecure?: boolean
  /** Clients must show a certificate that this one signed. */
  readonly clientAuthority?: string
  /** The health service is not offered. */
  readonly isBare?: boolean
}

export const grpcServer = (
  reply: (call: HealthCall) => HealthReply,
  { clientAuthority, isBare = false, isSecure = true }: GrpcServerOptions = {}
): Effect.Effect<{ readonly port: number }, never, Scope.Scope> =>
  Effect.suspend(() => {
    const server = new grpc.Server()
    const check: Check = (call, done) => {
      const answer = reply({ service: call.request.service, metadata: call.metadata, deadline: call.getDeadline() })
      if (typeof answer === "string") done(null, { status: answer })
      else if (answer !== undefined) done({ ...answer, name: "", message: answer.details })
    }
    if (!isBare) server.addService(Health.service, { Check: check })
    const keys = { cert_chain: Buffer.from(certificate("valid")), private_key: Buffer.from(key) }
    const root = clientAuthority === undefined ? null : Buffer.from(clientAuthority)
    const credentials = isSecure
      ? grpc.ServerCredentials.createSsl(root, [keys], root !== null)
      : grpc.ServerCredentials.createInsecure()
    return Effect.acquireRelease(
      Effect.callback<{ readonly port: number }>((resume) => {
        server.bindAsync("127.0.0.1:0", credentials, (error, port) =>
          resume(error === null ? Effect.succeed({ port }) : Effect.die(error))
        )
      }),
      () => Effect.sync(() => server.forceShutdown())
    )
  })
