/** Rollups are what the checks add up to, whatever happens while they are made. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { decode, type Histogram, of } from "@v-insight/domain/rules/histogram"
import { toMicroseconds, toShort } from "@v-insight/domain/rules/shortDuration"
import { latenessMs, type Level, levels } from "@v-insight/domain/rules/rollupPlan"
import { Clock, Effect, Fiber, Layer, Schedule } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { TestDatabase } from "../testing/TestDatabase.ts"
import { RollupRepo } from "./RollupRepo.ts"
import { insertChecks } from "../testing/checks.ts"
import { tableOf, windowMs } from "./rollupSql.ts"

const hourMs = 3_600_000
const historyMs = 30 * hourMs

interface Check {
  readonly monitor: string
  readonly at: number
  readonly status: "up" | "degraded" | "down" | "unknown"
  readonly totalUs: number | null
  readonly dnsUs: number | null
}

interface Window {
  readonly expected: number
  readonly up: number
  readonly degraded: number
  readonly down: number
  readonly unknown: number
  readonly timed: number
  readonly totalUs: number | null
  readonly dnsUs: number | null
  readonly histogram: Histogram
}

const superuser = <A, E>(use: (sql: PgClient.PgClient) => Effect.Effect<A, E>) =>
  Effect.flatMap(PgClient.PgClient, use).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)

const tenant = superuser((sql) =>
  Effect.gen(function* () {
    const id = uuidV7Unsafe()
    yield* sql`INSERT INTO tenants (id, name) VALUES (${id}, 'Tenant')`
    yield* sql`SELECT ensure_check_partitions(current_date - 4, 7)`
    return id as string
  })
)

const monitor = (tenantId: string, intervalSeconds: number, age: number) =>
  superuser((sql) =>
    Effect.gen(function* () {
      const id = uuidV7Unsafe()
      yield* sql`
        INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks, created_at)
        VALUES (${tenantId}, ${id}, 0, 'M', 'http', '{}', ${intervalSeconds}, 5, 1, 1, from_millis(${age}))`
      yield* sql`INSERT INTO monitor_state (tenant_id, monitor_id) VALUES (${tenantId}, ${id})`
      return id as string
    })
  )

const insert = (checks: ReadonlyArray<Check>) =>
  superuser((sql) =>
    insertChecks(
      sql,
      sql`
          SELECT c.monitor AS monitor_id, c.at AS checked_ms, c.at AS slot_ms, c.status, c."dnsUs" AS dns_us, c."totalUs" AS total_us
          FROM json_to_recordset(${JSON.stringify(checks)}::json)
            AS c(monitor uuid, at bigint, status text, "dnsUs" integer, "totalUs" integer)`
    )
  )

/** The same numbers for the same seed. */
const makeRandom = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

/** As a check keeps it. */
const kept = (us: number): number => toMicroseconds(toShort(us))!

/** Good hours and bad ones, with slots that nobody looked at. */
const historyOf = (random: () => number, monitor: string, intervalSeconds: number, from: number, to: number) => {
  const checks: Array<Check> = []
  for (let at = from; at < to; at += intervalSeconds * 1000) {
    const luck = random()
    if (luck < 0.05) continue
    const status = luck < 0.1 ? "unknown" : luck < 0.2 ? "down" : luck < 0.3 ? "degraded" : "up"
    const totalUs = status === "unknown" || random() < 0.1 ? null : kept(Math.ceil(Math.exp(random() * 18.7)))
    checks.push({ monitor, at, status, totalUs, dnsUs: totalUs === null || random() < 0.3 ? null : kept(totalUs >> 2) })
  }
  return checks
}

const mean = (checks: ReadonlyArray<Check>, of: (check: Check) => number | null): number | null =>
  checks.every((check) => of(check) === null)
    ? null
    : Math.round(checks.reduce((sum, check) => sum + (of(check) ?? 0), 0) / checks.length)

