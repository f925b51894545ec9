/**
 * How statuses of checks are kept, a letter each. A check in a maintenance window counts as maintenance, and its letter says
 * what was found all the same: without it, stored checks could not be decided again.
 */
import type { CheckStatus } from "@v-insight/domain/model/CheckOutcome"

export const letters = { up: "u", degraded: "g", down: "d", unknown: "n" } as const
/** What was found in a maintenance window. Without sight there is nothing to be found (domain/rules/decide: countsAs). */
export const lettersInMaintenance = { up: "m", degraded: "G", down: "D" } as const

export const letterOf = (found: CheckStatus, counted: CheckStatus | "maintenance"): string =>
  counted === "maintenance" ? (found === "unknown" ? letters.unknown : lettersInMaintenance[found]) : letters[counted]

/** A list for SQL's IN. */
const listed = (some: ReadonlyArray<string>): string => some.map((letter) => `'${letter}'`).join(", ")
export const maintenanceLetters: string = listed(Object.values(lettersInMaintenance))

/** What a check `c` is counted as, in SQL. */
export const countedStatus = `CASE WHEN c.status = 'u' THEN 'up' WHEN c.status = 'g' THEN 'degraded' WHEN c.status = 'd' THEN 'down'
    WHEN c.status IN (${maintenanceLetters}) THEN 'maintenance' ELSE 'unknown' END`
/** What a check `c` found, in SQL: what decisions look at. */
export const foundStatus = `CASE c.status WHEN 'u' THEN 'up' WHEN 'm' THEN 'up' WHEN 'g' THEN 'degraded' WHEN 'G' THEN 'degraded'
    WHEN 'd' THEN 'down' WHEN 'D' THEN 'down' ELSE 'unknown' END`
