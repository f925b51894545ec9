/** Attempts to deliver are kept as long as checks are; the messages themselves stay with their incidents. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { inBatches } from "./inBatches.ts"

/** Attempts per statement: none holds locks for long. */
const attemptBatch = 5_000
/** Messages per statement: what a digest told of, thousands maybe, is told apart from it. */
const messageBatch = 500
/** A million attempts, 100,000 messages; the rest within the hour. */
const maxBatches = 200

/** Notices and digests belong to no incident: they go with the attempts. What a digest told of keeps its reason. */
export const forgetDeliveries = Effect.fnUntraced(function* (sql: PgClient.PgClient, retentionDays: number) {
  // cross-tenant: nobody looks at them any more
  const forgetAttempts = sql<{ forgotten: number }>`
    WITH forgotten AS (
      DELETE FROM delivery_attempts
      WHERE (tenant_id, id) IN (
        SELECT tenant_id, id
        FROM delivery_attempts
        WHERE attempted_at < now() - make_interval(days => ${retentionDays}::integer)
        LIMIT ${attemptBatch})
      RETURNING id
    )
    SELECT count(*)::integer AS forgotten FROM forgotten`
  // cross-tenant: as above
  const forgetMessages = sql<{ forgotten: number }>`
    WITH forgotten AS (
      DELETE FROM notifications
      WHERE (tenant_id, id) IN (
        SELECT tenant_id, id
        FROM notifications
        WHERE incident_id IS NULL AND status <> 'pending' AND relayed_at IS NOT NULL
          AND created_at < now() - make_interval(days => ${retentionDays}::integer)
        LIMIT ${messageBatch})
      RETURNING id
    )
    SELECT count(*)::integer AS forgotten FROM forgotten`
  yield* inBatches(forgetAttempts, attemptBatch, maxBatches)
  yield* inBatches(forgetMessages, messageBatch, maxBatches)
})
