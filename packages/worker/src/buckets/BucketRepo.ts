/** The rows a bucket's owner reads: its lease, its monitors, its "run now" requests. All SQL here is cross-tenant. */
import { PgClient } from "@effect/sql-pg"
import * as sealedSettings from "@v-insight/database/repo/sealedSettings"
import { SecretBox } from "@v-insight/database/SecretBox"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import { Effect, Semaphore } from "effect"
import type { Statement } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { Lease } from "./Lease.ts"
import type { MonitorRow } from "./ScheduledMonitor.ts"
import { limited } from "../sql/TimeLimit.ts"

/** A version is the row's `updated_at`; looking back this far covers transactions that committed late. */
const overlapMicros = 10_000_000
/**
 * Statements of all buckets at once, half of the pool. When a worker starts, its 64 buckets want some three hundred: on
 * a starved machine they stood in line for a connection until all their times were up, and began again together.
 */
const maxAtOnce = 4

export interface RunRequest {
  readonly id: string
  readonly monitorId: string
}

export interface BucketRepo {
  /** From this commit on nothing written under an older epoch is accepted any more. */
  readonly take: (bucket: number, owner: string) => Effect.Effect<Lease, SqlError>
  /** Only after `take`: the state read here is final for all older epochs. */
  readonly load: (bucket: number) => Effect.Effect<ReadonlyArray<MonitorRow>, SqlError>
  /** Monitors named, or changed since a version. */
  readonly changed: (
    bucket: number,
    what: { readonly ids: ReadonlyArray<string> } | { readonly since: number }
  ) => Effect.Effect<ReadonlyArray<MonitorRow>, SqlError>
  /**
   * Claims "run now" requests of the bucket: those that nobody claimed, or every one without an answer except those
   * held already, so that what an earlier owner left undone is done.
   */
  readonly claimRuns: (
    bucket: number,
    owner: string,
    which: "new" | { readonly allBut: Iterable<string> }
  ) => Effect.Effect<ReadonlyArray<RunRequest>, SqlError>
  /** The first answer counts. */
  readonly answerRun: (requestId: string, answer: RunAnswer) => Effect.Effect<void, SqlError>
}

export type RunAnswer =
  | { readonly data: MonitorCheck }
  | { readonly error: { readonly code: string; readonly message: string } }

interface StoredRow extends MonitorRow {
  readonly secrets: Uint8Array | null
  /** Never checked from this region. */
  readonly isNew: boolean
}

