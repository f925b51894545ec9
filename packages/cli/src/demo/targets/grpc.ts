/** A gRPC server that says of everything that it is serving: HTTP/2 in the clear, one message, trailers. */
import { Effect, FiberSet, type Scope } from "effect"
import { createServer } from "node:http2"
import type { Refusal } from "../../Refusal.ts"
import { wantedPorts } from "../Places.ts"
import { serving } from "./listen.ts"

/** Not compressed, two bytes long: `status = SERVING` (domain/monitor-types/grpcHealth). */
const isServing = Buffer.of(0, 0, 0, 0, 2, 0x08, 0x01)

export const grpcServer: Effect.Effect<number, Refusal, Scope.Scope> = Effect.gen(function* () {
  const run = yield* FiberSet.makeRuntime()
  return yield* serving("gRPC", wantedPorts.grpc, () => {
    const server = createServer()
    server.on("stream", (stream) => {
      stream.on("error", () => stream.destroy())
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
      const reply = Effect.sync(() => {
        if (stream.destroyed) return
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
        stream.end(isServing)
      })
      stream.resume()
      stream.once("end", () => void run(Effect.andThen(Effect.sleep(4), reply)))
    })
    return server
  })
})
