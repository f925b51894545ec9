/** The delivery log: what was told to whom, what was not and why, and each attempt. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AlertChannelId } from "../model/AlertChannel.ts"
import { IncidentId } from "../model/Incident.ts"
import { Notification, NotificationId, NotificationReport, NotificationStatus } from "../model/Notification.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ConflictResponse, ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

export const notificationsLimitDefault = 50
export const notificationsLimitMax = 200

const byId = { params: { id: NotificationId } }

export class NotificationsApi extends HttpApiGroup.make("notifications")
  .add(
    /** The newest first. */
    HttpApiEndpoint.get("list", "/", {
      query: {
        channelId: Schema.optionalKey(AlertChannelId),
        incidentId: Schema.optionalKey(IncidentId),
        status: Schema.optionalKey(NotificationStatus),
        /** Only those that were written from `from` on and before `to`: RFC 3339 instants. */
        from: Envelope.instantQuery,
        to: Envelope.instantQuery,
        cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))),
        limit: Schema.optionalKey(
          Schema.FiniteFromString.check(
            Schema.isInt(),
            Schema.isBetween({ minimum: 1, maximum: notificationsLimitMax })
          )
        )
      },
      success: Envelope.stretch(Notification),
      error: ValidationFailedResponse
    }),
    /** With the event and every attempt to deliver it. */
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(NotificationReport), error: NotFoundResponse }),
    /** Tries one again, now, that failed or was not to be told. */
    HttpApiEndpoint.post("retry", "/:id/retry", {
      ...byId,
      success: Envelope.ok(Notification),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/notifications")
  .annotateMerge(OpenApi.annotations({ title: "Delivery log" })) {}
