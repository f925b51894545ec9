/** What operators and orchestrators ask: does the process live, is it ready for requests, and what is wrong. */
import { Context, Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { SqlClient } from "effect/sql"
import { PrometheusMetrics } from "effect/observability"
import { HttpServerResponse } from "effect/http"
import { ReportSql } from "@v-insight/database/ReportSql"
import { TenantSql } from "@v-insight/database/TenantSql"
import * as envelope from "./http/envelope.ts"
import { healthPath, livePath, metricsPath, readyPath } from "./http/paths.ts"
import { CurrentRequest } from "./http/RequestInfo.ts"
import { LiveFeed } from "./live/LiveFeed.ts"
import { WorkRequests } from "./live/WorkRequests.ts"
import { setLiveConnections, setTransactions, setWorkPending } from "./Metrics.ts"

/** Whoever asks wants an answer within a second, whatever the database does. */
const databaseTimeout = "800 millis"
/** Many may ask; the database is asked once. */
const rememberedFor = "500 millis"

/** Whether the process still takes work: no longer once it was told to stop. */
export class Readiness extends Context.Service<
  Readiness,
  { readonly isStopping: () => boolean; readonly stop: Effect.Effect<void> }
>()("@v-insight/server/Readiness") {
  static readonly layer = Layer.sync(Readiness, () => {
    let isStopping = false
    return Readiness.of({ isStopping: () => isStopping, stop: Effect.sync(() => void (isStopping = true)) })
  })
}

export const HealthRoutes = Layer.unwrap(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const readiness = yield* Readiness
    const reports = yield* ReportSql
    const isDatabaseUp = yield* sql`SELECT 1`.pipe(
      Effect.timeout(databaseTimeout),
      Effect.match({ onSuccess: () => true, onFailure: () => false }),
      Effect.cachedWithTTL(rememberedFor)
    )
    const state = Effect.map(isDatabaseUp, (database) => {
      const stopping = readiness.isStopping()
      const judgement = reports.judgement()
      const checks = {
        database: database ? "up" : "down",
        // Without it the primary does all the work: no reason to send people elsewhere.
        ...(judgement === undefined ? {} : { replica: judgement.isUsable ? "up" : "not used" }),
        process: stopping ? "stopping" : "up"
      }
      return database && !stopping
        ? envelope.success({ status: "ok", checks })
        : envelope.failure(503, "UNAVAILABLE", "Not ready for requests.", { status: "unavailable", checks })
    })
    return Layer.mergeAll(
      get(healthPath, state),
      get(readyPath, state),
      get(livePath, Effect.succeed(envelope.success({ status: "ok" }))),
      MetricsRoute
    )
  })
)

/** Gauges are read when somebody looks. */
const MetricsRoute = Layer.unwrap(
  Effect.gen(function* () {
    const tenantSql = yield* TenantSql
    const feed = yield* LiveFeed
    const work = yield* WorkRequests
    const text = Effect.suspend(() => {
      setTransactions(tenantSql.load())
      setLiveConnections(feed.connections())
      setWorkPending(work.pending())
      return PrometheusMetrics.format()
    })
    const contentType = "text/plain; version=0.0.4; charset=utf-8"
    return get(
      metricsPath,
      Effect.map(text, (body) => HttpServerResponse.text(body, { contentType }))
    )
  })
)

const get = (path: `/${string}`, answer: Effect.Effect<HttpServerResponse.HttpServerResponse>) =>
  HttpRouter.add(
    "GET",
    path,
    Effect.tap(
      answer,
      Effect.map(CurrentRequest, (info) => void (info.endpoint = `GET ${path}`))
    )
  )
