/** What was: series, uptime, days and the week of a monitor, and the tenant at a glance. All from rollups. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Dashboard, Day, Heatmap, Series, UptimeSpan } from "../model/History.ts"
import { MonitorId } from "../model/Monitor.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

/** More cannot be told apart on a screen. */
const maxPoints = 500
const maxDays = 400
/** Hours are looked at one by one. */
const maxHeatmapDays = 90
/** The longest name of a time zone has 32. */
const maxZoneLength = 64

const byId = { params: { id: MonitorId } }
const zone = Schema.optionalKey(Schema.String.check(Schema.isMaxLength(maxZoneLength)))
const upTo = (maximum: number) =>
  Schema.optionalKey(Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum })))

export class HistoryApi extends HttpApiGroup.make("history")
  .add(
    /** Of any range; `from` and `to` are RFC 3339 instants, the last 24 hours when left out. Steps are 5 minutes or more. */
    HttpApiEndpoint.get("series", "/:id/series", {
      ...byId,
      query: { from: Envelope.instantQuery, to: Envelope.instantQuery, points: upTo(maxPoints) },
      success: Envelope.ok(Series),
      error: [NotFoundResponse, ValidationFailedResponse]
    }),
    /** The newest 24 hours, 7, 30, 90 and 365 days, each up to now. */
    HttpApiEndpoint.get("uptime", "/:id/uptime", {
      ...byId,
      success: Envelope.ok(Schema.Array(UptimeSpan)),
      error: NotFoundResponse
    }),
    /** The newest days in UTC, today last; 90 when not told. */
    HttpApiEndpoint.get("days", "/:id/days", {
      ...byId,
      query: { days: upTo(maxDays) },
      success: Envelope.ok(Schema.Array(Day)),
      error: NotFoundResponse
    }),
    /** When in the week it is slow or down, over the newest days (28 when not told), in an IANA time zone (UTC). */
    HttpApiEndpoint.get("heatmap", "/:id/heatmap", {
      ...byId,
      query: { timeZone: zone, days: upTo(maxHeatmapDays) },
      success: Envelope.ok(Heatmap),
      error: [NotFoundResponse, ValidationFailedResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/monitors")
  .annotateMerge(OpenApi.annotations({ title: "History" })) {}

export class DashboardApi extends HttpApiGroup.make("dashboard")
  .add(HttpApiEndpoint.get("get", "/", { success: Envelope.ok(Dashboard) }))
  .middleware(Authorization)
  .prefix("/dashboard")
  .annotateMerge(OpenApi.annotations({ title: "Dashboard" })) {}
