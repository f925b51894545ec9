/** The sentences of decisions on a monitor: why it is believed to be down, to have recovered, and why nobody is told. */
import type { CheckError } from "../model/CheckOutcome.ts"
import type { Reason } from "../model/Reason.ts"
import type { Evidence, PlannedWork, Policy } from "./decide.ts"
import { type Flapping, isFlapping, flapWindowMs, quietMs, turnsToFlap } from "./flapping.ts"

const minutes = (ms: number): number => Math.round(ms / 60_000)

export const wentDown = (failures: number, confirmations: number, cause: CheckError): Reason => ({
  code: "confirmed",
  message:
    failures === 1
      ? `The check failed (no confirmation wanted): ${cause.message}`
      : `${failures} tries in a row failed (${confirmations} ${confirmations === 1 ? "confirmation" : "confirmations"} wanted): ${cause.message}`
})

export const failed = (cause: CheckError): Reason => ({ code: "failed", message: `The check failed: ${cause.message}` })

export const plannedWork = ({ name }: PlannedWork): Reason => ({
  code: "maintenance",
  message: `Nobody is told: maintenance “${name}” is on. What still fails after it is confirmed anew.`
})

export const recovered = (recoveryChecks: number): Reason => ({
  code: "recovery_confirmed",
  message: recoveryChecks === 1 ? "A good check ended it." : `${recoveryChecks} good checks in a row ended it.`
})

/** None while it does not. */
export const flaps = (flapping: Flapping): ReadonlyArray<Reason> =>
  isFlapping(flapping)
    ? [
        {
          code: "flapping",
          message: `It went down or came back ${turnsToFlap} times within ${minutes(flapWindowMs)} minutes: the incident stays open until it has kept still for ${minutes(quietMs)} minutes.`
        }
      ]
    : []

export const keptStill = (): Reason => ({
  code: "kept_still",
  message: `It has kept well for ${minutes(quietMs)} minutes after it had gone down again and again.`
})

export const staysDown = (): Reason => ({
  code: "stays_down",
  message: `It has been down for ${minutes(quietMs)} minutes without coming back: it does not flap any more.`
})

export const degraded = ({ error, status, totalUs }: Evidence, { degradedAfterMs }: Policy): Reason =>
  status === "degraded" || totalUs === null || degradedAfterMs === null
    ? { code: "degraded", message: error?.message ?? "The check was good with reservations." }
    : {
        code: "degraded_by_latency",
        message: `It took ${seconds(totalUs / 1000)}; above ${seconds(degradedAfterMs)} it is degraded.`
      }

/** A duration as people read it: `840 ms`, `2.31 s`. */
export const seconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toPrecision(3))} s`