/** From the checks themselves. */
const recomputed = (checks: ReadonlyArray<Check>, windowMs: number): ReadonlyMap<string, Omit<Window, "expected">> =>
  new Map(
    [...Map.groupBy(checks, ({ at, monitor }) => `${monitor} ${Math.floor(at / windowMs) * windowMs}`)].map(
      ([key, all]) => {
        const timed = all.filter(
          ({ status, totalUs }) => (status === "up" || status === "degraded") && totalUs !== null
        )
        const count = (status: Check["status"]) => all.filter((one) => one.status === status).length
        return [
          key,
          {
            up: count("up"),
            degraded: count("degraded"),
            down: count("down"),
            unknown: count("unknown"),
            timed: timed.length,
            totalUs: timed.length === 0 ? null : mean(timed, ({ totalUs }) => totalUs),
            dnsUs: timed.length === 0 ? null : mean(timed, ({ dnsUs }) => dnsUs),
            histogram: of(timed.map(({ totalUs }) => totalUs!))
          }
        ]
      }
    )
  )

const stored = (tenantId: string, level: Level) =>
  Effect.map(
    superuser(
      (sql) => sql<Omit<Window, "histogram"> & { monitor: string; at: number; histogram: Uint8Array }>`
        SELECT m.id AS monitor, r.period * ${windowMs[level]}::float8 AS at, r.expected::integer, r.up::integer,
          r.degraded::integer, r.down::integer, r.unknown::integer, r.timed::integer, duration_us(r.total) AS "totalUs",
          duration_us(r.dns) AS "dnsUs", r.histogram
        FROM ${sql(tableOf(level))} r
        JOIN monitors m ON m.tenant_key = r.tenant_key AND m.key = r.monitor_key
        WHERE m.tenant_id = ${tenantId}`
    ),
    (rows) =>
      new Map<string, Window>(
        rows.map(({ at, histogram, monitor, ...rest }) => [
          `${monitor} ${at}`,
          { ...rest, histogram: decode(histogram) }
        ])
      )
  )

/** What is stored and what the checks add up to, of windows that began before `until`. Means are short durations, on each level. */
const compare = Effect.fnUntraced(function* (tenantId: string, checks: ReadonlyArray<Check>, until: number) {
  for (const { name, windowMs } of levels) {
    const end = Math.floor(until / windowMs) * windowMs
    const rows = yield* stored(tenantId, name)
    const wanted = recomputed(
      checks.filter(({ at }) => at < end),
      windowMs
    )
    if (name !== "1d") assert.isAbove(wanted.size, 10)
    for (const [key, window] of wanted) {
      const { dnsUs, expected, totalUs, ...found } = rows.get(key)!
      const { dnsUs: wantedDns, totalUs: wantedTotal, ...exact } = window
      assert.deepStrictEqual(found, exact, `${name} ${key}`)
      for (const [one, other] of [
        [dnsUs, wantedDns],
        [totalUs, wantedTotal]
      ] as const) {
        if (other === null) assert.isNull(one, name)
        else assert.approximately(one!, other, 2 + other / 1000, name)
      }
      assert.isAtLeast(expected, found.up + found.degraded + found.down + found.unknown)
    }
    for (const [key, { down, up }] of rows) if (up + down > 0) assert.isTrue(wanted.has(key) || +key.slice(37) >= end)
  }
})

const finish = (pass: "rolledUntil" | "settledUntil") =>
  Effect.gen(function* () {
    const { rollNext } = yield* RollupRepo
    while ((yield* rollNext(pass)) !== undefined);
  })

const restart = superuser((sql) => sql`DELETE FROM rollup_progress`)

const Database = RollupRepo.layer.pipe(Layer.provideMerge(TestDatabase.worker), Layer.provideMerge(TestDatabase.layer))

