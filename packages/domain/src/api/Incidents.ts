/** Incidents: opened and resolved by the worker, acknowledged and resolved by people. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AlertTrigger } from "../model/AlertRule.ts"
import {
  Incident,
  IncidentGroupId,
  IncidentId,
  IncidentNote,
  IncidentReport,
  IncidentStatus,
  IncidentWhy,
  TimelineEntry
} from "../model/Incident.ts"
import { MonitorId } from "../model/Monitor.ts"
import { Notification } from "../model/Notification.ts"
import { Severity } from "../model/Severity.ts"
import { UserId } from "../model/User.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ConflictResponse, ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

export const IncidentPatch = Schema.Struct({
  severity: Schema.optionalKey(Severity),
  /** A member of the workspace; null: nobody. */
  ownerId: Schema.optionalKey(Schema.NullOr(UserId))
}).annotate({ identifier: "IncidentPatch" })
export type IncidentPatch = typeof IncidentPatch.Type

/**
 * `newest`: by when they began. `urgent`: what needs somebody first: open and in nobody's hands, the most severe first,
 * then acknowledged, each by when they began, then resolved ones by when they ended, the latest first.
 */
export const IncidentSort = Schema.Literals(["newest", "urgent"]).annotate({ identifier: "IncidentSort" })
export type IncidentSort = typeof IncidentSort.Type

const byId = { params: { id: IncidentId } }

export class IncidentsApi extends HttpApiGroup.make("incidents")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...Envelope.PageQuery,
        status: Schema.optionalKey(IncidentStatus),
        monitorId: Schema.optionalKey(MonitorId),
        trigger: Schema.optionalKey(AlertTrigger),
        severity: Schema.optionalKey(Severity),
        /** Those that were opened together. */
        groupId: Schema.optionalKey(IncidentGroupId),
        /** Only those that were open at some time from `from` on and before `to`: RFC 3339 instants. */
        from: Envelope.instantQuery,
        to: Envelope.instantQuery,
        /** `newest` unless told. */
        sort: Schema.optionalKey(IncidentSort)
      },
      success: Envelope.page(Incident),
      error: ValidationFailedResponse
    }),
    /** With the evidence it was opened with. */
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(IncidentReport), error: NotFoundResponse }),
    /** Severity and who takes care of it. */
    HttpApiEndpoint.patch("change", "/:id", {
      ...byId,
      payload: IncidentPatch,
      success: Envelope.ok(Incident),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse]
    }),
    /** Why it opened, who was told and who was not, and why: the chain of sentences, oldest first. */
    HttpApiEndpoint.get("why", "/:id/why", { ...byId, success: Envelope.ok(IncidentWhy), error: NotFoundResponse }),
    /** What was decided, done and told, oldest first. */
    HttpApiEndpoint.get("timeline", "/:id/timeline", {
      ...byId,
      query: Envelope.PageQuery,
      success: Envelope.page(TimelineEntry),
      error: NotFoundResponse
    }),
    HttpApiEndpoint.post("note", "/:id/notes", {
      ...byId,
      payload: Schema.Struct({ text: IncidentNote }).annotate({ identifier: "IncidentNoteInput" }),
      success: Envelope.ok(TimelineEntry).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    /** Told as part of another one from now on. Both must be open; into one that is merged itself: into where that went. */
    HttpApiEndpoint.post("merge", "/:id/merge", {
      ...byId,
      payload: Schema.Struct({ intoId: IncidentId }).annotate({ identifier: "IncidentMergeInput" }),
      success: Envelope.ok(Incident),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.post("unmerge", "/:id/unmerge", {
      ...byId,
      success: Envelope.ok(Incident),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse]
    }),
    /** Who was told, when, and whether it arrived. */
    HttpApiEndpoint.get("notifications", "/:id/notifications", {
      ...byId,
      success: Envelope.ok(Schema.Array(Notification)),
      error: NotFoundResponse
    }),
    HttpApiEndpoint.post("acknowledge", "/:id/acknowledge", {
      ...byId,
      success: Envelope.ok(Incident),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse]
    }),
    HttpApiEndpoint.post("resolve", "/:id/resolve", {
      ...byId,
      success: Envelope.ok(Incident),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/incidents")
  .annotateMerge(OpenApi.annotations({ title: "Incidents" })) {}
