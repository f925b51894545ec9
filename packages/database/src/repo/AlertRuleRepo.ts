/** Alert rules with their scope, channels and policy, which must be the tenant's own. Every change tells the workers. */
import { type Conflict, NotFound, type ValidationFailed } from "@v-insight/domain/api/Failures"
import type { AlertRule, AlertRuleId } from "@v-insight/domain/model/AlertRule"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { ruleSentence } from "@v-insight/domain/rules/ruleSentence"
import { Context, Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { tellAlerting } from "./alerting.ts"
import * as judgedRules from "./judgedRules.ts"
import type { Page, Paging } from "./Page.ts"
import { checkReferences, type Reference, scopeReferences } from "./references.ts"

/** What people decide about a rule. */
export type AlertRuleValues = Omit<AlertRule, "id" | "sentence" | "createdAt" | "updatedAt">

type Change<E = never> = Effect.Effect<AlertRule, NotFound | E, TenantContext>

export class AlertRuleRepo extends Context.Service<
  AlertRuleRepo,
  {
    /** By name. */
    readonly list: (paging: Paging) => Effect.Effect<Page<AlertRule>, never, TenantContext>
    readonly get: (id: AlertRuleId) => Change
    /** Fails when it names a monitor or channel that the tenant does not have, or is one too many for a monitor. */
    readonly insert: (values: AlertRuleValues) => Effect.Effect<AlertRule, Conflict | ValidationFailed, TenantContext>
    readonly update: (id: AlertRuleId, patch: Partial<AlertRuleValues>) => Change<Conflict | ValidationFailed>
    /** Can be undone by `restore`. */
    readonly remove: (id: AlertRuleId) => Change
    readonly restore: (id: AlertRuleId) => Change<Conflict>
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
  const tell = tellAlerting(sql)
  const { whileRuleChanges } = judgedRules.make(sql)
  // Monitors that were removed stay in a scope: without them it could turn into "every monitor". Removed channels go.
  const columns = sql.literal(`
    r.id,
    r.name,
    -- the trigger is a column of its own, too: the worker looks for it
    jsonb_build_object('trigger', r.trigger) || r.condition AS condition,
    r.tags,
    ARRAY(SELECT rm.monitor_id::text FROM alert_rule_monitors rm
          WHERE rm.tenant_id = r.tenant_id AND rm.alert_rule_id = r.id ORDER BY rm.monitor_id) AS "monitorIds",
    ARRAY(SELECT rc.channel_id::text FROM alert_rule_channels rc
          JOIN alert_channels c ON c.tenant_id = rc.tenant_id AND c.id = rc.channel_id AND c.deleted_at IS NULL
          WHERE rc.tenant_id = r.tenant_id AND rc.alert_rule_id = r.id ORDER BY rc.channel_id) AS "channelIds",
    r.severity,
    r.delay_seconds AS "delaySeconds",
    r.repeat_seconds AS "repeatSeconds",
    r.active_hours AS "activeHours",
    r.escalation_policy_id AS "escalationPolicyId",
    r.enabled,
    ARRAY(SELECT m.name FROM alert_rule_monitors rm
          JOIN monitors m ON m.tenant_id = rm.tenant_id AND m.id = rm.monitor_id
          WHERE rm.tenant_id = r.tenant_id AND rm.alert_rule_id = r.id ORDER BY lower(m.name), m.id LIMIT ${namedMonitors}) AS "monitorNames",
    ARRAY(SELECT c.name FROM alert_rule_channels rc
          JOIN alert_channels c ON c.tenant_id = rc.tenant_id AND c.id = rc.channel_id AND c.deleted_at IS NULL
          WHERE rc.tenant_id = r.tenant_id AND rc.alert_rule_id = r.id ORDER BY lower(c.name), c.id) AS "channelNames",
    (SELECT p.name FROM escalation_policies p
     WHERE p.tenant_id = r.tenant_id AND p.id = r.escalation_policy_id AND p.deleted_at IS NULL) AS "policyName",
    rfc3339(r.created_at) AS "createdAt",
    rfc3339(r.updated_at) AS "updatedAt"`)

  const getIn = Effect.fnUntraced(function* (tenantId: string, id: string) {
    const [row] = yield* sql<AlertRuleRow>`
      SELECT ${columns}
      FROM alert_rules r
      WHERE r.tenant_id = ${tenantId} AND r.id = ${id} AND r.deleted_at IS NULL`
    return row === undefined ? yield* noRule : toRule(row)
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
          const { condition, escalationPolicyId, scope } = values
          yield* checkReferences(sql, tenantId, referencesOf(values))
          const written = sql`
            INSERT INTO alert_rules (tenant_id, id, name, trigger, condition, tags, severity, delay_seconds, repeat_seconds,
              active_hours, escalation_policy_id, enabled)
            VALUES (${tenantId}, ${id}, ${values.name}, ${condition.trigger}, ${JSON.stringify(condition)}::jsonb,
              ${scope.tags}::text[], ${values.severity}, ${values.delaySeconds}, ${values.repeatSeconds}::integer,
              ${jsonOrNull(values.activeHours)}::jsonb, ${escalationPolicyId}::uuid, ${values.enabled})`
          yield* whileRuleChanges(tenantId, id, Effect.andThen(written, writeMonitors(tenantId, id, scope.monitorIds)))
          yield* writeChannels(tenantId, id, values.channelIds)
          yield* tell(tenantId)
          return yield* Effect.catchTag(getIn(tenantId, id), "NotFound", Effect.die)
        })
      )
    }),
    update: Effect.fn("AlertRuleRepo.update")((id, patch) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const { activeHours, condition, escalationPolicyId, repeatSeconds } = patch
          // Where null is a value, whether there is one is told apart.
          const written = sql`
            UPDATE alert_rules
            SET name = coalesce(${patch.name ?? null}, name),
              trigger = coalesce(${condition?.trigger ?? null}, trigger),
              condition = coalesce(${jsonOrNull(condition)}::jsonb, condition),
              tags = coalesce(${patch.scope?.tags ?? null}::text[], tags),
              severity = coalesce(${patch.severity ?? null}, severity),
              delay_seconds = coalesce(${patch.delaySeconds ?? null}::integer, delay_seconds),
              repeat_seconds = CASE WHEN ${repeatSeconds === undefined} THEN repeat_seconds ELSE ${repeatSeconds ?? null}::integer END,
              active_hours = CASE WHEN ${activeHours === undefined} THEN active_hours ELSE ${jsonOrNull(activeHours)}::jsonb END,
              enabled = coalesce(${patch.enabled ?? null}::boolean, enabled),
              updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL
            RETURNING id`.pipe(
            Effect.flatMap((changed) => (changed.length === 0 ? noRule : Effect.void)),
            Effect.andThen(checkReferences(sql, tenantId, referencesOf(patch))),
            Effect.andThen(
              patch.scope === undefined ? Effect.void : writeMonitors(tenantId, id, patch.scope.monitorIds)
            )
          )
          const isAboutOthers = patch.scope !== undefined || condition !== undefined || patch.enabled === true
          yield* isAboutOthers ? whileRuleChanges(tenantId, id, written) : written
          if (escalationPolicyId !== undefined) {
            yield* sql`
              UPDATE alert_rules SET escalation_policy_id = ${escalationPolicyId}::uuid WHERE tenant_id = ${tenantId} AND id = ${id}`
          }
          if (patch.channelIds !== undefined) yield* writeChannels(tenantId, id, patch.channelIds)
          yield* tell(tenantId)
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
          yield* tell(tenantId)
          return rule
        })
      )
    ),
    restore: Effect.fn("AlertRuleRepo.restore")((id) =>
      scoped((tenantId) =>
        whileRuleChanges(
          tenantId,
          id,
          sql`
            UPDATE alert_rules
            SET deleted_at = NULL, updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id}`
        ).pipe(Effect.andThen(tell(tenantId)), Effect.andThen(getIn(tenantId, id)))
      )
    )
  })
})

