/** What a monitor depends on: while one of its parents is down, nobody is told that it is. No monitor waits for itself. */
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { tellAlerting } from "./alerting.ts"

/** Longer chains are cut off: nobody's network is so deep. */
const deepest = 100

export const make = (sql: SqlClient.SqlClient) => {
  const tell = tellAlerting(sql)

  /** From one of `parentIds` up to the monitor itself, by name; undefined: nothing leads there. */
  const findCircle = Effect.fnUntraced(function* (tenantId: string, id: string, parentIds: ReadonlyArray<string>) {
    const [circle] = yield* sql<{ parentId: string; names: ReadonlyArray<string> }>`
      WITH RECURSIVE up AS (
        SELECT parent AS "parentId", parent AS id, ARRAY[parent] AS path
        FROM unnest(${parentIds}::uuid[]) AS parent
        UNION ALL
        SELECT up."parentId", p.parent_id, up.path || p.parent_id
        FROM up
        JOIN monitor_parents p ON p.tenant_id = ${tenantId} AND p.monitor_id = up.id
        -- a way that came to the monitor, or to where it has been, leads no further
        WHERE up.id <> ${id}::uuid AND p.parent_id <> ALL (up.path) AND cardinality(up.path) < ${deepest}
      )
      SELECT up."parentId", ARRAY(
        SELECT m.name FROM unnest(up.path) WITH ORDINALITY AS step (id, place)
        JOIN monitors m ON m.tenant_id = ${tenantId} AND m.id = step.id
        ORDER BY step.place) AS names
      FROM up
      WHERE up.id = ${id}::uuid
      ORDER BY cardinality(up.path)
      LIMIT 1`
    return circle
  })

  return {
    /** Another tenant's monitor and one that never was are told apart by nobody. */
    write: Effect.fnUntraced(function* (
      tenantId: string,
      { id, name }: { readonly id: string; readonly name: string },
      parentIds: ReadonlyArray<string>
    ) {
      if (parentIds.length > 0) {
        // Two that are changed at the same time could each see only half of a circle.
        yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${`monitor_parents ${tenantId}`}, 0))`
      }
      const known = yield* sql<{ id: string }>`
        SELECT id FROM monitors WHERE tenant_id = ${tenantId} AND id = ANY (${parentIds}::uuid[]) AND deleted_at IS NULL`
      const ids = new Set(known.map((one) => one.id))
      const issues = parentIds.flatMap((parentId, index) =>
        ids.has(parentId.toLowerCase()) ? [] : [{ path: `parentIds.${index}`, message: "There is no such monitor" }]
      )
      if (issues.length > 0) return yield* new ValidationFailed({ issues })
      const circle = yield* findCircle(tenantId, id, parentIds)
      if (circle !== undefined) {
        const index = parentIds.findIndex((parentId) => parentId.toLowerCase() === circle.parentId)
        return yield* new ValidationFailed({
          issues: [
            {
              path: `parentIds.${index}`,
              message: `It would wait for itself: ${[name, ...circle.names.slice(0, -1), name].join(" → ")}. Leave one of them out`
            }
          ]
        })
      }
      const removed = yield* sql`
        DELETE FROM monitor_parents
        WHERE tenant_id = ${tenantId} AND monitor_id = ${id} AND parent_id <> ALL (${parentIds}::uuid[])
        RETURNING parent_id`
      const added = yield* sql`
        INSERT INTO monitor_parents (tenant_id, monitor_id, parent_id)
        SELECT DISTINCT ${tenantId}::uuid, ${id}::uuid, unnest(${parentIds}::uuid[])
        ON CONFLICT DO NOTHING
        RETURNING parent_id`
      if (removed.length + added.length > 0) yield* tell(tenantId)
    })
  }
}
