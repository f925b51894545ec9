/**
 * Years of believable checks, made up by PostgreSQL from a seed: the same seed makes the same history for the same days.
 * Each monitor has its own speed, days and nights, slow days, outages with their incidents, single failures, and now and
 * then nobody looked. They are added up on the same way as real ones.
 */
import { PgClient } from "@effect/sql-pg"
import * as Connections from "@v-insight/database/Connections"
import { rfc3339 } from "@v-insight/database/repo/instant"
import { RollupRepo } from "@v-insight/database/repo/RollupRepo"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { levels } from "@v-insight/domain/rules/rollupPlan"
import { slotAt, timingOf } from "@v-insight/domain/rules/slots"
import { Clock, Effect, Layer, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { createHash } from "node:crypto"
import { Refusal } from "./Refusal.ts"

export interface HistoryPlan {
  /** Whose tenant gets the monitors. */
  readonly email: string
  readonly monitors: number
  /** Back from now. */
  readonly days: number
  readonly seed: number
  readonly intervalSeconds: number
}

interface Logins {
  readonly apiUrl: Redacted.Redacted
  readonly workerUrl: Redacted.Redacted
}

const within = <I, LE, A, E, R>(layer: Layer.Layer<I, LE>, effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.flatMap(Layer.build(layer), (context) => Effect.provideContext(effect, context)))

const asApi = <A, E, R>({ apiUrl }: Logins, effect: Effect.Effect<A, E, R>) =>
  within(PgClient.layer(Connections.apiSettings(apiUrl)), effect)
const asWorker = <A, E, R>({ workerUrl }: Logins, effect: Effect.Effect<A, E, R>) =>
  within(RollupRepo.layer.pipe(Layer.provideMerge(PgClient.layer(Connections.workerSettings(workerUrl)))), effect)

const dayMs = 86_400_000
/** Partitions that PostgreSQL makes in one call. */
const maxPartitions = 400

/** Monitors, checks and incidents; then everything is added up. Answers with how many checks there are. */
export const makeHistory = Effect.fn("makeHistory")(function* (logins: Logins, plan: HistoryPlan) {
  const checks = yield* makeChecks(logins, plan)
  yield* Effect.logInfo(`Made ${checks} checks; adding them up`)
  yield* addUp(logins, plan)
  return checks
})

export const makeChecks = Effect.fn("makeChecks")(function* (logins: Logins, plan: HistoryPlan) {
  const now = yield* Clock.currentTimeMillis
  const from = firstDay(plan, now)
  const { ids, tenantId } = yield* asApi(logins, insertMonitors(plan, from))
  return yield* asWorker(logins, insertChecks(plan, tenantId, ids, from, now))
})

const rollUp = Effect.fnUntraced(function* (plan: HistoryPlan, now: number) {
  const { roll, rolledUntil, rollNext } = yield* RollupRepo
  const until = yield* rolledUntil
  if (until !== undefined) {
    // What is before has been added up without these checks. Day by day, so that no windows wait long for their hours.
    for (let at = firstDay(plan, now); at < until; at += dayMs) {
      for (const { name, windowMs } of levels) {
        const to = Math.min(at + dayMs, Math.floor(until / windowMs) * windowMs)
        if (at < to) yield* roll(name, at, to)
      }
    }
  }
  const begun = yield* Clock.currentTimeMillis
  const from = firstDay(plan, now)
  while (true) {
    const piece = yield* rollNext("rolledUntil")
    if (piece === undefined) break
    // Nearly all of the work is in the smallest windows.
    if (piece.level === "5m" && piece.to % dayMs === 0) {
      yield* tell(`Added up until ${rfc3339(piece.to)}`, (piece.to - from) / dayMs, plan.days, begun)
    }
  }
})

/** How far it is, and how long it takes from here at this pace. */
const tell = Effect.fnUntraced(function* (what: string, done: number, all: number, begun: number) {
  const elapsedMs = (yield* Clock.currentTimeMillis) - begun
  const leftMs = (elapsedMs / Math.max(1, done)) * Math.max(0, all - done)
  yield* Effect.logInfo(`${what}: ${done} of ${all} days, ${Math.ceil(leftMs / 60_000)} min left`)
})

/** The first day of the history, a midnight. */
const firstDay = ({ days }: HistoryPlan, now: number): number => (Math.floor(now / dayMs) - (days - 1)) * dayMs

/** Nobody can check what is made up: it is paused from now on. */
const pause = Effect.fnUntraced(function* (plan: HistoryPlan) {
  const sql = yield* SqlClient.SqlClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      const ids = idsOf(yield* enter(plan.email), plan)
      yield* sql`UPDATE monitors SET paused = true, updated_at = clock_timestamp() WHERE id = ANY (${ids}::uuid[])`
    })
  )
})

