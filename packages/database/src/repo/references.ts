/** Whether the people, channels, schedules, monitors and policies that something names are the tenant's own: else it is said which are not. */
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"

export interface Reference {
  readonly kind: "user" | "channel" | "schedule" | "monitor" | "policy"
  readonly id: string
  /** Of the field that names it. */
  readonly path: string
}

const sentences = {
  user: "There is no such member",
  channel: "There is no such alert channel",
  schedule: "There is no such on-call schedule",
  monitor: "There is no such monitor",
  policy: "There is no such escalation policy"
} as const

/** PostgreSQL takes nothing else for one. */
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** Of the monitors in a scope. */
export const scopeReferences = (monitorIds: ReadonlyArray<string>): ReadonlyArray<Reference> =>
  monitorIds.map((id, index) => ({ kind: "monitor", id, path: `scope.monitorIds.${index}` }))

/** Another tenant's and one that never was are told apart by nobody. */
export const checkReferences = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  tenantId: string,
  references: ReadonlyArray<Reference>
) {
  if (references.length === 0) return
  const idsOf = (kind: Reference["kind"]) => [
    ...new Set(references.filter((one) => one.kind === kind && uuid.test(one.id)).map(({ id }) => id))
  ]
  const known = yield* sql<{ found: string }>`
    SELECT 'user ' || user_id AS found FROM memberships
    WHERE tenant_id = ${tenantId} AND user_id = ANY (${idsOf("user")}::uuid[])
    UNION ALL
    SELECT 'channel ' || id FROM alert_channels
    WHERE tenant_id = ${tenantId} AND id = ANY (${idsOf("channel")}::uuid[]) AND deleted_at IS NULL
    UNION ALL
    SELECT 'schedule ' || id FROM on_call_schedules
    WHERE tenant_id = ${tenantId} AND id = ANY (${idsOf("schedule")}::uuid[]) AND deleted_at IS NULL
    UNION ALL
    -- one that was removed stays named where it was named
    SELECT 'monitor ' || id FROM monitors
    WHERE tenant_id = ${tenantId} AND id = ANY (${idsOf("monitor")}::uuid[])
    UNION ALL
    SELECT 'policy ' || id FROM escalation_policies
    WHERE tenant_id = ${tenantId} AND id = ANY (${idsOf("policy")}::uuid[]) AND deleted_at IS NULL`
  const found = new Set(known.map((row) => row.found))
  const issues = references
    .filter(({ id, kind }) => !found.has(`${kind} ${id.toLowerCase()}`))
    .map(({ kind, path }) => ({ path, message: sentences[kind] }))
  if (issues.length > 0) return yield* new ValidationFailed({ issues })
})
