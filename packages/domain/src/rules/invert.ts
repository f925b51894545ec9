/**
 * Monitors of what must not answer: a port that has to be closed, a page that has to be gone. Good is when the check
 * fails; what was found stays as it is.
 */
import type { CheckOutcome } from "../model/CheckOutcome.ts"

/** The check could not be made at all, so that failing says nothing of the target. */
const idle: ReadonlySet<string> = new Set(["blocked", "private_name", "invalid_request", "tls_settings"])

export const invert = (outcome: CheckOutcome): CheckOutcome => {
  switch (outcome.status) {
    case "unknown":
      return outcome
    case "up":
    case "degraded":
      return {
        ...outcome,
        status: "down",
        error: { code: "inverted_up", message: "The check succeeds, although this monitor expects it to fail." }
      }
    case "down":
      return idle.has(outcome.error?.code ?? "") ? outcome : { ...outcome, status: "up", error: null }
  }
}
