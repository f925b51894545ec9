/** Alert rules with their scope and channels, which must be the tenant's own. */
import { NotFound, ValidationFailed } from "@v-insight/domain/api/Failures"
import type { AlertRule, AlertRuleId } from "@v-insight/domain/model/AlertRule"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import type { Page, Paging } from "./Page.ts"

/** What people decide about a rule. */
export type AlertRuleValues = Pick<AlertRule, "name" | "trigger" | "scope" | "channelIds" | "enabled">

type Change<E = never> = Effect.Effect<AlertRule, NotFound | E, TenantContext>

export class AlertRuleRepo extends Context.Service<
  AlertRuleRepo,
  {
    /** By name. */
    readonly list: (paging: Paging) => Effect.Effect<Page<AlertRule>, never, TenantContext>
    readonly get: (id: AlertRuleId) => Change
    /** Fails when it names a monitor or channel that the tenant does not have. */
    readonly insert: (values: AlertRuleValues) => Effect.Effect<AlertRule, ValidationFailed, TenantContext>
    readonly update: (id: AlertRuleId, patch: Partial<AlertRuleValues>) => Change<ValidationFailed>
    /** Can be undone by `restore`. */
    readonly remove: (id: AlertRuleId) => Change
    readonly restore: (id: AlertRuleId) => Change
  }