const referencesOf = (values: Partial<AlertRuleValues>): ReadonlyArray<Reference> => [
  ...scopeReferences(values.scope?.monitorIds ?? []),
  ...(values.channelIds ?? []).map((id, index) => ({ kind: "channel", id, path: `channelIds.${index}` }) as const),
  ...(values.escalationPolicyId == null
    ? []
    : [{ kind: "policy", id: values.escalationPolicyId, path: "escalationPolicyId" } as const])
]

type AlertRuleRow = Omit<AlertRule, "scope" | "sentence"> &
  AlertRule["scope"] & {
    readonly monitorNames: ReadonlyArray<string>
    readonly channelNames: ReadonlyArray<string>
    readonly policyName: string | null
  }

const toRule = ({ channelNames, monitorIds, monitorNames, policyName, tags, ...rule }: AlertRuleRow): AlertRule => ({
  ...rule,
  scope: { monitorIds, tags },
  sentence: ruleSentence(
    { ...rule, tags },
    { monitors: monitorNames, monitorCount: monitorIds.length, channels: channelNames, policy: policyName }
  )
})

const jsonOrNull = (value: object | null | undefined): string | null => (value == null ? null : JSON.stringify(value))

/** As many as a sentence names. */
const namedMonitors = 4

const noRule = new NotFound({ message: "There is no such alert rule." })
