/** Monitors that come and go while it runs: made, changed and removed as the API does it, with the same NOTIFY. */
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import type { Database } from "./database.ts"

export interface Guest {
  readonly tenantId: string
  readonly id: string
  readonly bucket: number
}

/** SQL of what changes, such as "paused = true". */
export type Change = string

export const makeGuests = ({ query }: Database) => {
  const tell = ({ bucket, id }: Guest) => query("SELECT pg_notify('monitor_changed', $1)", [`${bucket} ${id}`])
  return {
    insert: async (tenantId: string, url: string, intervalSeconds: number): Promise<Guest> => {
      const id = uuidV7Unsafe()
      const guest = { tenantId, id, bucket: bucketOf(id) }
      await query(
        `WITH made AS (
           INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks)
           VALUES ($1, $2, $3, 'Guest', 'http', jsonb_build_object('url', $4::text), $5, 2, 1, 1)
           RETURNING tenant_id, id)
         INSERT INTO monitor_state (tenant_id, monitor_id) SELECT tenant_id, id FROM made`,
        [tenantId, id, guest.bucket, url, intervalSeconds]
      )
      await tell(guest)
      return guest
    },
    change: async (guest: Guest, change: Change, values: ReadonlyArray<unknown> = []): Promise<void> => {
      await query(`UPDATE monitors SET ${change}, updated_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2`, [
        guest.tenantId,
        guest.id,
        ...values
      ])
      await tell(guest)
    },
    /** Answers with the request's id. */
    runNow: async ({ bucket, id, tenantId }: Guest): Promise<string> => {
      const request = uuidV7Unsafe()
      await query(
        `INSERT INTO work_requests (tenant_id, id, kind, monitor_id, expires_at)
         VALUES ($1, $2, 'run', $3, clock_timestamp() + interval '2 minutes')`,
        [tenantId, request, id]
      )
      await query("SELECT pg_notify('work_requested', $1)", [`run ${tenantId} ${request} ${bucket}`])
      return request
    }
  }
}
