/** Monitors and their checks. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { MonitorHistory } from "../model/History.ts"
import { Decision } from "../model/Incident.ts"
import {
  Confirmations,
  DegradedAfterMs,
  IntervalSeconds,
  Monitor,
  MonitorId,
  MonitorName,
  MonitorStatus,
  ParentIds,
  Quorum,
  RecoveryChecks,
  Regions,
  Tag,
  Tags,
  TimeoutSeconds
} from "../model/Monitor.ts"
import { CountedStatus, MonitorCheck } from "../model/MonitorCheck.ts"
import { RegionStandings } from "../model/Region.ts"
import { withSentSettings } from "../monitor-types/registry.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import {
  ConflictResponse,
  ForbiddenResponse,
  NotFoundResponse,
  TooManyRequestsResponse,
  UnavailableResponse,
  ValidationFailedResponse
} from "./Failures.ts"

const cadence = {
  intervalSeconds: Schema.optionalKey(IntervalSeconds),
  timeoutSeconds: Schema.optionalKey(TimeoutSeconds),
  confirmations: Schema.optionalKey(Confirmations),
  recoveryChecks: Schema.optionalKey(RecoveryChecks),
  /** Good when the check fails: for what must not be reachable. */
  inverted: Schema.optionalKey(Schema.Boolean),
  tags: Schema.optionalKey(Tags),
  /** Of `GET /regions`; none is the default one. */
  regions: Schema.optionalKey(Regions),
  /** How many regions must find it down; null is more than half. */
  quorum: Schema.optionalKey(Quorum),
  /** An answer that took longer makes a good check degraded, milliseconds; null is never. */
  degradedAfterMs: Schema.optionalKey(DegradedAfterMs),
  /** While one of these monitors is down, nobody is told that this one is. No circles. */
  parentIds: Schema.optionalKey(ParentIds)
}

/**
 * Create, and replace (PUT): what is left out takes its default; the name defaults to what is watched. Secret settings
 * that are left out are kept, unless the type changes; null removes one. A secret that would go to another server than
 * before has to be sent again.
 */
export const MonitorInput = withSentSettings({ name: Schema.optionalKey(MonitorName), ...cadence })
export type MonitorInput = typeof MonitorInput.Type

/** Change (PATCH): what is left out stays. Settings are merged field by field, then checked as a whole; secrets as in PUT. */
export const MonitorPatch = Schema.Struct({
  name: Schema.optionalKey(MonitorName),
  settings: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
  ...cadence
}).annotate({ identifier: "MonitorPatch" })
export type MonitorPatch = typeof MonitorPatch.Type

/** How many monitors are in each state. */
export const MonitorSummary = Schema.Struct({
  total: Schema.Int,
  up: Schema.Int,
  degraded: Schema.Int,
  down: Schema.Int,
  unknown: Schema.Int,
  pending: Schema.Int,
  paused: Schema.Int,
  maintenance: Schema.Int
}).annotate({ identifier: "MonitorSummary" })
export type MonitorSummary = typeof MonitorSummary.Type

/** A row of the list; with its history when that was asked for. */
export const ListedMonitor = Schema.Struct({
  ...Monitor.fields,
  history: Schema.optionalKey(MonitorHistory)
}).annotate({ identifier: "ListedMonitor" })
export type ListedMonitor = typeof ListedMonitor.Type

export const barsDefault = 30
const barsMax = 90

export const checksLimitDefault = 50
export const checksLimitMax = 500

const byId = { params: { id: MonitorId } }

export class MonitorsApi extends HttpApiGroup.make("monitors")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...Envelope.PageQuery,
        /** Part of the name, or of the settings' URL or host, in any case. */
        search: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))),
        status: Schema.optionalKey(MonitorStatus),
        tag: Schema.optionalKey(Tag),
        /** `history`: what became of each one's checks, in the same answer. */
        include: Schema.optionalKey(Schema.Literals(["history"])),
        /** How many days of it, today among them; 30 when not told. */
        bars: Schema.optionalKey(
          Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: barsMax }))
        )
      },
      success: Envelope.page(ListedMonitor)
    }),
    HttpApiEndpoint.post("create", "/", {
      payload: MonitorInput,
      success: Envelope.ok(Monitor).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ConflictResponse, ValidationFailedResponse]
    }),
    /** How many monitors are in each state: the first line of the list. */
    HttpApiEndpoint.get("summary", "/summary", {
      success: Envelope.ok(MonitorSummary)
    }),
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(Monitor), error: NotFoundResponse }),
    HttpApiEndpoint.put("replace", "/:id", {
      ...byId,
      payload: MonitorInput,
      success: Envelope.ok(Monitor),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.patch("change", "/:id", {
      ...byId,
      payload: MonitorPatch,
      success: Envelope.ok(Monitor),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.delete("remove", "/:id", {
      ...byId,
      success: Envelope.ok(Monitor),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    /** Undoes a removal. */
    HttpApiEndpoint.post("restore", "/:id/restore", {
      ...byId,
      success: Envelope.ok(Monitor),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse]
    }),
    HttpApiEndpoint.post("pause", "/:id/pause", {
      ...byId,
      success: Envelope.ok(Monitor),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    HttpApiEndpoint.post("resume", "/:id/resume", {
      ...byId,
      success: Envelope.ok(Monitor),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    /** Checks now, out of turn; answers when the check is done and stored. */
    HttpApiEndpoint.post("run", "/:id/run", {
      ...byId,
      success: Envelope.ok(MonitorCheck),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse, TooManyRequestsResponse, UnavailableResponse]
    }),
    /** How it stands in each of its regions. */
    HttpApiEndpoint.get("regions", "/:id/regions", {
      ...byId,
      success: Envelope.ok(RegionStandings),
      error: NotFoundResponse
    }),
    /** What was decided on it, newest first, and why: also what opened no incident, such as a failure during planned work. */
    HttpApiEndpoint.get("decisions", "/:id/decisions", {
      ...byId,
      query: Envelope.PageQuery,
      success: Envelope.page(Decision),
      error: NotFoundResponse
    }),
    HttpApiEndpoint.get("checks", "/:id/checks", {
      ...byId,
      query: {
        cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))),
        /** Only those that began from `from` on and before `to`: RFC 3339 instants. */
        from: Envelope.instantQuery,
        to: Envelope.instantQuery,
        status: Schema.optionalKey(CountedStatus),
        limit: Schema.optionalKey(
          Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: checksLimitMax }))
        )
      },
      success: Envelope.stretch(MonitorCheck),
      error: [NotFoundResponse, ValidationFailedResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/monitors")
  .annotateMerge(OpenApi.annotations({ title: "Monitors" })) {}
