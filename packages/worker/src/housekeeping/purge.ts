/**
 * Deletes for good what people removed longer ago than results are kept: until then it can be restored. A monitor takes
 * its incidents with it, their messages, decisions and events, which nobody can look at any more. And what is older than
 * results and nobody refers to: silences, and decisions that opened nothing. All SQL here is cross-tenant.
 */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { inBatches } from "./inBatches.ts"

/** Monitors per statement: a tenant that removed thousands must not hold locks for long. */
const batch = 200
/** 10,000 monitors; the rest within the hour. */
const maxBatches = 50
/** Decisions per statement. */
const decisionBatch = 5_000

export const purge = Effect.fnUntraced(function* (sql: PgClient.PgClient, retentionDays: number) {
  const isDue = sql`deleted_at < now() - make_interval(days => ${retentionDays}::integer)`
  const purgeMonitors = sql<{ forgotten: number }>`
    WITH gone AS (
      SELECT tenant_id, id
      FROM monitors
      WHERE ${isDue}
      LIMIT ${batch}
    ), ended AS (
      SELECT i.tenant_id, i.id
      FROM incidents i
      JOIN gone g ON g.tenant_id = i.tenant_id AND g.id = i.monitor_id
    ), forgotten AS (
      DELETE FROM notifications n
      USING ended e
      WHERE n.tenant_id = e.tenant_id AND n.incident_id = e.id
    ), unmerged AS (
      UPDATE incidents i
      SET merged_into_id = NULL
      FROM ended e
      WHERE i.tenant_id = e.tenant_id AND i.merged_into_id = e.id
        AND NOT EXISTS (SELECT 1 FROM ended o WHERE o.tenant_id = i.tenant_id AND o.id = i.id)
    ), closed AS (
      -- decisions, events and escalations go with it
      DELETE FROM incidents i
      USING ended e
      WHERE i.tenant_id = e.tenant_id AND i.id = e.id
    ), purged AS (
      DELETE FROM monitors m
      USING gone g
      WHERE m.tenant_id = g.tenant_id AND m.id = g.id
      RETURNING m.id
    )
    SELECT count(*)::integer AS forgotten FROM purged`
  yield* inBatches(purgeMonitors, batch, maxBatches)
  // Those of incidents stay as long as these.
  const forgetDecisions = sql<{ forgotten: number }>`
    WITH forgotten AS (
      DELETE FROM decisions
      WHERE (tenant_id, id) IN (
        SELECT tenant_id, id
        FROM decisions
        WHERE incident_id IS NULL AND decided_at < now() - make_interval(days => ${retentionDays}::integer)
        LIMIT ${decisionBatch})
      RETURNING id
    )
    SELECT count(*)::integer AS forgotten FROM forgotten`
  yield* inBatches(forgetDecisions, decisionBatch, maxBatches)
  yield* sql`
    DELETE FROM incident_groups g
    WHERE g.opened_at < now() - make_interval(days => ${retentionDays}::integer)
      AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.tenant_id = g.tenant_id AND i.group_id = g.id)`
  yield* sql`DELETE FROM silences WHERE ends_at < now() - make_interval(days => ${retentionDays}::integer)`
  yield* sql`DELETE FROM maintenance_windows WHERE ${isDue}`
  yield* sql`DELETE FROM on_call_overrides WHERE ends_at < now() - make_interval(days => ${retentionDays}::integer)`
  yield* sql`DELETE FROM on_call_schedules WHERE ${isDue}`
  // What it raised is told of by its name.
  yield* sql`
    DELETE FROM alert_rules r
    WHERE ${isDue} AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.tenant_id = r.tenant_id AND i.rule_id = r.id)`
  yield* sql`
    DELETE FROM escalation_policies p
    WHERE ${isDue} AND NOT EXISTS (
      SELECT 1 FROM alert_rules r WHERE r.tenant_id = p.tenant_id AND r.escalation_policy_id = p.id)`
  yield* sql`
    DELETE FROM alert_channels c
    WHERE ${isDue}
      AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.tenant_id = c.tenant_id AND n.channel_id = c.id)
      AND NOT EXISTS (SELECT 1 FROM silences s WHERE s.tenant_id = c.tenant_id AND s.notice_channel_id = c.id)`
  // Others stay in the ledger of incidents, as a name.
  yield* sql`
    UPDATE alert_channels
    SET settings = '{}', secrets = NULL
    WHERE ${isDue} AND (settings <> '{}' OR secrets IS NOT NULL)`
})
