/** What was, over real HTTP: every check counts once, however much of it has been rolled up already. */
import { assert, layer } from "@effect/vitest"
import { RollupRepo } from "@v-insight/database/repo/RollupRepo"
import { Cast } from "@v-insight/database/testing/Cast"
import { insertChecks } from "@v-insight/database/testing/checks"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import * as Envelope from "@v-insight/domain/api/Envelope"
import { ListedMonitor } from "@v-insight/domain/api/Monitors"
import type { Day, HeatmapCell, SeriesPoint, UptimeSpan } from "@v-insight/domain/model/History"
import { Clock, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { type Parsed, TestServer } from "../testing/TestServer.ts"

const dayMs = 86_400_000
const minuteMs = 60_000
/** A check a minute: 40 hours, of which the newest hours, minutes and seconds are rolled up differently far. */
const historyMs = 40 * 60 * minuteMs

/** A monitor of Mallory's, with checks every minute that take 40 ms, but 80 ms in one of twenty, and ten that failed. */
const filled = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { mallory } = yield* Cast
  const { ask } = yield* TestServer
  const body = { type: "http", name: "Shop", settings: { url: "https://shop.example/" }, intervalSeconds: 60 }
  const made = yield* ask("POST", "/api/v1/monitors", { as: mallory, body })
  const id: string = made.body.data.id
  const now = yield* Clock.currentTimeMillis
  const from = Math.floor(now / minuteMs) * minuteMs - historyMs
  yield* sql`UPDATE monitors SET created_at = from_millis(${from}) WHERE id = ${id}`
  yield* sql`SELECT ensure_check_partitions(current_date - 3, 5)`
  yield* insertChecks(
    sql,
    sql`
      SELECT ${id}::uuid AS monitor_id, ${from}::bigint + n * 60000 AS checked_ms, ${from}::bigint + n * 60000 AS slot_ms,
        CASE WHEN n BETWEEN 100 AND 109 THEN 'down' ELSE 'up' END AS status, 1000 AS dns_us,
        CASE WHEN n % 20 = 0 THEN 80000 ELSE 40000 END AS total_us
      FROM generate_series(0, ${historyMs / minuteMs - 1}) AS n
      -- Two hours in which nobody looked.
      WHERE n NOT BETWEEN 200 AND 319`
  )
  yield* sql`
    INSERT INTO incidents (tenant_id, id, monitor_id, started_at, resolved_at, cause_code, cause_message)
    VALUES (${mallory.context.tenantId}, uuid_v7(), ${id}, from_millis(${from + 100 * minuteMs}), from_millis(${from + 110 * minuteMs}), 'x', 'x')`
  return { id, from, now, checks: historyMs / minuteMs - 120 }
}).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)

const rollUp = Effect.gen(function* () {
  const { rollNext } = yield* RollupRepo
  while ((yield* rollNext("rolledUntil")) !== undefined);
}).pipe(Effect.provide(RollupRepo.layer.pipe(Layer.provide(TestDatabase.worker))), Effect.orDie)

const total = (counts: ReadonlyArray<Pick<Day, "up" | "down">>): number =>
  counts.reduce((sum, { down, up }) => sum + up + down, 0)

const near = (found: number | null, wanted: number) => assert.approximately(found!, wanted, wanted * 0.05)

