/**
 * How statuses of checks are kept, a letter each. A check in a maintenance window counts as maintenance, and its letter says
 * what was found all the same: without it, stored checks could not be decided again.
 */
import type { CheckStatus } from "@v-insight/domain/model/CheckOutcome"
import type { CountedStatus } from "@v-insight/domain/model/MonitorCheck"

const letters = { up: "u", degraded: "g", down: "d", unknown: "n" } as const
/** Without sight there is nothing to be found (domain/rules/decide: countsAs). */
const inMaintenance = { up: "m", degraded: "G", down: "D", unknown: "n" } as const

export const letterOf = (found: CheckStatus, counted: CountedStatus): string =>
  counted === "maintenance" ? inMaintenance[found] : letters[counted]

/** For SQL's IN: the letters that are counted as a status. */
export const lettersOf: Readonly<Record<CountedStatus, string>> = {
  up: "'u'",
  degraded: "'g'",
  down: "'d'",
  unknown: "'n'",
  maintenance: "'m', 'G', 'D'"
}

/** What a check `c` is counted as, in SQL. */
export const countedStatus = `CASE WHEN c.status = 'u' THEN 'up' WHEN c.status = 'g' THEN 'degraded' WHEN c.status = 'd' THEN 'down'
    WHEN c.status IN (${lettersOf.maintenance}) THEN 'maintenance' ELSE 'unknown' END`

const found: Readonly<Record<string, CheckStatus>> = {
  u: "up",
  m: "up",
  g: "degraded",
  G: "degraded",
  d: "down",
  D: "down"
}

/** What a check with this letter found. */
export const foundOf = (letter: string): CheckStatus => found[letter] ?? "unknown"

export const isMaintenance = (letter: string): boolean => letter === "m" || letter === "G" || letter === "D"
