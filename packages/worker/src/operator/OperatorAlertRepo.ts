/** The rows behind what the operator is told: one per trouble and region, whichever workers notice it. No tenant's. */
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import type { AlertKey, Trouble } from "./OperatorAlerts.ts"

/** Nobody has noticed it for so long, seconds: it is over. Three looks of whoever does. */
const overAfterSeconds = 15
/** What was noticed by one and was over a moment ago for another is the same, seconds. */
const sameWithinSeconds = 60
/** Whoever claimed a message and is silent has died, or was refused; then it is tried again, seconds. */
const claimSeconds = 30
const keptDays = 90

export interface Untold {
  readonly id: string
  readonly key: AlertKey
  readonly region: string
  readonly beganAt: string
  /** Null: not yet. */
  readonly endedAt: string | null
  readonly isBeginTold: boolean
}

export const make = Effect.fnUntraced(function* (region: string) {
  const sql = yield* PgClient.PgClient
  const seconds = (count: number) => sql`${count}::integer * interval '1 second'`

  return {
    /** It lasts. `keys` are what this worker notices now. */
    touch: (troubles: ReadonlyArray<Trouble>) =>
      Effect.forEach(
        troubles,
        ({ beganAt, key }) => sql`
          INSERT INTO operator_alerts (id, key, region, began_at, seen_at)
          VALUES (${uuidV7Unsafe()}, ${key}, ${region}, from_millis(${beganAt}::bigint), now())
          ON CONFLICT (key, region) WHERE ended_at IS NULL
          DO UPDATE SET seen_at = now(), began_at = least(operator_alerts.began_at, excluded.began_at)`,
        { discard: true }
      ),
    /** It began and ended while nothing could be written. `isTold`: the receiver knows that it began. */
    append: ({ beganAt, endedAt, key }: Trouble, isTold: boolean) =>
      sql`
        INSERT INTO operator_alerts (id, key, region, began_at, seen_at, ended_at, begin_told_at)
        SELECT ${uuidV7Unsafe()}, ${key}, ${region}, from_millis(${beganAt}::bigint), now(),
               from_millis(${endedAt ?? beganAt}::bigint), CASE WHEN ${isTold}::boolean THEN now() END
        WHERE NOT EXISTS (
          SELECT 1
          FROM operator_alerts
          WHERE key = ${key} AND region = ${region}
            AND coalesce(ended_at, now()) > from_millis(${beganAt}::bigint) - ${seconds(sameWithinSeconds)})`.pipe(
        Effect.asVoid
      ),
    /** What nobody notices any more is over; what was over long ago is forgotten. */
    sweep: Effect.gen(function* () {
      yield* sql`
        UPDATE operator_alerts SET ended_at = seen_at
        WHERE ended_at IS NULL AND seen_at < now() - ${seconds(overAfterSeconds)}`
      yield* sql`DELETE FROM operator_alerts WHERE ended_at < now() - ${keptDays}::integer * interval '1 day'`
    }),
    /** What the receiver was not told yet, for this worker alone to tell. */
    claim: sql<Untold>`
      UPDATE operator_alerts
      SET claimed_until = now() + ${seconds(claimSeconds)}
      WHERE id IN (
        SELECT id
        FROM operator_alerts
        WHERE (begin_told_at IS NULL OR (ended_at IS NOT NULL AND end_told_at IS NULL))
          AND (claimed_until IS NULL OR claimed_until < now())
        ORDER BY began_at
        LIMIT 10
        FOR UPDATE SKIP LOCKED)
      RETURNING id, key, region, to_char(began_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "beganAt",
                to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "endedAt",
                begin_told_at IS NOT NULL AS "isBeginTold"`,
    markBegin: (id: string) =>
      sql`UPDATE operator_alerts SET begin_told_at = now(), claimed_until = NULL WHERE id = ${id}`.pipe(Effect.asVoid),
    markEnd: (id: string) =>
      sql`UPDATE operator_alerts SET end_told_at = now(), claimed_until = NULL WHERE id = ${id}`.pipe(Effect.asVoid),
    /**
     * Whether there is anything to sweep or tell, and who had the first bucket last: that worker speaks for all while
     * there is no database to agree by. Two index lookups; asked every few seconds by every worker.
     */
    look: sql<{ hasWork: boolean; speaker: string | null }>`
      SELECT
        EXISTS (SELECT 1 FROM operator_alerts WHERE end_told_at IS NULL) AS "hasWork",
        (SELECT owner FROM check_buckets WHERE region = ${region} AND bucket = 0) AS speaker`.pipe(
      Effect.map(([row]) => row!)
    )
  }
})