>()("@v-insight/database/repo/AlertRuleRepo") {
  static readonly layer = Layer.effect(
    AlertRuleRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  // Monitors that were removed stay in a scope: without them it could turn into "every monitor". Removed channels go.
  const columns = sql.literal(`
    r.id,
    r.name,
    r.trigger,
    r.tags,
    ARRAY(SELECT rm.monitor_id::text FROM alert_rule_monitors rm
          WHERE rm.tenant_id = r.tenant_id AND rm.alert_rule_id = r.id ORDER BY rm.monitor_id) AS "monitorIds",
    ARRAY(SELECT rc.channel_id::text FROM alert_rule_channels rc
          JOIN alert_channels c ON c.tenant_id = rc.tenant_id AND c.id = rc.channel_id AND c.deleted_at IS NULL
          WHERE rc.tenant_id = r.tenant_id AND rc.alert_rule_id = r.id ORDER BY rc.channel_id) AS "channelIds",
    r.enabled,
    rfc3339(r.created_at) AS "createdAt",
    rfc3339(r.updated_at) AS "updatedAt"`)

  const getIn = Effect.fnUntraced(function* (tenantId: string, id: string) {
    const [row] = yield* sql<AlertRuleRow>`
      SELECT ${columns}
      FROM alert_rules r
      WHERE r.tenant_id = ${tenantId} AND r.id = ${id} AND r.deleted_at IS NULL`
    return row === undefined ? yield* noRule : toRule(row)
  })

  /** Another tenant's monitor and one that never was are told apart by nobody. */
  const checkReferences = Effect.fnUntraced(function* (
    tenantId: string,
    {
      monitorIds = [],
      channelIds = []
    }: { readonly monitorIds?: ReadonlyArray<string>; readonly channelIds?: ReadonlyArray<string> }
  ) {
    const known = yield* sql<{ id: string }>`
      SELECT id FROM monitors WHERE tenant_id = ${tenantId} AND id = ANY (${monitorIds}::uuid[])
      UNION ALL
      SELECT id FROM alert_channels WHERE tenant_id = ${tenantId} AND id = ANY (${channelIds}::uuid[]) AND deleted_at IS NULL`
    const ids = new Set(known.map(({ id }) => id))
    const missing = (given: ReadonlyArray<string>, path: string, message: string) =>
      given.flatMap((id, index) => (ids.has(id.toLowerCase()) ? [] : [{ path: `${path}.${index}`, message }]))
    const issues = [
      ...missing(monitorIds, "scope.monitorIds", "There is no such monitor"),
      ...missing(channelIds, "channelIds", "There is no such alert channel")
    ]
    if (issues.length > 0) return yield* new ValidationFailed({ issues })
  })

  // DISTINCT: one id may be written in two ways, in upper and in lower case.
  const writeMonitors = (tenantId: string, id: string, monitorIds: ReadonlyArray<string>) =>
    Effect.andThen(
      sql`DELETE FROM alert_rule_monitors WHERE tenant_id = ${tenantId} AND alert_rule_id = ${id}`,
      sql`
        INSERT INTO alert_rule_monitors (tenant_id, alert_rule_id, monitor_id)
        SELECT DISTINCT ${tenantId}::uuid, ${id}::uuid, unnest(${monitorIds}::uuid[])`
    )
  const writeChannels = (tenantId: string, id: string, channelIds: ReadonlyArray<string>) =>
    Effect.andThen(
      sql`DELETE FROM alert_rule_channels WHERE tenant_id = ${tenantId} AND alert_rule_id = ${id}`,
      sql`
        INSERT INTO alert_rule_channels (tenant_id, alert_rule_id, channel_id)
        SELECT DISTINCT ${tenantId}::uuid, ${id}::uuid, unnest(${channelIds}::uuid[])`
    )

  return AlertRuleRepo.of({
    list: Effect.fn("AlertRuleRepo.list")(({ page, perPage }) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const rows = yield* sql<AlertRuleRow>`
            SELECT ${columns}
            FROM alert_rules r
            WHERE r.tenant_id = ${tenantId} AND r.deleted_at IS NULL
            ORDER BY lower(r.name), r.id
            LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
          const [counted] = yield* sql<{ total: number }>`
            SELECT count(*)::integer AS total FROM alert_rules WHERE tenant_id = ${tenantId} AND deleted_at IS NULL`
          return { items: rows.map(toRule), total: counted!.total }
        })
      )
    ),
    get: Effect.fn("AlertRuleRepo.get")((id) => scoped((tenantId) => getIn(tenantId, id))),
    insert: Effect.fn("AlertRuleRepo.insert")((values) => {
      const id = uuidV7Unsafe()
      return scoped(
        Effect.fnUntraced(function* (tenantId) {
          const { monitorIds, tags } = values.scope
          yield* checkReferences(tenantId, { monitorIds, channelIds: values.channelIds })
          yield* sql`
            INSERT INTO alert_rules (tenant_id, id, name, trigger, tags, enabled)
            VALUES (${tenantId}, ${id}, ${values.name}, ${values.trigger}, ${tags}::text[], ${values.enabled})`
          yield* writeMonitors(tenantId, id, monitorIds)
          yield* writeChannels(tenantId, id, values.channelIds)
          return yield* Effect.catchTag(getIn(tenantId, id), "NotFound", Effect.die)
        })
      )
    }),
    update: Effect.fn("AlertRuleRepo.update")((id, patch) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const changed = yield* sql`
            UPDATE alert_rules
            SET name = coalesce(${patch.name ?? null}, name),
              trigger = coalesce(${patch.trigger ?? null}, trigger),
              tags = coalesce(${patch.scope?.tags ?? null}::text[], tags),
              enabled = coalesce(${patch.enabled ?? null}::boolean, enabled),
              updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL
            RETURNING id`
          if (changed.length === 0) return yield* noRule
          yield* checkReferences(tenantId, {
            ...(patch.scope && { monitorIds: patch.scope.monitorIds }),
            ...(patch.channelIds && { channelIds: patch.channelIds })
          })
          if (patch.scope !== undefined) yield* writeMonitors(tenantId, id, patch.scope.monitorIds)
          if (patch.channelIds !== undefined) yield* writeChannels(tenantId, id, patch.channelIds)
          return yield* getIn(tenantId, id)
        })
      )
    ),
    remove: Effect.fn("AlertRuleRepo.remove")((id) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const rule = yield* getIn(tenantId, id)
          yield* sql`
            UPDATE alert_rules
            SET deleted_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL`
          return rule
        })
      )
    ),
    restore: Effect.fn("AlertRuleRepo.restore")((id) =>
      scoped((tenantId) =>
        Effect.andThen(
          sql`
            UPDATE alert_rules
            SET deleted_at = NULL, updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id}`,
          getIn(tenantId, id)
        )
      )
    )
  })
})

type AlertRuleRow = Omit<AlertRule, "scope"> & AlertRule["scope"]

const toRule = ({ monitorIds, tags, ...rule }: AlertRuleRow): AlertRule => ({ ...rule, scope: { monitorIds, tags } })

const noRule = new NotFound({ message: "There is no such alert rule." })
