/** The HTTP server itself: limits on what clients may take up, and a stop that lets requests finish. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { createServer, type ServerOptions } from "node:http"
import type { Duplex } from "node:stream"
import { Readiness } from "./Health.ts"
import { LiveFeed } from "./live/LiveFeed.ts"
import { Reception } from "./Reception.ts"
import { Routes } from "./Routes.ts"
import { Settings } from "./Settings.ts"

/** A client that takes longer to say what it wants is not served; milliseconds. */
const timeouts: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  // Longer than proxies keep theirs, so that they never write into a closing one.
  keepAliveTimeout: 75_000
}
/** Nothing sent, nothing read: longer than any check that is waited for, and than eight heartbeats. */
const idleTimeout = 120_000
/** For the answer to a request that cannot be read, milliseconds. */
const lingerMs = 2_000
const stopTimeout = "9 seconds"

/** What is not HTTP never becomes a request; its answer is written by hand. */
const refuse = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy()
  const [status, code, message] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", "HEADERS_TOO_LARGE", "Send less than 16 KiB of headers."]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "REQUEST_TIMEOUT", "Send the request faster."]
        : ["400 Bad Request", "BAD_REQUEST", "This is not an HTTP request."]
  const body = JSON.stringify({ data: null, error: { code, message, details: {} }, meta: {} })
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`)
  // Who neither reads it nor stops sending would keep the connection for ever.
  AbortSignal.timeout(lingerMs).addEventListener("abort", () => socket.destroy(), { once: true })
}

const listener = () => createServer(timeouts).setTimeout(idleTimeout).on("clientError", refuse)

/** Built last, so closed first: live streams end, and nobody new is sent here. */
const Listening = Layer.effectDiscard(
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const feed = yield* LiveFeed
    const readiness = yield* Readiness
    yield* Effect.addFinalizer(() => Effect.andThen(readiness.stop, feed.end))
    yield* Effect.logInfo("listening").pipe(Effect.annotateLogs({ port: "port" in address ? address.port : 0 }))
  })
)

export const Server = Layer.unwrap(
  Effect.map(Settings, ({ host, port }) =>
    Layer.merge(Listening, Reception).pipe(
      Layer.provide(HttpRouter.serve(Routes, { disableLogger: true, disableListenLog: true })),
      Layer.provideMerge(NodeHttpServer.layer(listener, { host, port, gracefulShutdownTimeout: stopTimeout })),
      Layer.provide(Readiness.layer)
    )
  )
)
