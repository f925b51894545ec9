/** Reads the alert rules that are judged with each check, and the maintenance windows to come. All SQL here is cross-tenant. */
import type { PgClient } from "@effect/sql-pg"
import { AlertCondition } from "@v-insight/domain/model/AlertRule"
import { Recurrence } from "@v-insight/domain/model/MaintenanceWindow"
import { Effect, Result, Schema } from "effect"
import type { Statement } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import { limited } from "../sql/TimeLimit.ts"
import type { PlannedWindow } from "@v-insight/domain/rules/maintenance"
import type { JudgedRule, Watch } from "./watch.ts"

/** Rules or windows in one statement. */
const pageSize = 1000
/** Of an instant by which changes are asked for: covers transactions that committed late. */
const overlap = "10 seconds"

export interface AlertingRepo {
  /** Of one tenant, or of every one: only tenants that have any. */
  readonly load: (tenantId?: string) => Effect.Effect<ReadonlyMap<string, Watch>, SqlError>
  /** Tenants with a change since an instant of the database's clock, and the instant to ask by the next time. */
  readonly changedSince: (
    instant: string
  ) => Effect.Effect<{ readonly tenants: ReadonlyArray<string>; readonly now: string }, SqlError>
}

interface Row {
  readonly tenantId: string
  readonly id: string
}

const decodeCondition = Schema.decodeUnknownResult(AlertCondition)
const decodeRecurrence = Schema.decodeUnknownResult(Schema.NullOr(Recurrence))

export const make = (sql: PgClient.PgClient): AlertingRepo => {
  const whose = (tenantId: string | undefined) =>
    tenantId === undefined ? sql`true` : sql`t.tenant_id = ${tenantId}::uuid`

  /** Page by page, by the primary key. */
  const all = Effect.fnUntraced(function* <A extends Row>(
    page: (after: Statement.Fragment) => Effect.Effect<ReadonlyArray<A>, SqlError>
  ) {
    const rows: Array<A> = []
    for (let after = sql`true`; ;) {
      const found = yield* limited(page(after))
      rows.push(...found)
      const last = found.at(-1)
      if (last === undefined || found.length < pageSize) return rows
      after = sql`(t.tenant_id, t.id) > (${last.tenantId}::uuid, ${last.id}::uuid)`
    }
  })

  const rulesOf = (tenantId: string | undefined) =>
    all(
      (after) => sql<RuleRow>`
        SELECT t.tenant_id AS "tenantId", t.id, t.severity, t.tags,
          -- the trigger is a column of its own
          t.condition || jsonb_build_object('trigger', t.trigger) AS condition,
          ARRAY(SELECT m.monitor_id::text FROM alert_rule_monitors m
                WHERE m.tenant_id = t.tenant_id AND m.alert_rule_id = t.id) AS "monitorIds"
        FROM alert_rules t
        WHERE ${whose(tenantId)} AND ${after}
          AND t.enabled AND t.deleted_at IS NULL AND t.trigger NOT IN ('down', 'heartbeat_missed')
        ORDER BY t.tenant_id, t.id
        LIMIT ${pageSize}`
    )
  // Of a recurring window the first occurrence says nothing about the others.
  const windowsOf = (tenantId: string | undefined) =>
    all(
      (after) => sql<WindowRow>`
        SELECT t.tenant_id AS "tenantId", t.id, t.name, rfc3339(t.starts_at) AS "startsAt", rfc3339(t.ends_at) AS "endsAt",
          t.time_zone AS "timeZone", t.recurrence, t.tags, t.monitor_ids::text[] AS "monitorIds"
        FROM maintenance_windows t
        WHERE ${whose(tenantId)} AND ${after}
          AND t.deleted_at IS NULL AND (t.recurrence IS NOT NULL OR t.ends_at > now() - interval '1 hour')
        ORDER BY t.tenant_id, t.id
        LIMIT ${pageSize}`
    )

  return {
    load: Effect.fnUntraced(function* (tenantId?: string) {
      const found = new Map<string, { readonly rules: Array<JudgedRule>; readonly windows: Array<PlannedWindow> }>()
      const watchOf = (id: string) => {
        const watch = found.get(id) ?? { rules: [], windows: [] }
        found.set(id, watch)
        return watch
      }
      for (const { condition, monitorIds, tags, tenantId: owner, ...rule } of yield* rulesOf(tenantId)) {
        const decoded = decodeCondition(condition)
        if (Result.isFailure(decoded)) yield* unreadable("An alert rule cannot be read", rule.id)
        else watchOf(owner).rules.push({ ...rule, condition: decoded.success, scope: { monitorIds, tags } })
      }
      for (const { monitorIds, recurrence, tags, tenantId: owner, ...window } of yield* windowsOf(tenantId)) {
        const decoded = decodeRecurrence(recurrence)
        if (Result.isFailure(decoded)) yield* unreadable("A maintenance window cannot be read", window.id)
        else watchOf(owner).windows.push({ ...window, recurrence: decoded.success, scope: { monitorIds, tags } })
      }
      return found
    }),
    changedSince: (instant) =>
      limited(sql<{ tenants: ReadonlyArray<string>; now: string }>`
        SELECT
          ARRAY(
            SELECT tenant_id::text FROM alert_rules WHERE updated_at > ${instant}::timestamptz - ${overlap}::interval
            UNION
            SELECT tenant_id::text FROM maintenance_windows WHERE updated_at > ${instant}::timestamptz - ${overlap}::interval
          ) AS tenants,
          rfc3339(now()) AS now`).pipe(Effect.map(([row]) => row!))
  }
}

type RuleRow = Row & Pick<JudgedRule, "id" | "severity"> & JudgedRule["scope"] & { readonly condition: unknown }
type WindowRow = Row &
  Omit<PlannedWindow, "scope" | "recurrence"> &
  PlannedWindow["scope"] & { readonly recurrence: unknown }

/** Written by another version, maybe: the others count all the same. */
const unreadable = (message: string, id: string) => Effect.logWarning(message).pipe(Effect.annotateLogs({ id }))