export const make = Effect.fnUntraced(function* (
  region: string
): Effect.fn.Return<BucketRepo, never, PgClient.PgClient | SecretBox> {
  const sql = yield* PgClient.PgClient
  const turns = yield* Semaphore.make(maxAtOnce)
  /** First come, first served. The time limit begins with the turn: waiting for it has an end, as those before have. */
  const inTurn = <A, E, R>(statement: Effect.Effect<A, E, R>) => turns.withPermit(limited(statement))
  // Regions are names (domain/model/Region): no quotes.
  const isOurs = `(CASE WHEN m.regions = '{}' THEN '${region}' = (SELECT default_region()) ELSE '${region}' = ANY (m.regions) END)`
  const columns = sql.literal(`
    m.tenant_id AS "tenantId", m.id, m.type, m.settings,
    m.interval_seconds AS "intervalSeconds", m.timeout_seconds AS "timeoutSeconds",
    m.confirmations, m.recovery_checks AS "recoveryChecks", m.inverted, m.secrets,
    m.degraded_after_ms AS "degradedAfterMs", m.tags,
    (coalesce(m.regions[1], (SELECT default_region())) = '${region}') AS "isFirstRegion",
    (NOT m.paused AND m.deleted_at IS NULL AND ${isOurs}) AS "isActive",
    (m.deleted_at IS NOT NULL OR NOT ${isOurs}) AS "isRemoved",
    (v.monitor_id IS NOT NULL) AS "isShared",
    (extract(epoch FROM m.updated_at) * 1000000)::float8 AS version,
    coalesce(s.last_slot_ms, 0)::float8 AS "lastSlotMs", coalesce(s.status, 'pending') AS status,
    coalesce(s.since_ms, 0)::float8 AS "sinceMs", coalesce(s.failures, 0) AS failures,
    coalesce(s.successes, 0) AS successes, coalesce(s.is_incident_open, false) AS "isIncidentOpen",
    to_millis(s.checked_at)::float8 AS "checkedAtMs", (s.monitor_id IS NULL) AS "isNew",
    to_millis((s.last_good ->> 'at')::timestamptz)::float8 AS "goodAtMs", s.last_good -> 'traits' AS "goodTraits",
    s.memory AS remembered`)
  const state = sql`
    LEFT JOIN monitor_state s ON s.tenant_id = m.tenant_id AND s.monitor_id = m.id AND s.region = ${region}
    LEFT JOIN monitor_verdicts v ON v.tenant_id = m.tenant_id AND v.monitor_id = m.id`

  const sealed = sealedSettings.make(yield* SecretBox)
  /** With the secrets among the settings. What cannot be opened leaves settings that no kind can read. */
  const opened = ({ secrets, ...row }: StoredRow) =>
    secrets === null
      ? Effect.succeed(row)
      : sealed.open(secrets, { tenantId: row.tenantId, rowId: row.id }).pipe(
          Effect.map((values) => ({ ...row, settings: { ...(row.settings as object), ...values } })),
          Effect.catchDefect(() => Effect.succeed({ ...row, settings: undefined }))
        )
  /** The statement that records a check only updates: what is new to this region gets a state that it can. */
  const begin = (rows: ReadonlyArray<StoredRow>) => {
    const ids = rows.filter(({ isNew, isRemoved }) => isNew && !isRemoved).map(({ id }) => id)
    // cross-tenant: a bucket holds monitors of every tenant
    return ids.length === 0
      ? Effect.void
      : inTurn(sql`
          INSERT INTO monitor_state (tenant_id, monitor_id, region)
          SELECT m.tenant_id, m.id, ${region}
          FROM monitors m
          WHERE m.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)
          ON CONFLICT DO NOTHING`)
  }
  const monitors = (condition: Statement.Fragment) =>
    // cross-tenant: a bucket holds monitors of every tenant
    sql<StoredRow>`
      SELECT ${columns} FROM monitors m ${state} WHERE ${condition}`.pipe(
      inTurn,
      Effect.tap(begin),
      Effect.flatMap(Effect.forEach(opened))
    )

  return {
    take: (bucket, owner) =>
      sql<{ epoch: number }>`
        WITH known AS (
          -- not by ON CONFLICT, which uses up a key each time
          INSERT INTO regions (name)
          SELECT ${region}::text WHERE NOT EXISTS (SELECT 1 FROM regions WHERE name = ${region})
          ON CONFLICT DO NOTHING
        )
        INSERT INTO check_buckets (region, bucket, epoch, owner, taken_at)
        VALUES (${region}, ${bucket}, 1, ${owner}, now())
        ON CONFLICT (region, bucket) DO UPDATE
        SET epoch = check_buckets.epoch + 1, owner = excluded.owner, taken_at = excluded.taken_at
        RETURNING epoch::float8 AS epoch`.pipe(
        inTurn,
        Effect.map(([row]) => new Lease(bucket, row!.epoch))
      ),
    load: (bucket) => monitors(sql`m.bucket = ${bucket} AND m.deleted_at IS NULL AND ${sql.literal(isOurs)}`),
    changed: (bucket, what) => {
      const condition =
        "ids" in what
          ? sql`m.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(what.ids)}::jsonb)::uuid)`
          : sql`m.updated_at > from_millis(${Math.floor((what.since - overlapMicros) / 1000)}::bigint)`
      return monitors(sql`m.bucket = ${bucket} AND ${condition}`)
    },
    claimRuns: (bucket, owner, which) => {
      const isOpen =
        which === "new"
          ? sql`r.claimed_at IS NULL`
          : sql`r.answered_at IS NULL
              AND r.id NOT IN (SELECT jsonb_array_elements_text(${JSON.stringify([...which.allBut])}::jsonb)::uuid)`
      // cross-tenant: requests for any monitor of the bucket
      return inTurn(sql<RunRequest>`
        UPDATE work_requests r
        SET claimed_at = now(), claimed_by = ${owner}
        FROM monitors m
        WHERE ${isOpen} AND r.kind = 'run' AND r.expires_at > now()
          AND m.tenant_id = r.tenant_id AND m.id = r.monitor_id AND m.bucket = ${bucket} AND ${sql.literal(isOurs)}
          -- who still checks when another one has begun (Handover) could not record what it finds, so would never answer
          AND EXISTS (SELECT 1 FROM check_buckets b
                      WHERE b.region = ${region} AND b.bucket = ${bucket} AND b.owner = ${owner})
        RETURNING r.id, r.monitor_id AS "monitorId"`)
    },
    answerRun: (requestId, answer) =>
      // cross-tenant: the request's id is enough
      sql`
        WITH answered AS (
          UPDATE work_requests
          SET answered_at = now(), answer = ${JSON.stringify(answer)}::jsonb, payload = NULL
          WHERE id = ${requestId} AND answered_at IS NULL
          RETURNING id
        )
        SELECT pg_notify('work_answered', id::text) FROM answered`.pipe(inTurn, Effect.asVoid)
  }
})
