/**
 * Incidents that are told as one. There are no chains: whatever is merged points at an incident that is not merged itself,
 * so there is no circle either.
 */
import { Conflict, ValidationFailed } from "@v-insight/domain/api/Failures"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"
import { writeAct } from "./incidentActs.ts"
import { resumeSql } from "./incidentResume.ts"

interface Side {
  readonly id: string
  readonly name: string
  readonly mergedIntoId: string | null
  readonly isOpen: boolean
}

export const make = (sql: SqlClient.SqlClient) => {
  const write = writeAct(sql)

  const find = (tenantId: string, id: string) =>
    Effect.map(
      sql<Side>`
        SELECT i.id, m.name, i.merged_into_id AS "mergedIntoId", i.resolved_at IS NULL AS "isOpen"
        FROM incidents i
        JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id
        WHERE i.tenant_id = ${tenantId} AND i.id = ${id}
        FOR UPDATE OF i`,
      ([row]) => row
    )

  return {
    /** Of an incident that is the tenant's. Whether `intoId` is, too, is found out here. */
    merge: Effect.fnUntraced(function* (tenantId: string, userId: string, id: string, intoId: string) {
      // One at a time: two that are merged into each other at the same moment would make a circle.
      yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${`incident_merges ${tenantId}`}, 0))`
      const one = (yield* find(tenantId, id))!
      const named = yield* find(tenantId, intoId)
      const root =
        named === undefined || named.mergedIntoId === null ? named : yield* find(tenantId, named.mergedIntoId)
      if (named === undefined || root === undefined) return yield* invalid("There is no such incident")
      if (named.id === one.id) return yield* invalid("An incident cannot be merged into itself: name another one")
      if (root.id === one.id) {
        return yield* new Conflict({ message: "The other incident is merged into this one. Unmerge it first." })
      }
      if (!one.isOpen || !root.isOpen) {
        return yield* new Conflict({
          message: "Only incidents that are open can be merged, and one of them is resolved."
        })
      }
      if (one.mergedIntoId === root.id) return
      yield* sql`
        UPDATE incidents
        SET merged_into_id = ${root.id}, updated_at = clock_timestamp()
        WHERE tenant_id = ${tenantId} AND (id = ${id} OR merged_into_id = ${id})`
      yield* write(tenantId, id, { kind: "merged", userId, message: `Merged into the incident of ${root.name}.` })
      yield* write(tenantId, root.id, {
        kind: "merged",
        userId,
        message: `The incident of ${one.name} was merged into this one.`
      })
    }),
    unmerge: Effect.fnUntraced(function* (tenantId: string, userId: string, id: string) {
      yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${`incident_merges ${tenantId}`}, 0))`
      const one = (yield* find(tenantId, id))!
      if (one.mergedIntoId === null)
        return yield* new Conflict({ message: "The incident is not merged into another one." })
      if (!one.isOpen) return yield* new Conflict({ message: "The incident is resolved already." })
      yield* sql`
        WITH freed AS (
          UPDATE incidents
          SET merged_into_id = NULL, updated_at = clock_timestamp()
          WHERE tenant_id = ${tenantId} AND id = ${id}
          RETURNING tenant_id, id, acknowledged_at
        ), ${sql.literal(resumeSql)}
        SELECT count(*) AS heard FROM heard`
      yield* write(tenantId, id, { kind: "unmerged", userId, message: "An incident of its own again." })
      yield* write(tenantId, one.mergedIntoId, {
        kind: "unmerged",
        userId,
        message: `The incident of ${one.name} is one of its own again.`
      })
    })
  }
}

const invalid = (message: string) => new ValidationFailed({ issues: [{ path: "intoId", message }] })
