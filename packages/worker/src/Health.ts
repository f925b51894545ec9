/** What operators and orchestrators ask the worker: /health, /health/live, /health/ready and /metrics on its own port. */
import { PgClient } from "@effect/sql-pg"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { Sharding } from "effect/cluster"
import { createServer } from "node:http"
import { Connectivity } from "./connectivity/Connectivity.ts"
import { metricsPage } from "./metrics/metricsPage.ts"

const databaseTimeout = "2 seconds"

const envelope = (data: object) => ({ data, error: null, meta: {} })

const isDatabaseUp = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  return yield* sql`SELECT 1`.pipe(
    Effect.timeout(databaseTimeout),
    Effect.match({ onSuccess: () => true, onFailure: () => false })
  )
})

/** Ready to check: the database answers and the cluster has not begun to shut down. */
const state = Effect.gen(function* () {
  const database = yield* isDatabaseUp
  const stopping = yield* (yield* Sharding.Sharding).isShutdown
  // A worker that is blind stays ready: a new one would be as blind.
  const { network, resolver } = (yield* Connectivity).state()
  return {
    isReady: database && !stopping,
    checks: { database: database ? "up" : "down", cluster: stopping ? "stopping" : "up", network, resolver }
  }
})

const answer = Effect.map(state, ({ checks, isReady }) =>
  HttpServerResponse.jsonUnsafe(envelope({ status: isReady ? "ok" : "unavailable", checks }), {
    status: isReady ? 200 : 503
  })
)

const Routes = Layer.mergeAll(
  HttpRouter.add("GET", "/health", answer),
  HttpRouter.add("GET", "/health/ready", answer),
  HttpRouter.add("GET", "/health/live", HttpServerResponse.jsonUnsafe(envelope({ status: "ok" }))),
  HttpRouter.add("GET", "/metrics", metricsPage)
)

const Listening = Layer.effectDiscard(
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    yield* Effect.logInfo("listening").pipe(Effect.annotateLogs({ port: "port" in address ? address.port : 0 }))
  })
)

export const layer = (options: { readonly host: string; readonly port: number }) =>
  HttpRouter.serve(Routes, { disableLogger: true, disableListenLog: true }).pipe(
    Layer.merge(Listening),
    Layer.provide(NodeHttpServer.layer(createServer, options))
  )
