/** The rows behind escalations: which are due, and one step of one of them. All SQL here is cross-tenant. */
import { PgClient } from "@effect/sql-pg"
import { rfc3339 } from "@v-insight/database/repo/instant"
import { isUnavailable } from "@v-insight/database/SqlTrouble"
import { TenantShares } from "@v-insight/database/TenantShares"
import type { EscalationStep } from "@v-insight/domain/model/EscalationPolicy"
import type { Reason } from "@v-insight/domain/model/Reason"
import {
  allGone,
  endBefore,
  type EscalationFacts,
  nextAfter,
  roundOf,
  stepOf,
  stepSentence,
  unreadable,
  unreadableSentence
} from "@v-insight/domain/rules/escalation"
import { Cause, Clock, Effect, Result, Semaphore } from "effect"
import { isSqlError } from "effect/sql/SqlError"
import { logDefect } from "../Defect.ts"
import { limited } from "../sql/TimeLimit.ts"
import * as Targets from "./Targets.ts"
import { tellSql } from "./tellSql.ts"

/** Who took an escalation to start it has so long, before another worker does. */
const claimFor = "1 minute"
/**
 * Nobody has looked at it for so long after it was due: whoever had it is gone. Any region takes it over. Each time it
 * takes twice as long, up to an hour: where steps pile up, who is only late would else be begun again and again.
 */
const overdueAfter = "2 minutes"
const maxDoublings = 5
/** Of all statements of one step. */
const stepWithin = "15 seconds"

/** Each has a connection of the pool's eight: thousands may be due at once. */
const stepsAtOnce = 3
/** Of one tenant: whoever else's step is due does not wait behind its thousands. */
const stepsOfTenant = 2
/** Among so many new ones, the longest due, tenants have their turns. */
const maxLookedAt = 10_000

export interface EscalationKey {
  readonly tenantId: string
  readonly incidentId: string
  readonly policyId: string
}

export interface Place {
  /** The next step. */
  readonly position: number
  /** When it is due, epoch ms. */
  readonly dueAt: number
}

export interface Run {
  /** How often the escalation was taken up again, each time as a workflow of its own. */
  readonly resumed: number
}

interface LookRow {
  readonly position: number
  readonly dueAt: number
  readonly isEnded: boolean
  readonly ruleId: string
  readonly isResolved: boolean
  readonly isAcknowledged: boolean
  readonly isMerged: boolean
  readonly isRuleRemoved: boolean
  readonly isRuleDisabled: boolean
  readonly isPolicyRemoved: boolean
  readonly policy: string
  readonly steps: ReadonlyArray<EscalationStep>
  readonly repeats: number
}

