/** A check without a monitor: "does this work from here?". Answered by the worker. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { CheckOutcome } from "../model/CheckOutcome.ts"
import { MonitorId, TimeoutSeconds } from "../model/Monitor.ts"
import { withSentSettings } from "../monitor-types/registry.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import {
  ForbiddenResponse,
  NotFoundResponse,
  TooManyRequestsResponse,
  UnavailableResponse,
  ValidationFailedResponse
} from "./Failures.ts"

export const TryInput = withSentSettings({
  timeoutSeconds: Schema.optionalKey(TimeoutSeconds),
  /** Secret settings that are left out are those of this monitor, if it is of the same type and goes to the same server. */
  monitorId: Schema.optionalKey(MonitorId)
})
export type TryInput = typeof TryInput.Type

/** A phase that has ended. */
export const PhaseEvent = Schema.Struct({
  phase: Schema.Literals(["dns", "connect", "tls", "first_byte", "transfer"]),
  us: Schema.Int
}).annotate({ identifier: "PhaseEvent" })
export type PhaseEvent = typeof PhaseEvent.Type

export class ChecksApi extends HttpApiGroup.make("checks")
  .add(
    HttpApiEndpoint.post("try", "/try", {
      payload: TryInput,
      success: Envelope.ok(CheckOutcome),
      error: [
        ForbiddenResponse,
        NotFoundResponse,
        ValidationFailedResponse,
        TooManyRequestsResponse,
        UnavailableResponse
      ]
    }),
    /**
     * The same, told as it happens (text/event-stream): `phase` events as each phase ends, then one `outcome`, or one
     * `failure` with `{ code, message }`.
     */
    HttpApiEndpoint.post("tryLive", "/try/live", {
      payload: TryInput,
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/event-stream" }),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse, TooManyRequestsResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/checks")
  .annotateMerge(OpenApi.annotations({ title: "Tries" })) {}
