/** Whom to tell when nobody reacts: steps, each after a wait, until somebody acknowledges. */
import { Schema } from "effect"
import { AlertChannelId } from "./AlertChannel.ts"
import { Name } from "./Name.ts"
import { OnCallScheduleId } from "./OnCallSchedule.ts"
import { Timestamp } from "./Timestamp.ts"
import { UserId } from "./User.ts"

export const EscalationPolicyId = Schema.String.check(Schema.isUUID()).pipe(Schema.brand("EscalationPolicyId"))
export type EscalationPolicyId = typeof EscalationPolicyId.Type

export const EscalationPolicyName = Name

export const EscalationTarget = Schema.Union([
  Schema.Struct({ type: Schema.Literal("channel"), channelId: AlertChannelId }),
  /** By each of the person's contact channels. */
  Schema.Struct({ type: Schema.Literal("user"), userId: UserId }),
  /** Whoever is on call when the step is reached. */
  Schema.Struct({ type: Schema.Literal("schedule"), scheduleId: OnCallScheduleId })
]).annotate({ identifier: "EscalationTarget" })
export type EscalationTarget = typeof EscalationTarget.Type

export const EscalationStep = Schema.Struct({
  /** After the step before; the first one after the rule would tell (its delay is over). */
  waitSeconds: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400 })),
  targets: Schema.Array(EscalationTarget).check(Schema.isMinLength(1), Schema.isMaxLength(20))
}).annotate({ identifier: "EscalationStep" })
export type EscalationStep = typeof EscalationStep.Type

export const EscalationSteps = Schema.Array(EscalationStep).check(Schema.isMinLength(1), Schema.isMaxLength(10))
/** How often all steps are gone through again. */
export const EscalationRepeats = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 }))

export const EscalationPolicy = Schema.Struct({
  id: EscalationPolicyId,
  name: Schema.String,
  steps: Schema.Array(EscalationStep),
  repeats: Schema.Int,
  createdAt: Timestamp,
  updatedAt: Timestamp
}).annotate({ identifier: "EscalationPolicy" })
export type EscalationPolicy = typeof EscalationPolicy.Type