export const make = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const findTargets = Targets.make(sql)
  const permits = Semaphore.makeUnsafe(stepsAtOnce)
  const shares = new TenantShares(stepsOfTenant)

  const end = ({ incidentId, policyId, tenantId }: EscalationKey, { code, message }: Reason) =>
    sql`
      WITH told AS (
        INSERT INTO incident_events (tenant_id, id, incident_id, kind, message)
        VALUES (${tenantId}, uuid_v7(), ${incidentId}, 'escalated', ${message})
      )
      UPDATE escalations
      SET ended_at = now(), ended_because = ${code}
      WHERE tenant_id = ${tenantId} AND incident_id = ${incidentId} AND policy_id = ${policyId}`

  /** Takes the step unless it was taken. The row's lock makes that once, whoever looks and how often. */
  const look = Effect.fnUntraced(function* (key: EscalationKey, position: number) {
    const { incidentId, policyId, tenantId } = key
    // The incident is locked as well: of two escalations of one incident, each numbers its messages after the other's.
    const [row] = yield* sql<LookRow>`
      SELECT
        e.position,
        to_millis(e.due_at)::float8 AS "dueAt",
        e.ended_at IS NOT NULL AS "isEnded",
        e.rule_id AS "ruleId",
        i.resolved_at IS NOT NULL AS "isResolved",
        i.acknowledged_at IS NOT NULL AS "isAcknowledged",
        i.merged_into_id IS NOT NULL AS "isMerged",
        r.deleted_at IS NOT NULL AS "isRuleRemoved",
        NOT r.enabled AS "isRuleDisabled",
        p.deleted_at IS NOT NULL AS "isPolicyRemoved",
        p.name AS policy,
        p.steps,
        p.repeats
      FROM escalations e
      JOIN incidents i ON i.tenant_id = e.tenant_id AND i.id = e.incident_id
      JOIN alert_rules r ON r.tenant_id = e.tenant_id AND r.id = e.rule_id
      JOIN escalation_policies p ON p.tenant_id = e.tenant_id AND p.id = e.policy_id
      WHERE e.tenant_id = ${tenantId} AND e.incident_id = ${incidentId} AND e.policy_id = ${policyId}
      FOR NO KEY UPDATE OF e, i`
    // Forgotten with its incident, or ended by another worker.
    if (row === undefined || row.isEnded) return undefined
    if (row.position > position) return { position: row.position, dueAt: row.dueAt }
    const ending = endBefore(row, position)
    if (ending !== undefined) return void (yield* end(key, ending))
    return yield* take(key, row)
  })

  const take = Effect.fnUntraced(function* (key: EscalationKey, row: LookRow & EscalationFacts) {
    const { incidentId, policyId, tenantId } = key
    const { position, ruleId } = row
    const now = yield* Clock.currentTimeMillis
    const found = yield* findTargets(tenantId, row.steps[stepOf(position)]!.targets, now)
    const sentence = stepSentence(position, found.outcomes)
    const reason = {
      code: "escalated",
      message: `Step ${stepOf(position) + 1} of ${row.policy}${roundOf(position) === 0 ? "" : `, round ${roundOf(position) + 1}`}: nobody has acknowledged.`,
      at: rfc3339(now)
    }
    yield* tellSql(sql, {
      tenantId,
      incidentId,
      ruleId,
      channelIds: found.channelIds,
      reason,
      at: rfc3339(now),
      sentence
    })
    const next = nextAfter(row, position, found.channelIds.length > 0)
    if (next === undefined) return void (yield* end(key, allGone))
    const dueAt = now + next.waitSeconds * 1000
    yield* sql`
      UPDATE escalations
      SET position = ${next.position}, due_at = from_millis(${dueAt}::float8::bigint)
      WHERE tenant_id = ${tenantId} AND incident_id = ${incidentId} AND policy_id = ${policyId}`
    return { position: next.position, dueAt } satisfies Place
  })

  /** What it names cannot be read, by us at least: whoever comes after it is told sooner, instead of nobody. */
  const passOver = Effect.fnUntraced(function* (key: EscalationKey, position: number) {
    const { incidentId, policyId, tenantId } = key
    const [row] = yield* sql<Pick<LookRow, "position" | "dueAt" | "isEnded" | "steps" | "repeats">>`
      SELECT e.position, to_millis(e.due_at)::float8 AS "dueAt", e.ended_at IS NOT NULL AS "isEnded", p.steps, p.repeats
      FROM escalations e
      JOIN escalation_policies p ON p.tenant_id = e.tenant_id AND p.id = e.policy_id
      WHERE e.tenant_id = ${tenantId} AND e.incident_id = ${incidentId} AND e.policy_id = ${policyId}
      FOR NO KEY UPDATE OF e`
    if (row === undefined || row.isEnded) return undefined
    if (row.position > position) return { position: row.position, dueAt: row.dueAt }
    const next = Result.getOrElse(
      Result.try(() => nextAfter(row, position, false)),
      () => undefined
    )
    if (next === undefined) return void (yield* end(key, unreadable))
    const dueAt = (yield* Clock.currentTimeMillis) + next.waitSeconds * 1000
    yield* sql`
      WITH told AS (
        INSERT INTO incident_events (tenant_id, id, incident_id, kind, message)
        VALUES (${tenantId}, uuid_v7(), ${incidentId}, 'escalated', ${unreadableSentence(position)})
      )
      UPDATE escalations
      SET position = ${next.position}, due_at = from_millis(${dueAt}::float8::bigint)
      WHERE tenant_id = ${tenantId} AND incident_id = ${incidentId} AND policy_id = ${policyId}`
    return { position: next.position, dueAt } satisfies Place
  })

  const inTurn = <A, E, R>(tenantId: string, step: Effect.Effect<A, E, R>) =>
    shares.within(tenantId, permits.withPermits(1)(step))

  // Of those that have been started, whoever had them is late with them.
  const isDue = sql`
    e.ended_at IS NULL AND e.due_at <= now() AND (e.relayed_at IS NULL
      OR e.due_at < now() - ${overdueAfter}::interval * power(2, least(e.resumed, ${maxDoublings})))`

  return {
    /**
     * New ones, of each tenant as many, and those that nobody looks at any more; whoever takes them has a minute to start
     * them. What nobody looks at begins as a workflow of its own: of two thousand on a busy machine, five were there and did
     * not wake, and were not begun again under their names. Why they did not is not known. If one wakes all the same, each
     * step is taken once.
     */
    claim: (limit: number) =>
      limited(sql<EscalationKey & Pick<Place, "position"> & Run & ClaimedTimes>`
        WITH longest AS (
          SELECT e.tenant_id, e.incident_id, e.policy_id, e.due_at
          FROM escalations e
          WHERE ${isDue}
          ORDER BY e.due_at
          LIMIT ${maxLookedAt}
        ), chosen AS (
          SELECT tenant_id, incident_id, policy_id
          FROM (SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY due_at) AS place FROM longest) AS numbered
          ORDER BY place, due_at
          LIMIT ${limit}
        ), due AS (
          SELECT e.tenant_id, e.incident_id, e.policy_id, e.due_at
          FROM chosen
          JOIN escalations e USING (tenant_id, incident_id, policy_id)
          -- another worker may have taken it meanwhile
          WHERE ${isDue}
          FOR NO KEY UPDATE OF e SKIP LOCKED
        )
        UPDATE escalations e
        SET due_at = now() + ${claimFor}::interval,
          resumed = e.resumed + CASE WHEN e.relayed_at IS NULL THEN 0 ELSE 1 END
        FROM due d
        JOIN escalation_policies p ON p.tenant_id = d.tenant_id AND p.id = d.policy_id
        WHERE e.tenant_id = d.tenant_id AND e.incident_id = d.incident_id AND e.policy_id = d.policy_id
        RETURNING e.tenant_id AS "tenantId", e.incident_id AS "incidentId", e.policy_id AS "policyId", e.position,
          e.resumed,
          to_millis(CASE WHEN e.relayed_at IS NULL THEN e.starts_at ELSE d.due_at END)::float8 AS "from",
          -- not read here: one that is no number would keep all of them from being claimed
          CASE WHEN e.relayed_at IS NULL AND e.resumed = 0 THEN p.steps #> '{0,waitSeconds}' END AS wait`).pipe(
        Effect.map((claimed) => claimed.map(({ from, wait, ...key }) => ({ ...key, dueAt: from + millisOf(wait) })))
      ),
    /** It is the workflow's from now on. */
    markStarted: ({ dueAt, incidentId, policyId, position, tenantId }: EscalationKey & Place) =>
      limited(sql`
        UPDATE escalations
        -- one that was claimed late, or taken over, is not late at once again
        SET due_at = greatest(from_millis(${dueAt}::float8::bigint), now()),
          relayed_at = coalesce(relayed_at, now())
        WHERE tenant_id = ${tenantId} AND incident_id = ${incidentId} AND policy_id = ${policyId}
          AND position = ${position} AND ended_at IS NULL`),
    /** What comes after the step at `position`; undefined: the escalation is over. */
    takeStep: (key: EscalationKey, position: number) =>
      inTurn(
        key.tenantId,
        limited(sql.withTransaction(look(key, position)), stepWithin).pipe(
          Effect.catchCause((cause) =>
            isUnreadable(cause)
              ? logDefect("A step of an escalation is passed over", Cause.squash(cause)).pipe(
                  Effect.andThen(limited(sql.withTransaction(passOver(key, position)), stepWithin))
                )
              : Effect.failCause(cause)
          )
        )
      )
  }
})

interface ClaimedTimes {
  /** Epoch ms. */
  readonly from: number
  readonly wait: unknown
}

const millisOf = (seconds: unknown): number => (typeof seconds === "number" ? seconds * 1000 : 0)

/** Neither a stop nor a database that may take it later. */
const isUnreadable = (cause: Cause.Cause<unknown>): boolean => {
  if (Cause.hasInterrupts(cause)) return false
  const error = Cause.squash(cause)
  return !isSqlError(error) || !isUnavailable(error)
}
