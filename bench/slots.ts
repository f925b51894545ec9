/** What the tables say of a span of time: which slots were checked, and how late. */
import { type Database, withClient } from "./database.ts"

export interface Slots {
  readonly checks: number
  /** Slots that have no check. */
  readonly missing: number
  /** Checks beyond one per slot. */
  readonly doubled: number
  readonly notUp: number
  /** From the slot to the beginning of its check. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

/** Of `monitors` monitors with one interval, in [from, from + rounds * interval), epoch milliseconds. */
export const slotsOf = (
  database: Database,
  monitors: number,
  intervalSeconds: number,
  from: number,
  rounds: number
): Promise<Slots> =>
  withClient(database.admin, async (client) => {
    const { rows } = await client.query<{
      checks: number
      slots: number
      not_up: number
      p50: number
      p99: number
      max: number
    }>(
      `SELECT count(*)::float8 AS checks,
         count(DISTINCT (monitor_id, slot))::float8 AS slots,
         count(*) FILTER (WHERE status <> 'up')::float8 AS not_up,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) AS p50,
         percentile_cont(0.99) WITHIN GROUP (ORDER BY lag) AS p99,
         max(lag) AS max
       FROM (SELECT *, extract(epoch FROM checked_at - slot)::float8 * 1000 AS lag
             FROM check_results
             WHERE slot >= to_timestamp($1) AND slot < to_timestamp($2)) AS c`,
      [from / 1000, from / 1000 + rounds * intervalSeconds]
    )
    const { checks, max, not_up: notUp, p50, p99, slots } = rows[0]!
    return { checks, missing: monitors * rounds - slots, doubled: checks - slots, notUp, lagMs: { p50, p99, max } }
  })
