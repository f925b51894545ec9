/**
 * A kind of check: its settings and how to run it. One file per kind, one line in the registry; the API's validation,
 * OpenAPI, the form and the worker's dispatch are derived from it.
 */
import type { Effect, Schema } from "effect"
import type { CheckOutcome } from "../model/CheckOutcome.ts"

export interface CheckLimits {
  /** For the whole try, redirects included. */
  readonly timeoutMs: number
}

export interface MonitorType<Type extends string, S extends Schema.Top, R> {
  readonly type: Type
  readonly label: string
  /** What it is for, in a short sentence: stands on the type's card. */
  readonly description: string
  /** What it looks at, in few words: shown as the second line of a monitor's name. */
  readonly target: (settings: S["Type"]) => string
  readonly settings: S
  /** Settings that are encrypted at rest and never read back, such as passwords. */
  readonly secrets: ReadonlyArray<keyof S["Type"] & string>
  /** A try tells all there is: repeating it would tell nothing new, so no confirmations are waited for. */
  readonly isConclusive?: boolean
  /** One try on a fresh connection. Never fails: what goes wrong is the outcome. */
  readonly check: (settings: S["Type"], limits: CheckLimits) => Effect.Effect<CheckOutcome, never, R>
}

export const define = <const Type extends string, S extends Schema.Top, R>(
  definition: MonitorType<Type, S, R>
): MonitorType<Type, S, R> => definition
