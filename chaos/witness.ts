/** Remembers what was committed, to ask for it in the end: what was there once must never be gone. */
import type { Database } from "./database.ts"

/** Rows that began before the last look may be written after it. */
const overlapMs = 60_000

export interface Witness {
  readonly look: () => Promise<void>
  /** `monitor/slot` of every result seen so far. */
  readonly seen: ReadonlySet<string>
}

export const makeWitness = ({ query }: Database): Witness => {
  const seen = new Set<string>()
  let looked = 0
  return {
    seen,
    look: async () => {
      const from = looked - overlapMs
      looked = Date.now()
      const rows = await query<{ key: string }>(
        `SELECT monitor_id || '/' || to_millis(slot) AS key FROM check_results
         WHERE checked_at > from_millis($1::bigint)`,
        [Math.max(0, from)]
      )
      for (const { key } of rows) seen.add(key)
    }
  }
}
