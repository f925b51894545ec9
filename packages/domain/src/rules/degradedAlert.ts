/** So many degraded checks in a row: raised. Ended by a few in a row that were not, so that every other one is no storm. */
import type { AlertCondition } from "../model/AlertRule.ts"
import type { Observation, RuleTurn } from "./alerts.ts"

export interface DegradedMemory {
  readonly trigger: "degraded"
  readonly isRaised: boolean
  /** Degraded checks in a row; not counted beyond those that it takes. */
  readonly inRow: number
  /** Good checks in a row while it is raised. */
  readonly calm: number
}

/** Good checks in a row that end it. */
export const calmChecks = 3

const none: DegradedMemory = { trigger: "degraded", isRaised: false, inRow: 0, calm: 0 }

export const judgeDegraded = (
  { checks }: Extract<AlertCondition, { readonly trigger: "degraded" }>,
  before: DegradedMemory | undefined,
  { maintenance, status }: Observation
): { readonly memory: DegradedMemory | undefined; readonly turn: RuleTurn | undefined } => {
  const memory = before ?? none
  switch (status) {
    case "unknown":
      return { memory: before, turn: undefined }
    case "down":
      return keeping({ ...memory, inRow: 0, calm: 0 })
    case "up": {
      const calm = memory.isRaised ? memory.calm + 1 : 0
      if (calm < calmChecks) return keeping({ ...memory, inRow: 0, calm })
      const message = `${calmChecks} checks in a row were good again.`
      return { memory: undefined, turn: turnOf("ended", "degraded", message) }
    }
    case "degraded": {
      // As with failures: what is seen in planned work is forgotten.
      const inRow = maintenance === null ? Math.min(memory.inRow + 1, checks) : 0
      const isEnough = inRow >= checks && !memory.isRaised
      if (!isEnough) return keeping({ ...memory, inRow, calm: 0 })
      const message = checks === 1 ? "A check was degraded." : `${checks} checks in a row were degraded.`
      return { memory: { ...memory, isRaised: true, inRow, calm: 0 }, turn: turnOf("raised", "degraded", message) }
    }
  }
}

const keeping = (memory: DegradedMemory) => ({
  memory: memory.isRaised || memory.inRow > 0 ? memory : undefined,
  turn: undefined
})

/** A turn with one reason, which is also what the incident is caused by. */
export const turnOf = (kind: RuleTurn["kind"], code: string, message: string): RuleTurn => ({
  kind,
  cause: { code, message },
  reasons: [{ code: `${code}_${kind.replaceAll("-", "_")}`, message }]
})
