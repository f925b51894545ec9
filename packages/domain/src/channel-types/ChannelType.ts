/**
 * A way of telling people: its settings and how to deliver one message. One file per kind, one line in the registry.
 */
import { Schema, type Effect } from "effect"
import { CheckError } from "../model/CheckOutcome.ts"
import type { DeliveryReport, NotificationEvent } from "../model/Notification.ts"

export interface Message {
  /** The same on every attempt, so that receivers can drop repeats. */
  readonly id: string
  readonly event: NotificationEvent
}

/** Not delivered. `permanent`: trying again cannot help, for example 410 or a blocked address. */
export class DeliveryFailed extends Schema.TaggedError<DeliveryFailed>()("DeliveryFailed", {
  reason: CheckError,
  permanent: Schema.Boolean,
  status: Schema.NullOr(Schema.Int),
  answer: Schema.NullOr(Schema.String),
  durationMs: Schema.Int,
  /** What the receiver asked for with Retry-After or in words of its own, milliseconds. */
  retryAfterMs: Schema.NullOr(Schema.Int)
}) {}

export interface ChannelType<Type extends string, S extends Schema.Top, R> {
  readonly type: Type
  readonly label: string
  /** Who reads it there, in a short sentence: stands on the type's card. */
  readonly description: string
  /** Where messages go, in few words and without secrets. */
  readonly target: (settings: S["Type"]) => string
  readonly settings: S
  /** Settings that are encrypted at rest and never read back. */
  readonly secrets: ReadonlyArray<keyof S["Type"] & string>
  /** Its secrets are never sent, so they may be kept when the address changes. */
  readonly isSigning?: boolean
  readonly deliver: (settings: S["Type"], message: Message) => Effect.Effect<DeliveryReport, DeliveryFailed, R>
}

export const define = <const Type extends string, S extends Schema.Top, R>(
  definition: ChannelType<Type, S, R>
): ChannelType<Type, S, R> => definition
