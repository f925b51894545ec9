/**
 * What an alert rule would have done: a draft, and beside it the rule as it is, replayed over stored checks through the
 * worker's own reducers, with delay, repeats and active hours.
 *
 * `POST /api/v1/alert-rules/simulate` answers with server-sent events (text/event-stream). An `event:` line names the
 * kind, one `data:` line holds JSON:
 * - `progress` (SimulationProgress): at once, then at most four times a second.
 * - `result` (SimulationResult): once, at the end of a whole replay.
 * - `failure` (SimulationFailure): once, instead of a result. `message` says what to do.
 * Comments (`: ...`) keep the connection alive. Whoever closes the connection ends the replay and its statements.
 * What can be refused at once is refused as everywhere: 403, 404 (no such rule), 422 (`scope` finds no monitor, or more than
 * `simulationLimits.monitors`), 429 (the tenant has as many replays under way as it may, or began too many within a minute).
 *
 * What it assumes: nobody acknowledges, so a rule that repeats does so until the incident ends; silences, quiet hours, storm
 * budgets and dependencies hold nobody back. Checks in maintenance are those that were, whatever windows say today.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ActiveHours } from "../model/ActiveHours.ts"
import { AlertCondition, AlertRuleId, AlertScope, DelaySeconds, RepeatSeconds } from "../model/AlertRule.ts"
import { CheckError } from "../model/CheckOutcome.ts"
import { MonitorId } from "../model/Monitor.ts"
import { Timestamp } from "../model/Timestamp.ts"
import { Authorization } from "./Authorization.ts"
import { ForbiddenResponse, NotFoundResponse, TooManyRequestsResponse, ValidationFailedResponse } from "./Failures.ts"

/** Most monitors in scope, replays of one tenant at once, replays begun within a minute, seconds for one. */
export const simulationLimits = { monitors: 1000, atOnce: 2, perMinute: 20, seconds: 120 } as const

export const SimulationInput = Schema.Struct({
  /** What of a rule decides whether and when people are told; left out as in a rule that is made. */
  draft: Schema.Struct({
    condition: AlertCondition,
    scope: Schema.optionalKey(AlertScope),
    delaySeconds: Schema.optionalKey(DelaySeconds),
    repeatSeconds: Schema.optionalKey(RepeatSeconds),
    activeHours: Schema.optionalKey(Schema.NullOr(ActiveHours))
  }),
  /** The present rule, to stand beside the draft. */
  ruleId: Schema.optionalKey(AlertRuleId),
  /** How far back. */
  days: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 90 }))
}).annotate({ identifier: "SimulationInput" })
export type SimulationInput = typeof SimulationInput.Type

export const SimulationProgress = Schema.Struct({
  /** Monitors that are through, of so many. */
  monitorsDone: Schema.Int,
  monitors: Schema.Int,
  /** Checks replayed so far. */
  checks: Schema.Int,
  /** 0 to 1. */
  share: Schema.Finite
}).annotate({ identifier: "SimulationProgress" })
export type SimulationProgress = typeof SimulationProgress.Type

export const SimulatedIncident = Schema.Struct({
  monitorId: MonitorId,
  monitorName: Schema.String,
  /** The first check of what led to it. */
  firstFailureAt: Timestamp,
  startedAt: Timestamp,
  /** null: it was still open at the end. */
  endedAt: Schema.NullOr(Timestamp),
  /** When people would have been told first; null: never, because it was over before the delay was, or before the hours began. */
  toldAt: Schema.NullOr(Timestamp),
  /** With its repeats. */
  pages: Schema.Int,
  cause: CheckError
}).annotate({ identifier: "SimulatedIncident" })
export type SimulatedIncident = typeof SimulatedIncident.Type

/** What one version of the rule would have done. */
export const SimulatedRule = Schema.Struct({
  /** How many monitors it is about. */
  monitors: Schema.Int,
  incidents: Schema.Int,
  /** Of these, those that nobody was told of. */
  untold: Schema.Int,
  /** How often people would have been told of a failure, repeats included. */
  pages: Schema.Int,
  /** In which an incident was open, of all monitors together. */
  minutesDetected: Schema.Int,
  /** From the first failing check to the first page, of incidents that were told; null without any. */
  detectionDelay: Schema.NullOr(Schema.Struct({ medianSeconds: Schema.Int, worstSeconds: Schema.Int })),
  /** The newest first, at most 50. */
  newest: Schema.Array(SimulatedIncident)
}).annotate({ identifier: "SimulatedRule" })
export type SimulatedRule = typeof SimulatedRule.Type

export const SimulationResult = Schema.Struct({
  /** What was replayed: the span asked for, or as long as single checks are kept. */
  from: Timestamp,
  to: Timestamp,
  /** null: there were none. */
  oldestCheckAt: Schema.NullOr(Timestamp),
  checks: Schema.Int,
  draft: SimulatedRule,
  /** null: no `ruleId` was given. */
  present: Schema.NullOr(SimulatedRule)
}).annotate({ identifier: "SimulationResult" })
export type SimulationResult = typeof SimulationResult.Type

export const SimulationFailure = Schema.Struct({
  /** TOO_LONG, RATE_LIMITED, UNAVAILABLE or INTERNAL_ERROR. */
  code: Schema.String,
  message: Schema.String
}).annotate({ identifier: "SimulationFailure" })
export type SimulationFailure = typeof SimulationFailure.Type

export class SimulationsApi extends HttpApiGroup.make("simulations")
  .add(
    HttpApiEndpoint.post("simulate", "/simulate", {
      payload: SimulationInput,
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/event-stream" }),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse, TooManyRequestsResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/alert-rules")
  .annotateMerge(OpenApi.annotations({ title: "Dry runs" })) {}
