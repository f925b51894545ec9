/**
 * Of one monitor so many alert rules are judged with its checks and no more (maxRulesPerMonitor). Whoever would bring it
 * one more is told, be it by a rule that is saved or by a tag of the monitor: what nobody judges must not look as if
 * somebody did.
 */
import { Conflict } from "@v-insight/domain/api/Failures"
import { maxRulesPerMonitor } from "@v-insight/domain/model/AlertRule"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql"

/** A monitor that more rules are about than are judged. */
interface Crowded {
  readonly id: string
  readonly name: string
  readonly rules: number
}

/** Of one answer; a rule is about all monitors of a workspace at the most. */
const maxCrowded = 100_000

export const make = (sql: SqlClient.SqlClient) => {
  /**
   * The scope as domain/rules/scope has it. Each rule is a bit: a rule and a monitor that share twenty tags are one pair and
   * not twenty, of which there were four million. With 200 rules and 10,000 monitors of twenty tags a rule is saved in
   * 0.4 s; with twenty rules or fewer, which is nearly everybody, monitors are not looked at.
   */
  const crowded = (tenantId: string, about: { readonly monitor: string } | { readonly rule: string }) => sql<Crowded>`
    WITH judged AS MATERIALIZED (
      SELECT r.id, r.tags, r.tags = '{}' AND NOT EXISTS (
          SELECT 1 FROM alert_rule_monitors n WHERE n.tenant_id = r.tenant_id AND n.alert_rule_id = r.id) AS is_everything,
        set_bit(repeat('0', (count(*) OVER ())::integer)::varbit, (row_number() OVER ())::integer - 1, 1) AS mark
      FROM alert_rules r
      WHERE r.tenant_id = ${tenantId} AND r.enabled AND r.deleted_at IS NULL
        AND r.trigger NOT IN ('down', 'heartbeat_missed')
    ), tagged AS MATERIALIZED (
      SELECT tag, bit_or(mark) AS marks FROM judged CROSS JOIN unnest(tags) AS tag GROUP BY tag
    ), everything AS MATERIALIZED (
      SELECT count(*) AS rules FROM judged WHERE is_everything
    ), watching AS (
      SELECT monitor_id, bit_or(marks) AS marks
      FROM (
        SELECT m.id AS monitor_id, t.marks
        FROM monitors m
        CROSS JOIN unnest(m.tags) AS carried(tag)
        JOIN tagged t ON t.tag = carried.tag
        WHERE m.tenant_id = ${tenantId} AND m.deleted_at IS NULL
          AND ${"monitor" in about ? sql`m.id = ${about.monitor}` : sql`true`}
        UNION ALL
        SELECT n.monitor_id, j.mark
        FROM judged j
        JOIN alert_rule_monitors n ON n.tenant_id = ${tenantId} AND n.alert_rule_id = j.id
      ) AS each
      GROUP BY monitor_id
    )
    SELECT m.id, m.name, (e.rules + coalesce(bit_count(w.marks), 0))::integer AS rules
    FROM monitors m
    CROSS JOIN everything e
    LEFT JOIN watching w ON w.monitor_id = m.id
    WHERE m.tenant_id = ${tenantId} AND m.deleted_at IS NULL
      AND ${"monitor" in about ? sql`m.id = ${about.monitor}` : sql`true`}
      AND (SELECT count(*) FROM judged) > ${maxRulesPerMonitor}
      AND e.rules + coalesce(bit_count(w.marks), 0) > ${maxRulesPerMonitor}
      AND ${"rule" in about ? sql`(SELECT j.is_everything OR bit_count(w.marks & j.mark) > 0 FROM judged j WHERE j.id = ${about.rule})` : sql`true`}
    ORDER BY rules DESC, lower(m.name), m.id
    LIMIT ${maxCrowded}`

  // Monitors do not wait for each other, only for rules: neither sees what the other has not committed.
  const keyOf = (tenantId: string) => sql`hashtextextended(${`alert_rules ${tenantId}`}, 0)`

  return {
    /** `change` writes a rule; refused when a monitor is watched by too many then, and was not before. */
    whileRuleChanges: <A, E, R>(tenantId: string, id: string, change: Effect.Effect<A, E, R>) =>
      Effect.gen(function* () {
        yield* sql`SELECT pg_advisory_xact_lock(${keyOf(tenantId)})`
        const before = new Set((yield* crowded(tenantId, { rule: id })).map((one) => one.id))
        const changed = yield* change
        const news = (yield* crowded(tenantId, { rule: id })).filter((one) => !before.has(one.id))
        if (news.length > 0) return yield* tooManyOf(news)
        return changed
      }),
    /** `change` writes a monitor; refused when it is watched by too many then, and by fewer before. */
    whileMonitorChanges: <A, E, R>(tenantId: string, id: string, change: Effect.Effect<A, E, R>) =>
      Effect.gen(function* () {
        yield* sql`SELECT pg_advisory_xact_lock_shared(${keyOf(tenantId)})`
        const [before] = yield* crowded(tenantId, { monitor: id })
        const changed = yield* change
        const [after] = yield* crowded(tenantId, { monitor: id })
        if (after !== undefined && after.rules > (before?.rules ?? 0)) return yield* tooManyFor(after)
        return changed
      })
  }
}

const uncounted = "Rules of “down” and “heartbeat missed” do not count."

const tooManyOf = (monitors: ReadonlyArray<Crowded>) => {
  const [{ name, rules }] = monitors as readonly [Crowded]
  const others = monitors.length === 1 ? "" : ` (and ${monitors.length - 1} more)`
  return new Conflict({
    message: `The monitor “${name}”${others} would have ${rules} alert rules that are judged with its checks, and ${maxRulesPerMonitor} is the most. Narrow the scope of this rule, or disable or narrow another one that is about this monitor. ${uncounted}`
  })
}

const tooManyFor = ({ name, rules }: Crowded) =>
  new Conflict({
    message: `With these tags the monitor “${name}” would have ${rules} alert rules that are judged with its checks, and ${maxRulesPerMonitor} is the most. Leave a tag out, or disable or narrow one of the rules first. ${uncounted}`
  })
