/** Alert rules: who is told of what. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ActiveHours } from "../model/ActiveHours.ts"
import {
  AlertCondition,
  AlertRule,
  AlertRuleChannels,
  AlertRuleId,
  AlertRuleName,
  AlertScope,
  DelaySeconds,
  RepeatSeconds
} from "../model/AlertRule.ts"
import { EscalationPolicyId } from "../model/EscalationPolicy.ts"
import { Severity } from "../model/Severity.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ConflictResponse, ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

const options = {
  /** Left out: every monitor. */
  scope: Schema.optionalKey(AlertScope),
  /** Left out: critical. */
  severity: Schema.optionalKey(Severity),
  /** Told only when it lasts so long, seconds; left out: at once. */
  delaySeconds: Schema.optionalKey(DelaySeconds),
  /** Told again so often until somebody acknowledges, seconds; null or left out: once. */
  repeatSeconds: Schema.optionalKey(RepeatSeconds),
  /** Outside of them nobody is told until they begin; null or left out: always. */
  activeHours: Schema.optionalKey(Schema.NullOr(ActiveHours)),
  /** Whom to tell when nobody reacts; null or left out: nobody. */
  escalationPolicyId: Schema.optionalKey(Schema.NullOr(EscalationPolicyId)),
  enabled: Schema.optionalKey(Schema.Boolean)
}

export const AlertRuleInput = Schema.Struct({
  name: AlertRuleName,
  condition: AlertCondition,
  channelIds: AlertRuleChannels,
  ...options
}).annotate({ identifier: "AlertRuleInput" })
export type AlertRuleInput = typeof AlertRuleInput.Type

/** What is left out stays. */
export const AlertRulePatch = Schema.Struct({
  name: Schema.optionalKey(AlertRuleName),
  condition: Schema.optionalKey(AlertCondition),
  channelIds: Schema.optionalKey(AlertRuleChannels),
  ...options
}).annotate({ identifier: "AlertRulePatch" })
export type AlertRulePatch = typeof AlertRulePatch.Type

const byId = { params: { id: AlertRuleId } }

export class AlertRulesApi extends HttpApiGroup.make("alertRules")
  .add(
    HttpApiEndpoint.get("list", "/", { query: Envelope.PageQuery, success: Envelope.page(AlertRule) }),
    HttpApiEndpoint.post("create", "/", {
      payload: AlertRuleInput,
      success: Envelope.ok(AlertRule).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ConflictResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(AlertRule), error: NotFoundResponse }),
    HttpApiEndpoint.patch("change", "/:id", {
      ...byId,
      payload: AlertRulePatch,
      success: Envelope.ok(AlertRule),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.delete("remove", "/:id", {
      ...byId,
      success: Envelope.ok(AlertRule),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    HttpApiEndpoint.post("restore", "/:id/restore", {
      ...byId,
      success: Envelope.ok(AlertRule),
      error: [ForbiddenResponse, NotFoundResponse, ConflictResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/alert-rules")
  .annotateMerge(OpenApi.annotations({ title: "Alert rules" })) {}
