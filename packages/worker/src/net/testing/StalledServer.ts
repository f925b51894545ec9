/** A server whose kernel accepts a few connections and then no more: its program sleeps. */
import * as net from "node:net"
import { Worker } from "node:worker_threads"
import { Effect, type Scope } from "effect"

const program = `
  const { parentPort } = require("node:worker_threads")
  const server = require("node:net").createServer()
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
  })
`

/** More than the line of one that the kernel keeps. */
const fillers = 4

/** The port. Connections made to it now are never answered. */
export const stalledServer: Effect.Effect<number, never, Scope.Scope> = Effect.gen(function* () {
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(program, { eval: true })),
    (worker) => Effect.promise(() => worker.terminate())
  )
  const port = yield* Effect.callback<number>((resume) => {
    worker.once("message", (port: number) => resume(Effect.succeed(port)))
  })
  yield* Effect.acquireRelease(
    Effect.sync(() => Array.from({ length: fillers }, () => net.connect(port, "127.0.0.1").on("error", () => {}))),
    (sockets) => Effect.sync(() => sockets.forEach((socket) => socket.destroy()))
  ).pipe(
    Effect.tap(([first]) => Effect.callback<void>((resume) => void first!.once("connect", () => resume(Effect.void))))
  )
  return port
})
