/** On-call schedules: rotations, people who stand in, and who is paged when. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import {
  OnCallLayers,
  OnCallOverride,
  OnCallOverrideId,
  OnCallSchedule,
  OnCallScheduleId,
  OnCallScheduleName
} from "../model/OnCallSchedule.ts"
import { OnCallAnswer, OnCallTimeline } from "../model/OnCallTimeline.ts"
import { TimeZone } from "../model/TimeZone.ts"
import { Instant } from "../model/Timestamp.ts"
import { UserId } from "../model/User.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

export const OnCallScheduleInput = Schema.Struct({
  name: OnCallScheduleName,
  timeZone: TimeZone,
  layers: OnCallLayers
}).annotate({ identifier: "OnCallScheduleInput" })
export type OnCallScheduleInput = typeof OnCallScheduleInput.Type

export const OnCallSchedulePatch = Schema.Struct({
  name: Schema.optionalKey(OnCallScheduleName),
  timeZone: Schema.optionalKey(TimeZone),
  layers: Schema.optionalKey(OnCallLayers)
}).annotate({ identifier: "OnCallSchedulePatch" })
export type OnCallSchedulePatch = typeof OnCallSchedulePatch.Type

/** Somebody stands in; of several at once, the one that was added last counts. */
export const OnCallOverrideInput = Schema.Struct({
  userId: UserId,
  startsAt: Instant,
  endsAt: Instant
}).annotate({ identifier: "OnCallOverrideInput" })
export type OnCallOverrideInput = typeof OnCallOverrideInput.Type

const byId = { params: { id: OnCallScheduleId } }

export class OnCallSchedulesApi extends HttpApiGroup.make("onCallSchedules")
  .add(
    HttpApiEndpoint.get("list", "/", { query: Envelope.PageQuery, success: Envelope.page(OnCallSchedule) }),
    HttpApiEndpoint.post("create", "/", {
      payload: OnCallScheduleInput,
      success: Envelope.ok(OnCallSchedule).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(OnCallSchedule), error: NotFoundResponse }),
    HttpApiEndpoint.patch("change", "/:id", {
      ...byId,
      payload: OnCallSchedulePatch,
      success: Envelope.ok(OnCallSchedule),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.delete("remove", "/:id", {
      ...byId,
      success: Envelope.ok(OnCallSchedule),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    HttpApiEndpoint.post("restore", "/:id/restore", {
      ...byId,
      success: Envelope.ok(OnCallSchedule),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    HttpApiEndpoint.post("addOverride", "/:id/overrides", {
      ...byId,
      payload: OnCallOverrideInput,
      success: Envelope.ok(OnCallOverride).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.delete("removeOverride", "/:id/overrides/:overrideId", {
      params: { id: OnCallScheduleId, overrideId: OnCallOverrideId },
      success: Envelope.ok(OnCallOverride),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    /** Who is paged at an instant (RFC 3339; now, when left out), until when, and why. */
    HttpApiEndpoint.get("onCall", "/:id/on-call", {
      ...byId,
      query: { at: Envelope.instantQuery },
      success: Envelope.ok(OnCallAnswer),
      error: [NotFoundResponse, ValidationFailedResponse]
    }),
    /** Who is on call from `from` (now) to `to` (two weeks later), and when nobody is. At most 62 days. */
    HttpApiEndpoint.get("timeline", "/:id/timeline", {
      ...byId,
      query: { from: Envelope.instantQuery, to: Envelope.instantQuery },
      success: Envelope.ok(OnCallTimeline),
      error: [NotFoundResponse, ValidationFailedResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/on-call-schedules")
  .annotateMerge(OpenApi.annotations({ title: "On-call schedules" })) {}
