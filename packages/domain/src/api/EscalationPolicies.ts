/** Escalation policies: whom to tell when nobody reacts. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import {
  EscalationPolicy,
  EscalationPolicyId,
  EscalationPolicyName,
  EscalationRepeats,
  EscalationSteps
} from "../model/EscalationPolicy.ts"
import { Authorization } from "./Authorization.ts"
import * as Envelope from "./Envelope.ts"
import { ForbiddenResponse, NotFoundResponse, ValidationFailedResponse } from "./Failures.ts"

export const EscalationPolicyInput = Schema.Struct({
  name: EscalationPolicyName,
  steps: EscalationSteps,
  /** Left out: the steps are gone through once. */
  repeats: Schema.optionalKey(EscalationRepeats)
}).annotate({ identifier: "EscalationPolicyInput" })
export type EscalationPolicyInput = typeof EscalationPolicyInput.Type

/** Escalations that are under way go on with the new steps. */
export const EscalationPolicyPatch = Schema.Struct({
  name: Schema.optionalKey(EscalationPolicyName),
  steps: Schema.optionalKey(EscalationSteps),
  repeats: Schema.optionalKey(EscalationRepeats)
}).annotate({ identifier: "EscalationPolicyPatch" })
export type EscalationPolicyPatch = typeof EscalationPolicyPatch.Type

const byId = { params: { id: EscalationPolicyId } }

export class EscalationPoliciesApi extends HttpApiGroup.make("escalationPolicies")
  .add(
    HttpApiEndpoint.get("list", "/", { query: Envelope.PageQuery, success: Envelope.page(EscalationPolicy) }),
    HttpApiEndpoint.post("create", "/", {
      payload: EscalationPolicyInput,
      success: Envelope.ok(EscalationPolicy).pipe(HttpApiSchema.status(201)),
      error: [ForbiddenResponse, ValidationFailedResponse]
    }),
    HttpApiEndpoint.get("get", "/:id", { ...byId, success: Envelope.ok(EscalationPolicy), error: NotFoundResponse }),
    HttpApiEndpoint.patch("change", "/:id", {
      ...byId,
      payload: EscalationPolicyPatch,
      success: Envelope.ok(EscalationPolicy),
      error: [ForbiddenResponse, NotFoundResponse, ValidationFailedResponse]
    }),
    /** Its escalations that are under way end. */
    HttpApiEndpoint.delete("remove", "/:id", {
      ...byId,
      success: Envelope.ok(EscalationPolicy),
      error: [ForbiddenResponse, NotFoundResponse]
    }),
    HttpApiEndpoint.post("restore", "/:id/restore", {
      ...byId,
      success: Envelope.ok(EscalationPolicy),
      error: [ForbiddenResponse, NotFoundResponse]
    })
  )
  .middleware(Authorization)
  .prefix("/escalation-policies")
  .annotateMerge(OpenApi.annotations({ title: "Escalation policies" })) {}
