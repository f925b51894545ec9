/** Alert rules: who is told of what. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import {
  AlertRule,
  AlertRuleChannels,
  AlertRuleId,
  AlertRuleName,
  AlertScope,
  AlertTrigger
} from "../model/AlertRule.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

export const AlertRuleInput = Schema.Struct({
  name: AlertRuleName,
  trigger: AlertTrigger,
  /** Left out: every monitor. */
  scope: Schema.optionalKey(AlertScope),
  channelIds: AlertRuleChannels,
  enabled: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "AlertRuleInput" })
export type AlertRuleInput = typeof AlertRuleInput.Type

export const AlertRulePatch = Schema.Struct({
  name: Schema.optionalKey(AlertRuleName),
  trigger: Schema.optionalKey(AlertTrigger),
  scope: Schema.optionalKey(AlertScope),
  channelIds: Schema.optionalKey(AlertRuleChannels),
  enabled: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "AlertRulePatch" })
export type AlertRulePatch = typeof AlertRulePatch.Type

const byId = { params: { id: AlertRuleId } }

export class AlertRulesApi extends HttpApiGroup.make("alertRules")
  .add(
    HttpApiEndpoint.get("list", "/", { query: Envelope.PageQuery, success: Envelope.page(AlertRule) }),
    HttpApiEndpoint.post("create", "/", {
      payload: AlertRuleInput,
      success: Envelope.ok(AlertRule).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(AlertRule), error: NotFoundResponse }),
    HttpApiEndpoint.patch("change", "/:id", {
      ...byId,
      payload: AlertRulePatch,
      success: Envelope.ok(AlertRule),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.delete("remove", "/:id", {
      ...byId,
      success: Envelope.ok(AlertRule),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    HttpApiEndpoint.post("restore", "/:id/restore", {
      ...byId,
      success: Envelope.ok(AlertRule),
      error: [ForbiddenResponse, NotFoundResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/alert-rules")
  .annotateMerge(OpenApi.annotations({ title: "Alert rules" })) {}
