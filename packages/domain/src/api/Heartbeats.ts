/**
 * Calls of cron jobs and of anything else that calls in. The token in the path is the whole credential: no sign-in, no
 * cookie. A call is answered when it is stored, and not before. HEAD is answered wherever GET is, and counts the same.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Heartbeat, heartbeatsKept } from "../model/Heartbeat.ts"
import { MonitorId } from "../model/Monitor.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import {
  ForbiddenResponse,
  NotFoundResponse,
  TooManyRequestsResponse,
  UnavailableResponse,
  ValidationFailedResponse
} from "./Failures.ts"

const answers = {
  success: Envelope.ok(Schema.Literal("OK")),
  error: [NotFoundResponse, TooManyRequestsResponse, UnavailableResponse]
}
const byToken = { params: { token: Schema.String }, ...answers }

/** What a job hands over as it ends: 0 is success, anything else failure. */
export const ExitCode = Schema.String.check(
  Schema.isPattern(/^\d{1,3}$/, { message: "An exit code is a number from 0 to 255" })
).pipe(Schema.decodeTo(Schema.FiniteFromString.check(Schema.isBetween({ minimum: 0, maximum: 255 }))))
const byExitCode = { params: { token: Schema.String, exitCode: ExitCode }, ...answers }

/** Of any content type; the first 10 kB of a body are kept as text. */
export class HeartbeatsApi extends HttpApiGroup.make("heartbeats")
  .add(
    /** The job is done. */
    HttpApiEndpoint.get("success", "/:token", byToken),
    HttpApiEndpoint.post("successWithBody", "/:token", byToken),
    /** The job begins: with a later call this tells how long it took. */
    HttpApiEndpoint.get("start", "/:token/start", byToken),
    HttpApiEndpoint.post("startWithBody", "/:token/start", byToken),
    /** The job failed: the monitor is down at once. */
    HttpApiEndpoint.get("fail", "/:token/fail", byToken),
    HttpApiEndpoint.post("failWithBody", "/:token/fail", byToken),
    /** `$?` as it is: 0 is success, 1 to 255 failure. */
    HttpApiEndpoint.get("exit", "/:token/:exitCode", byExitCode),
    HttpApiEndpoint.post("exitWithBody", "/:token/:exitCode", byExitCode)
  )
  .prefix("/heartbeats")
  .annotateMerge(OpenApi.annotations({ title: "Calls of jobs" })) {}

export const HeartbeatAddress = Schema.Struct({
  /** null for those who may not change monitors: whoever knows it can speak for the job. */
  token: Schema.NullOr(Schema.String),
  /** Put it behind this installation's own address. */
  path: Schema.NullOr(Schema.String)
}).annotate({ identifier: "HeartbeatAddress" })
export type HeartbeatAddress = typeof HeartbeatAddress.Type

export const heartbeatPath = (token: string): string => `/api/v1/heartbeats/${token}`

const byId = { params: { id: MonitorId } }

export const heartbeatsLimitDefault = 50

/** For people: what came in, and the address to give to the job. 404 for monitors that nothing calls. */
export class MonitorHeartbeatsApi extends HttpApiGroup.make("monitorHeartbeats")
  .add(
    /** The newest first; the newest 100 are kept. */
    HttpApiEndpoint.get("list", "/:id/heartbeats", {
      ...byId,
      query: {
        cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))),
        limit: Schema.optionalKey(
          Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: heartbeatsKept }))
        )
      },
      success: Envelope.stretch(Heartbeat),
      error: [NotFoundResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.get("get", "/:id/heartbeat", {
      ...byId,
      success: Envelope.ok(HeartbeatAddress),
      error: NotFoundResponse
    }),
    /** A new token; the old one is unknown from now on. */
    HttpApiEndpoint.post("rotate", "/:id/heartbeat/rotate", {
      ...byId,
      success: Envelope.ok(HeartbeatAddress),
      error: [ForbiddenResponse, NotFoundResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/monitors")
  .annotateMerge(OpenApi.annotations({ title: "Heartbeats of monitors" })) {}
