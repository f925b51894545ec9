/**
 * The signed link in a message. The token in the path is the whole credential: no sign-in, no cookie. Asking changes
 * nothing, since mail scanners and chats open every link; only POST acknowledges. A token that is forged, has expired or
 * leads to nothing any more is one and the same 404.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AlertTrigger } from "../model/AlertRule.ts"
import { IncidentStatus } from "../model/Incident.ts"
import { Timestamp } from "../model/Timestamp.ts"
import * as Envelope from "./Envelope.ts"
import { NotFoundResponse, TooManyRequestsResponse } from "./Failures.ts"

/** What the message told its reader already, and how it stands now. */
export const LinkedIncident = Schema.Struct({
  monitorName: Schema.String,
  /** `Checkout is down`: what there is to know in one line, without a full stop. */
  title: Schema.String,
  trigger: AlertTrigger,
  status: IncidentStatus,
  startedAt: Timestamp,
  acknowledgedAt: Schema.NullOr(Timestamp),
  resolvedAt: Schema.NullOr(Timestamp)
}).annotate({ identifier: "LinkedIncident" })
export type LinkedIncident = typeof LinkedIncident.Type

const byToken = {
  params: { token: Schema.String },
  success: Envelope.ok(LinkedIncident),
  error: [NotFoundResponse, TooManyRequestsResponse]
}

/** Under /api/public, beside the versions: links live longer than those. */
export class AcknowledgeApi extends HttpApiGroup.make("acknowledge")
  .add(
    HttpApiEndpoint.get("about", "/:token", byToken),
    /** Changes nothing when it is acknowledged or over already: the answer says so. */
    HttpApiEndpoint.post("acknowledge", "/:token", byToken)
  )
  .prefix("/api/public/acknowledge")
  .annotateMerge(OpenApi.annotations({ title: "Acknowledge by a link" })) {}
