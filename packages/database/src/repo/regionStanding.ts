/**
 * The rows of a monitor's regions, as people choose them: a state for each, and a verdict where several have a say. A
 * verdict that is there stays, also when one region is left: whoever owns the monitor decides by it or without it for good.
 */
import type { Monitor } from "@v-insight/domain/model/Monitor"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"

type Choice = Pick<Monitor, "regions" | "quorum">

export const make = (sql: SqlClient.SqlClient) => {
  /** Of a region that comes (again), what it believed long ago is no vote. Its workers do not own the monitor yet. */
  const enter = (tenantId: string, id: string, regions: ReadonlyArray<string>) => sql`
    INSERT INTO monitor_state (tenant_id, monitor_id, region)
    SELECT ${tenantId}, ${id}, region
    FROM unnest(CASE WHEN ${regions}::text[] = '{}' THEN ARRAY[default_region()] ELSE ${regions}::text[] END) AS region
    ON CONFLICT (tenant_id, monitor_id, region) DO UPDATE
    SET status = 'pending', since_ms = 0, failures = 0, successes = 0, is_incident_open = false, memory = NULL`

  /** The next version: what was decided with the regions and the quorum of before no longer counts. */
  const reconsider = (tenantId: string, id: string) => sql`
    INSERT INTO monitor_verdicts AS v (tenant_id, monitor_id)
    VALUES (${tenantId}, ${id})
    ON CONFLICT (tenant_id, monitor_id) DO UPDATE
    SET version = v.version + 1, region = NULL, recorded_at = clock_timestamp()`

  return {
    /** Rules are judged in the first region: whether that is another one then. */
    isJudgedElsewhere: (before: Choice, after: Choice) =>
      before.regions[0] === after.regions[0]
        ? Effect.succeed(false)
        : Effect.map(
            sql<{ isOther: boolean }>`
              SELECT coalesce(${before.regions[0] ?? null}::text, default_region())
                IS DISTINCT FROM coalesce(${after.regions[0] ?? null}::text, default_region()) AS "isOther"`,
            ([row]) => row!.isOther
          ),
    /** Of a new monitor. */
    begin: Effect.fnUntraced(function* (tenantId: string, id: string, { regions }: Choice) {
      yield* enter(tenantId, id, regions)
      if (regions.length > 1) yield* reconsider(tenantId, id)
    }),
    change: Effect.fnUntraced(function* (tenantId: string, id: string, before: Choice, after: Choice) {
      const isMoved = before.regions.join() !== after.regions.join()
      if (!isMoved && before.quorum === after.quorum) return
      const added = after.regions.filter((region) => !before.regions.includes(region))
      const isBackToDefault = isMoved && after.regions.length === 0
      if (added.length > 0 || isBackToDefault) yield* enter(tenantId, id, added)
      if (isMoved || after.regions.length > 1) yield* reconsider(tenantId, id)
    }),
    /** Of a monitor that was removed and is restored: its incident ended with the removal. */
    beginAnew: (tenantId: string, id: string) => sql`
      UPDATE monitor_verdicts
      SET version = version + 1, status = 'pending', since_ms = 0, is_incident_open = false, region = NULL,
        recorded_at = clock_timestamp()
      WHERE tenant_id = ${tenantId} AND monitor_id = ${id}`
  }
}
