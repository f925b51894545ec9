/** Silences: for a while nobody is told of what they match. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AlertChannelId } from "../model/AlertChannel.ts"
import { Silence, SilenceId, SilenceMatchers, SilenceReason, SilenceState } from "../model/Silence.ts"
import { Instant } from "../model/Timestamp.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ConflictResponse, ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

/** At most a year, and not over yet. */
export const SilenceInput = Schema.Struct({
  matchers: SilenceMatchers,
  reason: SilenceReason,
  /** Left out: now. */
  startsAt: Schema.optionalKey(Instant),
  endsAt: Instant,
  /** Told when the silence has ended; null or left out: nobody. */
  noticeChannelId: Schema.optionalKey(Schema.NullOr(AlertChannelId))
}).annotate({ identifier: "SilenceInput" })
export type SilenceInput = typeof SilenceInput.Type

const byId = { params: { id: SilenceId } }

export class SilencesApi extends HttpApiGroup.make("silences")
  .add(
    /** Active ones first, then those to come, then the newest of those that are over. */
    HttpApiEndpoint.get("list", "/", {
      query: { ...Envelope.PageQuery, state: Schema.optionalKey(SilenceState) },
      success: Envelope.page(Silence)
    }),
    HttpApiEndpoint.post("create", "/", {
      payload: SilenceInput,
      success: Envelope.ok(Silence).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(Silence), error: NotFoundResponse }),
    /** Now, instead of later. */
    HttpApiEndpoint.post("end", "/:id/end", {
      ...byId,
      success: Envelope.ok(Silence),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/silences")
  .annotateMerge(OpenApi.annotations({ title: "Silences" })) {}
