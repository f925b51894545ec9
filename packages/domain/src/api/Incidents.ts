/** Incidents: opened and resolved by the worker, acknowledged and resolved by people. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Incident, IncidentId, IncidentReport, IncidentStatus } from "../model/Incident.ts"
import { MonitorId } from "../model/Monitor.ts"
import { Notification } from "../model/Notification.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ConflictResponse, ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

const byId = { params: { id: IncidentId } }

export class IncidentsApi extends HttpApiGroup.make("incidents")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...Envelope.PageQuery,
        status: Schema.optionalKey(IncidentStatus),
        monitorId: Schema.optionalKey(MonitorId),
        /** Only those that were open at some time from `from` on and before `to`: RFC 3339 instants. */
        from: Envelope.instantQuery,
        to: Envelope.instantQuery
      },
      success: Envelope.page(Incident),
      error: ValidationFailedResponse
    }),
    /** With the evidence it was opened with. */
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(IncidentReport), error: NotFoundResponse }),
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
