/** Rows for tests of the worker: a tenant with monitors, a channel and a rule, put there past row-level security. */
import { PgClient } from "@effect/sql-pg"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"

export const newId = (): string => uuidV7Unsafe()

/** Runs with the superuser's eyes. */
export const asSuperuser = Effect.provide(TestDatabase.superuser)

export const insertTenant = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const id = newId()
  yield* sql`INSERT INTO tenants (id, name) VALUES (${id}, 'Tenant')`
  yield* sql`SELECT ensure_check_partitions((now() AT TIME ZONE 'UTC')::date - 1, 4)`
  return id
}).pipe(asSuperuser, Effect.orDie)

export interface MonitorSeed {
  readonly tenantId: string
  /** Of an http monitor. */
  readonly url?: string
  /** Of any other kind. */
  readonly kind?: { readonly type: string; readonly settings: Readonly<Record<string, unknown>> }
  readonly intervalSeconds?: number
  readonly confirmations?: number
  readonly tags?: ReadonlyArray<string>
  /** Left out: the default one. */
  readonly regions?: ReadonlyArray<string>
  readonly quorum?: number
}

export const insertMonitor = Effect.fnUntraced(
  function* (seed: MonitorSeed) {
    const sql = yield* PgClient.PgClient
    const id = newId()
    const { settings, type } = seed.kind ?? { type: "http", settings: { url: seed.url ?? "http://127.0.0.1:9/" } }
    const tags = JSON.stringify(seed.tags ?? [])
    yield* sql`
    INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks, tags, regions, quorum)
    VALUES (${seed.tenantId}, ${id}, ${bucketOf(id)}, 'Monitor', ${type}, ${JSON.stringify(settings)}::jsonb, ${seed.intervalSeconds ?? 60}, 2,
      ${seed.confirmations ?? 0}, 1, ARRAY(SELECT jsonb_array_elements_text(${tags}::jsonb)),
      ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(seed.regions ?? [])}::jsonb)), ${seed.quorum ?? null})`
    for (const region of seed.regions ?? ["default"]) {
      yield* sql`INSERT INTO monitor_state (tenant_id, monitor_id, region) VALUES (${seed.tenantId}, ${id}, ${region})`
    }
    if (seed.regions !== undefined && seed.regions.length > 1) {
      yield* sql`INSERT INTO monitor_verdicts (tenant_id, monitor_id) VALUES (${seed.tenantId}, ${id})`
    }
    return { tenantId: seed.tenantId, id, bucket: bucketOf(id) }
  },
  asSuperuser,
  Effect.orDie
)

/** A webhook channel and a rule that tells it of everything that goes down, or of what has one of the tags. */
export const insertRule = Effect.fnUntraced(
  function* (tenantId: string, url: string, tags: ReadonlyArray<string> = []) {
    const sql = yield* PgClient.PgClient
    const channelId = newId()
    const ruleId = newId()
    yield* sql`
    INSERT INTO alert_channels (tenant_id, id, name, type, settings)
    VALUES (${tenantId}, ${channelId}, 'Hook', 'webhook', ${JSON.stringify({ url })}::jsonb)`
    yield* sql`
    INSERT INTO alert_rules (tenant_id, id, name, trigger, tags)
    VALUES (${tenantId}, ${ruleId}, 'Rule', 'down', ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(tags)}::jsonb)))`
    yield* sql`INSERT INTO alert_rule_channels (tenant_id, alert_rule_id, channel_id) VALUES (${tenantId}, ${ruleId}, ${channelId})`
    return { channelId, ruleId }
  },
  asSuperuser,
  Effect.orDie
)
