/** What jobs called in, as the check of their monitor asks for it: one statement, two primary keys. */
import { PgClient } from "@effect/sql-pg"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { type Heard, Heartbeats, HeartbeatsAway } from "@v-insight/domain/monitor-types/Heartbeats"
import type { Signals } from "@v-insight/domain/rules/heartbeat"
import { Effect, Layer } from "effect"
import { limited } from "./sql/TimeLimit.ts"

/** Of our own pauses: more of them than a job's call could fall into. */
const maxSpans = 20

interface Row extends Signals {
  readonly now: number
  /** `[since, until]`, the newest first; null when nobody ever said that calls can be received. */
  readonly reception: ReadonlyArray<readonly [from: number, to: number]> | null
  readonly said: { readonly body: string | null; readonly isTruncated: boolean } | null
}

export const layer = Layer.effect(
  Heartbeats,
  Effect.map(PgClient.PgClient, (sql) =>
    Heartbeats.of({
      // 0.05 ms in PostgreSQL. Instants by the clock that stamps calls, so that clocks need not agree.
      ofMonitor: ({ monitorId, tenantId }) =>
        sql<Row>`
          SELECT
            to_millis(clock_timestamp())::float8 AS now,
            to_millis(s.expected_since)::float8 AS "expectedSince",
            to_millis(s.last_start_at)::float8 AS "startedAt",
            to_millis(s.last_success_at)::float8 AS "succeededAt",
            to_millis(s.last_fail_at)::float8 AS "failedAt",
            s.last_outcome AS outcome,
            s.last_exit_code::integer AS "exitCode",
            coalesce(s.last_kind = 'start', false) AS "isStarted",
            CASE WHEN s.last_outcome = 'fail' THEN (
              SELECT jsonb_build_object('body', h.body, 'isTruncated', h.is_truncated)
              FROM heartbeats h
              WHERE h.tenant_id = s.tenant_id AND h.monitor_id = s.monitor_id AND h.kind = 'fail'
              ORDER BY h.number DESC
              LIMIT 1) END AS said,
            (SELECT jsonb_agg(jsonb_build_array(to_millis(r.since), to_millis(r.until)) ORDER BY r.since DESC)
             FROM (SELECT since, until FROM heartbeat_reception ORDER BY since DESC LIMIT ${maxSpans}) r) AS reception
          FROM heartbeat_state s
          WHERE s.tenant_id = ${tenantId} AND s.monitor_id = ${monitorId}`.pipe(
          limited,
          Effect.map(([row]) => (row === undefined ? undefined : toHeard(row))),
          Effect.tapError((error) =>
            Effect.logWarning("The calls of a job could not be read").pipe(
              Effect.annotateLogs({ reason: describeSqlError(error) })
            )
          ),
          Effect.mapError(() => new HeartbeatsAway())
        )
    })
  )
)

const toHeard = ({ now, reception, said, ...signals }: Row): Heard => ({
  now,
  said: said === null || said.body === null ? null : { body: said.body, isTruncated: said.isTruncated },
  signals,
  reception: (reception ?? []).map(([from, to]) => ({ from, to }))
})