layer(TestServer.layer, { excludeTestServices: true })("history", (it) => {
  it.effect("of a monitor counts each check once, on every screen", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const { checks, from, id } = yield* filled
      yield* rollUp
      const get = (path: string) =>
        Effect.map(ask("GET", `/api/v1/monitors/${id}/${path}`, { as: mallory }), ({ body, text }) => {
          assert.isNotNull(body.data, text)
          return body.data as Parsed
        })

      const start = new Date(from).toISOString()
      for (const points of [500, 50, 1]) {
        const series = yield* get(`series?from=${start}&points=${points}`)
        const found: ReadonlyArray<SeriesPoint> = series.points
        assert.isAtMost(found.length, points)
        assert.strictEqual(total(found), checks, `${points} points`)
      }
      const hours: ReadonlyArray<SeriesPoint> = (yield* get(`series?from=${start}&points=60`)).points
      const usual = hours.find(({ up }) => up === 60)!
      near(usual.p50Us, 40_000)
      near(usual.p95Us, 40_000)
      near(usual.p99Us, 80_000)
      assert.deepInclude(usual.mean, { dnsUs: 1000, totalUs: 42_000, tlsUs: null })
      assert.isAtLeast(Math.max(...hours.map(({ unknown }) => unknown)), 60)

      const spans: ReadonlyArray<UptimeSpan> = yield* get("uptime")
      assert.deepStrictEqual(
        spans.map(({ span }) => span),
        ["24h", "7d", "30d", "90d", "365d"]
      )
      for (const span of spans.slice(1)) {
        assert.strictEqual(total([span]), checks, span.span)
        assert.strictEqual(span.uptime, (checks - 10) / checks)
        assert.approximately(span.coverage!, checks / (checks + 120), 0.005)
        assert.deepInclude(span, { incidents: 1, mttrSeconds: 600 })
        assert.approximately(span.mtbfSeconds!, 39.8 * 3600, 600)
        near(span.p50Us, 40_000)
        near(span.p99Us, 80_000)
      }
      assert.approximately(total([spans[0]!]), 1440, 6)
      assert.deepInclude(spans[0], { uptime: 1, coverage: 1, incidents: 0, mttrSeconds: null, mtbfSeconds: null })

      // A stretch of them, read on to its end: neither one before nor one after.
      const window = {
        from: new Date(from + 95 * minuteMs).toISOString(),
        to: new Date(from + 105 * minuteMs).toISOString()
      }
      const between = `from=${window.from}&to=${window.to}`
      const first = yield* ask("GET", `/api/v1/monitors/${id}/checks?${between}&limit=7`, { as: mallory })
      const rest = yield* get(`checks?${between}&limit=7&cursor=${first.body.meta.nextCursor}`)
      const read: ReadonlyArray<{ checkedAt: string; status: string }> = [...first.body.data, ...rest]
      assert.deepStrictEqual([read.at(-1)!.checkedAt, read.length], [window.from, 10])
      assert.isTrue(read.every(({ checkedAt }) => checkedAt >= window.from && checkedAt < window.to))
      assert.strictEqual(read.filter(({ status }) => status === "down").length, 5)
      const failed: Array<{ status: string }> = yield* get("checks?status=down")
      assert.deepStrictEqual(
        failed.map(({ status }) => status),
        Array.from({ length: 10 }, () => "down")
      )
      // Few and far between: page by page the same ones, and none of a status that never was.
      const pages: Array<unknown> = []
      let cursor: string | null = ""
      while (cursor !== null) {
        const page: { body: Parsed } = yield* ask(
          "GET",
          `/api/v1/monitors/${id}/checks?status=down&limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`,
          { as: mallory }
        )
        pages.push(...page.body.data)
        cursor = page.body.meta.nextCursor
      }
      assert.deepStrictEqual(pages, failed)
      assert.deepStrictEqual(yield* get("checks?status=degraded"), [])
      const settledOnes: ReadonlyArray<unknown> = yield* get(`checks?status=up&to=${window.from}&limit=100`)
      assert.deepStrictEqual(settledOnes, yield* get(`checks?to=${window.from}&limit=100`))
      const incidentsIn = (range: string) =>
        Effect.map(
          ask("GET", `/api/v1/incidents?monitorId=${id}&${range}`, { as: mallory }),
          ({ body }) => body.meta.total
        )
      assert.strictEqual(yield* incidentsIn(between), 1)
      assert.strictEqual(yield* incidentsIn(`to=${window.from}`), 0)
      assert.strictEqual(yield* incidentsIn(`from=${new Date(from + 110 * minuteMs).toISOString()}`), 0)

      const days: ReadonlyArray<Day> = yield* get("days?days=4")
      assert.lengthOf(days, 4)
      assert.strictEqual(total(days), checks)
      assert.deepInclude(days[0], { up: 0, unknown: 0, uptime: null, coverage: null })
      assert.strictEqual(days[3]!.date, new Date().toISOString().slice(0, 10))

      for (const zone of ["UTC", "Asia/Kolkata", "America/St_Johns"]) {
        const { cells } = yield* get(`heatmap?days=7&timeZone=${encodeURIComponent(zone)}`)
        assert.lengthOf(cells, 168)
        assert.strictEqual(total(cells), checks)
        const present = (cells as ReadonlyArray<HeatmapCell>).filter(({ up }) => up > 20)
        for (const { p50Us } of present) near(p50Us, 40_000)
      }
    })
  )

  it.effect("is as fine as checks are where small windows are no longer kept", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      const day = Math.floor((yield* Clock.currentTimeMillis) / dayMs) * dayMs - 10 * dayMs
      const series = (minutes: number) =>
        Effect.map(
          ask(
            "GET",
            `/api/v1/monitors/${otherThings.monitorId}/series?from=${new Date(day).toISOString()}&to=${new Date(day + minutes * minuteMs).toISOString()}&points=500`,
            { as: mallory }
          ),
          ({ body }) => body.data as { stepSeconds: number; points: ReadonlyArray<SeriesPoint> }
        )
      // No partition is as old: no check can be.
      assert.strictEqual((yield* series(120)).stepSeconds, 3600)
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`SELECT ensure_check_partitions(current_date - 10, 1)`
        yield* insertChecks(
          sql,
          sql`
            SELECT ${otherThings.monitorId}::uuid AS monitor_id, ${day}::bigint + n * 60000 AS checked_ms,
              ${day}::bigint + n * 60000 AS slot_ms, 'up' AS status, 1000 AS dns_us, 40000 AS total_us
            FROM generate_series(0, 29) AS n`
        )
      }).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)
      const { points, stepSeconds } = yield* series(120)
      assert.strictEqual(stepSeconds, 300)
      assert.deepStrictEqual(
        points.slice(0, 8).map(({ up }) => up),
        [5, 5, 5, 5, 5, 5, 0, 0]
      )
      near(points[0]!.p50Us, 40_000)
      assert.deepInclude(points[0]!.mean, { dnsUs: 1000, totalUs: 40_000 })
      assert.strictEqual((yield* series(3 * 1440)).stepSeconds, 3600)
    })
  )

  it.effect("comes with the list, and adds up for the tenant", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      const { body, text } = yield* ask("GET", "/api/v1/monitors?include=history", { as: mallory })
      const decode = Schema.decodeUnknownEffect(Envelope.page(ListedMonitor), { onExcessProperty: "error" })
      const { items } = yield* decode(body)
      const { history } = items.find(({ id }) => id !== otherThings.monitorId)!
      assert.lengthOf(history!.sparkline, 24, text)
      assert.lengthOf(history!.bars, 30)
      for (const p50 of history!.sparkline.slice(0, 23)) near(p50, 40_000)
      const checks = historyMs / minuteMs - 120
      assert.strictEqual(total(history!.bars), checks)
      assert.deepStrictEqual(
        history!.failures,
        Array.from({ length: 24 }, () => 0)
      )
      assert.strictEqual(history!.uptime30d, (checks - 10) / checks)
      const shop = items.find(({ id }) => id !== otherThings.monitorId)!
      // 90 days, or today alone; uptime stays that of 30.
      for (const bars of [90, 45, 1]) {
        const path = `/api/v1/monitors?include=history&bars=${bars}`
        const more = yield* decode((yield* ask("GET", path, { as: mallory })).body)
        const { bars: found, ...rest } = more.items.find(({ id }) => id === shop.id)!.history!
        assert.lengthOf(found, bars)
        assert.deepStrictEqual(found.slice(-30), history!.bars.slice(-bars))
        assert.strictEqual(total(found.slice(0, -30)), 0)
        const { bars: _, ...same } = history!
        assert.deepStrictEqual(rest, same)
      }
      assert.notProperty((yield* ask("GET", "/api/v1/monitors", { as: mallory })).body.data[0], "history")
      assert.isEmpty((yield* ask("GET", "/api/v1/monitors?include=history&tag=none", { as: mallory })).body.data)

      const { data } = (yield* ask("GET", "/api/v1/dashboard", { as: mallory })).body
      assert.deepInclude(data, { openIncidents: 1, incidents30d: 2 })
      assert.lengthOf(data.days, 30)
      assert.isAtLeast(total(data.days), checks)
      assert.isAbove(data.uptime24h.uptime, 0.99)
      assert.include(
        data.slowest.map(({ id }: { id: string }) => id),
        items.find(({ id }) => id !== otherThings.monitorId)!.id
      )
    })
  )

  it.effect("is nobody's when the monitor is not there, or no longer", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, things } = yield* Cast
      const { items } = yield* Effect.flatMap(ask("GET", "/api/v1/monitors?search=shop", { as: mallory }), ({ body }) =>
        Schema.decodeUnknownEffect(Envelope.page(ListedMonitor))(body)
      )
      const past = ["series", "uptime", "days", "heatmap"]
      const statuses = (id: string) =>
        Effect.forEach(past, (path) =>
          Effect.map(ask("GET", `/api/v1/monitors/${id}/${path}`, { as: mallory }), ({ status }) => status)
        )
      const { id } = items.find(({ name }) => name === "Shop")!
      assert.deepStrictEqual(yield* statuses(id), [200, 200, 200, 200])
      assert.deepStrictEqual(yield* statuses(things.monitorId), [404, 404, 404, 404])
      const empty = yield* ask("POST", "/api/v1/monitors", {
        as: mallory,
        body: { type: "http", settings: { url: "https://new.example/" }, intervalSeconds: 60 }
      })
      assert.deepStrictEqual(yield* statuses(empty.body.data.id), [200, 200, 200, 200])
      yield* ask("DELETE", `/api/v1/monitors/${id}`, { as: mallory })
      assert.deepStrictEqual(yield* statuses(id), [404, 404, 404, 404])
    })
  )

  it.effect("refuses ranges and zones that are none", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory, otherThings } = yield* Cast
      const now = yield* Clock.currentTimeMillis
      const at = (ms: number) => new Date(now + ms).toISOString()
      for (const [query, path] of [
        ["checks?from=yesterday", "from"],
        ["checks?to=today", "to"],
        ["series?from=yesterday", "from"],
        ["series?from=2026", "from"],
        ["checks?from=0000-01-01T00:00:00Z", "from"],
        ["checks?to=9999-12-31T23:59:59-00:01", "to"],
        ["series?to=2026-13-01T00:00:00Z", "to"],
        [`series?from=${at(1000)}`, "from"],
        [`series?from=${at(-1000)}&to=${at(-2000)}`, "from"],
        [`series?from=${at(-5000 * dayMs)}`, "from"],
        ["series?points=0", "points"],
        ["series?points=501", "points"],
        ["days?days=401", "days"],
        ["heatmap?days=91", "days"],
        ["heatmap?timeZone=Mars/Olympus", "timeZone"]
      ] as const) {
        const answer = yield* ask("GET", `/api/v1/monitors/${otherThings.monitorId}/${query}`, { as: mallory })
        assert.strictEqual(answer.status, 422, `${query}: ${answer.text}`)
        assert.strictEqual(answer.body.error.details.issues[0].path, path, answer.text)
      }
      for (const bars of ["0", "91", "1.5", "all"]) {
        const answer = yield* ask("GET", `/api/v1/monitors?include=history&bars=${bars}`, { as: mallory })
        assert.strictEqual(answer.status, 422, answer.text)
        assert.strictEqual(answer.body.error.details.issues[0].path, "bars", answer.text)
      }
    })
  )
})
