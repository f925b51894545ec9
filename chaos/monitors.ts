/** What is watched: monitors on short intervals, some of whose targets change their mind, and a channel that is told. */
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import type { Database } from "./database.ts"
import type { Dice } from "./dice.ts"
import type { Target } from "./target.ts"

/** Of the monitors; whoever watches the others must never say that they are down. Each flaps after a few incidents. */
const flakyShare = 0.6
const tenants = 3

export interface Monitor {
  readonly tenantId: string
  readonly id: string
  readonly isFlaky: boolean
  readonly intervalMs: number
  readonly confirmations: number
  readonly recoveryChecks: number
}

export const insertMonitors = async (
  { query }: Database,
  target: Target,
  dice: Dice,
  count: number
): Promise<ReadonlyArray<Monitor>> => {
  const owners = Array.from({ length: tenants }, () => uuidV7Unsafe())
  for (const tenantId of owners) {
    const [channelId, ruleId] = [uuidV7Unsafe(), uuidV7Unsafe()]
    await query("INSERT INTO tenants (id, name) VALUES ($1, 'Chaos')", [tenantId])
    await query(
      // As much as it may be: a message for each incident is what is judged here, no digest.
      `INSERT INTO alert_channels (tenant_id, id, name, type, settings, budget_messages, budget_seconds)
       VALUES ($1, $2, 'Hook', 'webhook', $3, 1000, 60)`,
      [tenantId, channelId, JSON.stringify({ url: target.hookUrl })]
    )
    await query("INSERT INTO alert_rules (tenant_id, id, name, trigger) VALUES ($1, $2, 'Rule', 'down')", [
      tenantId,
      ruleId
    ])
    await query("INSERT INTO alert_rule_channels (tenant_id, alert_rule_id, channel_id) VALUES ($1, $2, $3)", [
      tenantId,
      ruleId,
      channelId
    ])
  }
  const monitors = Array.from({ length: count }, () => ({
    tenantId: dice.pick(owners),
    id: dice.uuid(),
    isFlaky: dice.next() < flakyShare,
    intervalMs: 1000 * (2 + dice.below(4)),
    confirmations: dice.below(2),
    recoveryChecks: 1 + dice.below(2)
  }))
  const rows = monitors.map((monitor, index) => ({
    ...monitor,
    bucket: bucketOf(monitor.id),
    url: target.urlOf(index, monitor.isFlaky)
  }))
  await query(
    `INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks)
     SELECT "tenantId", id, bucket, 'Monitor', 'http', jsonb_build_object('url', url), "intervalMs" / 1000, 2, confirmations, "recoveryChecks"
     FROM json_to_recordset($1) AS m("tenantId" uuid, id uuid, bucket int, url text, "intervalMs" int, confirmations int, "recoveryChecks" int)`,
    [JSON.stringify(rows)]
  )
  await query("INSERT INTO monitor_state (tenant_id, monitor_id) SELECT tenant_id, id FROM monitors")
  return monitors
}