layer(Database, { excludeTestServices: true })("RollupRepo", (it) => {
  for (const seed of [1, 2, 3]) {
    it.effect(`adds up random histories with late results (seed ${seed})`, () =>
      Effect.gen(function* () {
        yield* restart
        const now = yield* Clock.currentTimeMillis
        const random = makeRandom(seed)
        const tenantId = yield* tenant
        const all: Array<Check> = []
        for (const intervalSeconds of [7, 60, 600]) {
          const id = yield* monitor(tenantId, intervalSeconds, now - historyMs)
          all.push(...historyOf(random, id, intervalSeconds, now - historyMs, now))
        }
        const [late, early] = [0.1, 0.9].map(() => [] as Array<Check>) as [Array<Check>, Array<Check>]
        // Nothing is a day late: what is older is made once.
        for (const check of all) (check.at > now - 20 * hourMs && random() < 0.1 ? late : early).push(check)
        yield* insert(early)
        yield* finish("rolledUntil")
        yield* compare(tenantId, early, now - 5 * 60_000 - 20_000)
        yield* insert(late)
        yield* finish("settledUntil")
        yield* compare(tenantId, all, now - latenessMs - 5 * 60_000)
      })
    )
  }

  it.effect("makes whole what a worker left that died in the middle of a piece", () =>
    Effect.gen(function* () {
      yield* restart
      const { rollNext } = yield* RollupRepo
      const now = yield* Clock.currentTimeMillis
      const tenantId = yield* tenant
      const id = yield* monitor(tenantId, 60, now - historyMs)
      const checks = historyOf(makeRandom(7), id, 60, now - historyMs, now)
      yield* insert(checks)
      const first = yield* rollNext("rolledUntil")
      assert.isDefined(first)
      // The next piece waits for its progress, all rows written; then its connection is cut.
      yield* Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const died = yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`SELECT 1 FROM rollup_progress FOR UPDATE`
            const dying = yield* Effect.forkChild(Effect.exit(rollNext("rolledUntil")))
            // A transaction sees one snapshot of what others do, unless it asks anew.
            const cut = Effect.andThen(
              sql`SELECT pg_stat_clear_snapshot()`,
              sql<{ pid: number }>`
                SELECT pg_terminate_backend(pid), pid FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%UPDATE rollup_progress%'`
            )
            yield* Effect.repeat(cut, { until: (rows) => rows.length > 0, schedule: Schedule.spaced("20 millis") })
            return yield* Fiber.join(dying)
          })
        )
        assert.strictEqual(died._tag, "Failure")
      }).pipe(Effect.provide(TestDatabase.superuser))
      const again = yield* rollNext("rolledUntil")
      assert.strictEqual(again!.from, first!.to)
      yield* finish("rolledUntil")
      yield* compare(tenantId, checks, now - 5 * 60_000 - 20_000)
      const before = yield* stored(tenantId, "1h")
      yield* restart
      yield* finish("rolledUntil")
      assert.deepStrictEqual(yield* stored(tenantId, "1h"), before)
    })
  )

  it.effect("lets one at a time, and loses nothing to the others", () =>
    Effect.gen(function* () {
      yield* restart
      const { rollNext } = yield* RollupRepo
      const now = yield* Clock.currentTimeMillis
      const tenantId = yield* tenant
      const id = yield* monitor(tenantId, 20, now - historyMs)
      const checks = historyOf(makeRandom(9), id, 20, now - historyMs, now)
      yield* insert(checks)
      const worker = Effect.repeat(rollNext("rolledUntil"), Schedule.recurs(20))
      yield* Effect.all([worker, worker, worker], { concurrency: 3 })
      yield* finish("rolledUntil")
      yield* compare(tenantId, checks, now - 5 * 60_000 - 20_000)
    })
  )

  it.effect("expects a check in each slot, as the interval was when the window was new", () =>
    Effect.gen(function* () {
      yield* restart
      const now = yield* Clock.currentTimeMillis
      const tenantId = yield* tenant
      const begin = Math.floor(now / hourMs) * hourMs - 3 * hourMs
      const [watched, alone, paused] = [
        yield* monitor(tenantId, 60, begin),
        yield* monitor(tenantId, 30, begin + 150_000),
        yield* monitor(tenantId, 60, begin)
      ]
      yield* superuser((sql) => sql`UPDATE monitors SET paused = true WHERE id = ${paused}`)
      const all = Array.from({ length: 120 }, (_, index) => ({
        monitor: watched,
        at: begin + index * 60_000,
        status: "up" as const,
        totalUs: 1000,
        dnsUs: null
      }))
      yield* insert([...all, { ...all[0]!, monitor: paused }])
      yield* finish("rolledUntil")
      const windows = yield* stored(tenantId, "5m")
      const expected = (id: string, minutes: number) => windows.get(`${id} ${begin + minutes * 60_000}`)?.expected
      assert.deepStrictEqual([expected(watched, 0), expected(watched, 60)], [5, 5])
      // Nobody ever looked; it was made in the middle of the first window.
      assert.deepStrictEqual([expected(alone, 0), expected(alone, 5), expected(alone, 60)], [5, 10, 10])
      assert.deepStrictEqual([expected(paused, 0), expected(paused, 5)], [1, undefined])

      yield* superuser((sql) => sql`UPDATE monitors SET interval_seconds = 10 WHERE id = ${watched}`)
      yield* finish("settledUntil")
      assert.deepStrictEqual(yield* stored(tenantId, "5m"), windows)
      assert.strictEqual((yield* stored(tenantId, "1h")).get(`${watched} ${begin}`)?.expected, 60)
    })
  )

  it.effect("expects no more than there are slots, whatever the interval and its phase", () =>
    Effect.gen(function* () {
      yield* restart
      const now = yield* Clock.currentTimeMillis
      const tenantId = yield* tenant
      const begin = Math.floor(now / hourMs) * hourMs - 3 * hourMs
      // Neither 120 nor 600 seconds divide five minutes into whole numbers of slots.
      const ids = yield* Effect.forEach(
        [
          [60, 59_999],
          [120, 77_000],
          [600, 433_210],
          [1800, 5_000]
        ] as const,
        Effect.fnUntraced(function* ([seconds, phaseMs]) {
          const id = yield* monitor(tenantId, seconds, begin)
          const checks = Array.from({ length: 7200 / seconds }, (_, index) => ({
            monitor: id,
            at: begin + phaseMs + index * seconds * 1000,
            status: "up" as const,
            totalUs: 1000,
            dnsUs: null
          }))
          yield* insert(checks)
          const { at } = checks.at(-1)!
          yield* superuser((sql) => sql`UPDATE monitor_state SET last_slot_ms = ${at} WHERE monitor_id = ${id}`)
          return [id, 3600 / seconds] as const
        })
      )
      yield* finish("rolledUntil")
      const hours = yield* stored(tenantId, "1h")
      for (const [id, slots] of ids) {
        const hour = hours.get(`${id} ${begin}`)!
        assert.deepStrictEqual([hour.expected, hour.up], [slots, slots])
      }
    })
  )

  it.effect("removes what is older than its level is kept, once the level above is made of it", () =>
    Effect.gen(function* () {
      yield* restart
      const { removeOld } = yield* RollupRepo
      const tenantId = yield* tenant
      const id = yield* monitor(tenantId, 60, 0)
      const days = [1, 2, 5, 29, 399, 401, 4000]
      for (const { name, windowMs } of levels) {
        if (name === "5m") {
          yield* superuser(
            (sql) => sql`SELECT ensure_rollup_partitions(current_date - d, 1) FROM unnest(${days}::integer[]) AS d`
          )
        }
        yield* superuser(
          (sql) => sql`
            INSERT INTO ${sql(tableOf(name))} (tenant_key, monitor_key, period, region_key, dns, connect, tls, first_byte, transfer, total,
              expected, up, degraded, down, unknown, maintenance, timed, histogram)
            SELECT m.tenant_key, m.key, to_millis(now() - make_interval(days => d)) / ${windowMs}, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, ''
            FROM monitors m, unnest(${days}::integer[]) AS d
            WHERE m.id = ${id}`
        )
      }
      const left = Effect.forEach(levels, ({ name }) => Effect.map(stored(tenantId, name), ({ size }) => size))
      const settle = (daysAgo: number) =>
        superuser(
          (sql) => sql`
            INSERT INTO rollup_progress (level, rolled_until, settled_until)
            SELECT level, at, at
            FROM unnest(${levels.map(({ name }) => name)}::text[]) AS level, (SELECT now() - make_interval(days => ${daysAgo}::integer)) AS t(at)
            ON CONFLICT (level) DO UPDATE SET settled_until = excluded.settled_until`
        )
      yield* removeOld
      assert.deepStrictEqual(yield* left, [7, 7, 7])
      yield* settle(10)
      yield* removeOld
      assert.deepStrictEqual(yield* left, [3, 5, 7])
      yield* settle(0)
      yield* removeOld
      assert.deepStrictEqual(yield* left, [2, 5, 7])
    })
  )
})