export const addUp = Effect.fn("addUp")(function* (logins: Logins, plan: HistoryPlan) {
  const now = yield* Clock.currentTimeMillis
  yield* asWorker(
    logins,
    Effect.andThen(
      rollUp(plan, now),
      Effect.flatMap(RollupRepo, ({ removeOld }) => removeOld)
    )
  )
  yield* asApi(logins, pause(plan))
})

const idsOf = (tenantId: string, { monitors, seed }: HistoryPlan): ReadonlyArray<string> =>
  Array.from({ length: monitors }, (_, index) => idOf(tenantId, seed, index))

/** A UUID that follows from all three, of the kind for custom data (RFC 9562 section 5.8). */
const idOf = (tenantId: string, seed: number, index: number): string => {
  const hash = createHash("sha256").update(`history ${tenantId} ${seed} ${index}`).digest("hex")
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

/** Acts within the tenant of an account until the transaction ends. */
const enter = Effect.fnUntraced(function* (email: string) {
  const sql = yield* SqlClient.SqlClient
  const [account] = yield* sql<{ tenantId: string }>`
    SELECT tenant_id AS "tenantId" FROM find_credentials(${email})`
  if (account === undefined) {
    return yield* new Refusal({ message: `There is no account ${email}: sign up first, or correct --email` })
  }
  yield* sql`SELECT set_config('app.tenant_id', ${account.tenantId}, true)`
  return account.tenantId
})

const insertMonitors = Effect.fnUntraced(function* (plan: HistoryPlan, from: number) {
  const { email, intervalSeconds, seed } = plan
  const sql = yield* SqlClient.SqlClient
  return yield* sql
    .withTransaction(
      Effect.gen(function* () {
        const tenantId = yield* enter(email)
        const ids = idsOf(tenantId, plan)
        const rows = ids.map((id, index) => ({ id, bucket: bucketOf(id), name: `Made up ${seed}.${index + 1}` }))
        // Changed long ago: workers that run take them up when they start again, not now.
        yield* sql`
        INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations,
          recovery_checks, created_at, updated_at)
        SELECT ${tenantId}, m.id, m.bucket, m.name, 'http', jsonb_build_object('url', 'https://' || m.id || '.example/'),
          ${intervalSeconds}, 10, 1, 1, from_millis(${from}), from_millis(${from})
        FROM json_to_recordset(${JSON.stringify(rows)}::json) AS m(id uuid, bucket integer, name text)`
        yield* sql`
        INSERT INTO monitor_state (tenant_id, monitor_id)
        SELECT ${tenantId}, id FROM unnest(${ids}::uuid[]) AS id`
        return { tenantId, ids }
      })
    )
    .pipe(
      Effect.catchReason("SqlError", "UniqueViolation", () =>
        Effect.fail(new Refusal({ message: `The history of seed ${seed} is there already: take another --seed` }))
      )
    )
})

const insertChecks = Effect.fnUntraced(function* (
  { days, intervalSeconds, seed }: HistoryPlan,
  tenantId: string,
  ids: ReadonlyArray<string>,
  from: number,
  now: number
) {
  const sql = yield* SqlClient.SqlClient
  for (let day = 0; day < days + 1; day += maxPartitions) {
    yield* sql`SELECT ensure_check_partitions(${rfc3339(from + day * dayMs)}::timestamptz::date, ${Math.min(maxPartitions, days + 2 - day)})`
  }
  const timings = ids.map((id) => timingOf(id, intervalSeconds * 1000))
  const phases = timings.map(({ phaseMs }) => phaseMs)
  // The phase of the slots that rollups expect follows from the last one.
  const last = timings.map((timing) => slotAt(timing, now))
  yield* sql`
    UPDATE monitor_state s
    SET last_slot_ms = made.last
    FROM unnest(${ids}::uuid[], ${last}::bigint[]) AS made(id, last)
    WHERE s.tenant_id = ${tenantId} AND s.monitor_id = made.id AND s.last_slot_ms = 0`
  const values = [tenantId, ids, phases, intervalSeconds * 1000, seed]
  const [peer] = yield* sql<{ key: number }>`
    WITH made AS (
      INSERT INTO check_peers (tenant_key, address, fingerprint)
      SELECT key, '192.0.2.1', '' FROM tenants WHERE id = ${tenantId}
      ON CONFLICT DO NOTHING
      RETURNING key
    )
    SELECT key FROM made
    UNION ALL
    SELECT p.key FROM check_peers p JOIN tenants t ON t.key = p.tenant_key
    WHERE t.id = ${tenantId} AND p.address = '192.0.2.1' AND p.fingerprint = ''`
  const begun = yield* Clock.currentTimeMillis
  let checks = 0
  for (let day = 0; day < days; day++) {
    const at = from + day * dayMs
    const [row] = yield* sql.unsafe<{ checks: number }>(checksOfDay, [
      ...values,
      at,
      Math.min(at + dayMs, now),
      peer!.key
    ])
    checks += row!.checks
    yield* tell(`Made ${checks} checks`, day + 1, days, begun)
  }
  return checks
})

/** From 0 to 1, the same for the same numbers. */
const luck = (what: string, number: number): string =>
  `((hashint8extended(${what}, $5::bigint * 1000 + m.n * 100000 + ${number}) & 1073741823) / 1073741824.0::float8)`
const common = (what: string, number: number): string =>
  `((hashint8extended(${what}, $5::bigint * 1000 + ${number}) & 1073741823) / 1073741824.0::float8)`

/** `$1` tenant, `$2` monitors, `$3` their phases, `$4` interval, `$5` seed, `$6` to `$7` a day, `$8` who answered; times in ms. */
const checksOfDay = `
WITH m AS (
  SELECT m.id, m.n, m.phase, k.key, k.tenant_key, r.key AS region_key,
    15000 * exp(3 * ${luck("7", 1)}) AS base_us,
    ${luck("$6::bigint", 2)} < 0.04 AS is_slow,
    CASE WHEN ${luck("$6::bigint", 3)} < 0.05 THEN $6::bigint + (80000000 * ${luck("$6::bigint", 4)})::bigint END AS down_from,
    180000 + (6000000 * ${luck("$6::bigint", 5)} ^ 3)::bigint AS down_ms,
    CASE WHEN ${common("$6::bigint", 6)} < 0.02 THEN $6::bigint + (80000000 * ${common("$6::bigint", 7)})::bigint END AS blind_from
  FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY AS m(id, phase, n)
  JOIN monitors k ON k.tenant_id = $1 AND k.id = m.id
  JOIN regions r ON r.name = 'default'
), slots AS (
  SELECT m.*, slot,
    m.down_from IS NOT NULL AND slot >= m.down_from AND slot < m.down_from + m.down_ms OR ${luck("slot", 8)} < 0.0003 AS is_down,
    ${luck("slot", 9)} AS mood,
    ${luck("slot", 10)} + ${luck("slot", 11)} - 1 AS noise
  FROM m
  CROSS JOIN LATERAL generate_series(
    m.phase + ceil(($6::bigint - m.phase) / $4::float8)::bigint * $4::bigint, $7::bigint - 1, $4::bigint) AS slot
  WHERE m.blind_from IS NULL OR slot NOT BETWEEN m.blind_from AND m.blind_from + 1800000
), durations AS (
  SELECT *, slot + (mood * 50)::bigint AS checked_ms,
    (base_us * (1 + 0.3 * sin(slot / 13750987.0 + n)) * exp(0.5 * noise) * CASE WHEN is_slow THEN 3 ELSE 1 END
      * CASE WHEN mood > 0.995 THEN 6 ELSE 1 END)::integer AS us
  FROM slots
), shorts AS (
  SELECT *, us / 20 AS dns_us, us / 10 AS connect_us, us / 5 AS tls_us, us / 2 AS first_byte_us, us / 10 AS transfer_us
  FROM (SELECT * FROM durations OFFSET 0) AS durations
  -- Computed once each: without OFFSET, PostgreSQL puts expressions in the place of columns, and us is one of eight calls.
  OFFSET 0
), made AS (
  INSERT INTO monitor_checks (quarter, after_ms, tenant_key, monitor_key, late_ms, peer_key, region_key, http_status, dns, connect,
    tls, first_byte, transfer, total, attempts, status, error_code, error_message)
  SELECT checked_ms / 900000, checked_ms % 900000, tenant_key, key, checked_ms - slot, $8, region_key,
    CASE WHEN is_down THEN 0 ELSE 200 END,
    CASE WHEN is_down THEN 0 ELSE short_duration(dns_us) END, CASE WHEN is_down THEN 0 ELSE short_duration(connect_us) END,
    CASE WHEN is_down THEN 0 ELSE short_duration(tls_us) END, CASE WHEN is_down THEN 0 ELSE short_duration(first_byte_us) END,
    CASE WHEN is_down THEN 0 ELSE short_duration(transfer_us) END, CASE WHEN is_down THEN 0 ELSE short_duration(us) END,
    CASE WHEN is_down THEN 2 ELSE 1 END,
    CASE WHEN is_down THEN 'd' WHEN is_slow AND mood < 0.3 OR mood < 0.001 THEN 'g' ELSE 'u' END::"char",
    CASE WHEN is_down THEN 'connection_refused' ELSE '' END,
    CASE WHEN is_down THEN 'The connection was refused.' ELSE '' END
  FROM shorts
  ORDER BY slot
  RETURNING 1
), opened AS (
  INSERT INTO incidents (tenant_id, id, monitor_id, started_at, resolved_at, cause_code, cause_message)
  SELECT $1, uuid_v7(), id, from_millis(down_from), from_millis(down_from + down_ms), 'connection_refused', 'The connection was refused.'
  FROM m
  WHERE down_from + down_ms < $7::bigint
)
SELECT count(*)::integer AS checks FROM made`
