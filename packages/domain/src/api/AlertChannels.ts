/** Alert channels: where people are told. Secret settings are write-only. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { withSettings } from "../channel-types/registry.ts"
import { AlertChannel, AlertChannelId, AlertChannelName, QuietHours, StormBudget } from "../model/AlertChannel.ts"
import { DeliveryReport } from "../model/Notification.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import {
  ForbiddenResponse,
  NotFoundResponse,
  TooManyRequestsResponse,
  UnavailableResponse,
  ValidationFailedResponse
} from "./Failures.ts"

const manners = {
  enabled: Schema.optionalKey(Schema.Boolean),
  /** null or left out: never. */
  quietHours: Schema.optionalKey(Schema.NullOr(QuietHours)),
  /** Left out: 20 messages in 300 seconds. */
  stormBudget: Schema.optionalKey(StormBudget)
}

export const AlertChannelInput = withSettings({ name: AlertChannelName, ...manners })
export type AlertChannelInput = typeof AlertChannelInput.Type

/** What is left out stays; secrets that are left out are kept. */
export const AlertChannelPatch = Schema.Struct({
  name: Schema.optionalKey(AlertChannelName),
  settings: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
  ...manners
}).annotate({ identifier: "AlertChannelPatch" })
export type AlertChannelPatch = typeof AlertChannelPatch.Type

const byId = { params: { id: AlertChannelId } }

export class AlertChannelsApi extends HttpApiGroup.make("alertChannels")
  .add(
    HttpApiEndpoint.get("list", "/", { query: Envelope.PageQuery, success: Envelope.page(AlertChannel) }),
    /** A secret that V-Insight made is in `settings` of this answer, and never again. */
    HttpApiEndpoint.post("create", "/", {
      payload: AlertChannelInput,
      success: Envelope.ok(AlertChannel).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(AlertChannel), error: NotFoundResponse }),
    HttpApiEndpoint.patch("change", "/:id", {
      ...byId,
      payload: AlertChannelPatch,
      success: Envelope.ok(AlertChannel),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.delete("remove", "/:id", {
      ...byId,
      success: Envelope.ok(AlertChannel),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    HttpApiEndpoint.post("restore", "/:id/restore", {
      ...byId,
      success: Envelope.ok(AlertChannel),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    /** Sends a test message now and answers with what the receiver said. */
    HttpApiEndpoint.post("test", "/:id/test", {
      ...byId,
      success: Envelope.ok(DeliveryReport),
      error: [ForbiddenResponse, NotFoundResponse, TooManyRequestsResponse, UnavailableResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/alert-channels")
  .annotateMerge(OpenApi.annotations({ title: "Alert channels" })) {}
