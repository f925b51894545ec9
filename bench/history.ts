/**
 * P10, P11, P12: what years of history cost to keep, to add up and to look at, on made-up checks that went the way of
 * real ones. Days outlive checks: those of a year are copies of the days that were made.
 *
 * VINSIGHT_BENCH_HISTORY="monitors days seconds" makes it larger than the default of two to three minutes: "1000 35 60" are
 * 50 million checks and take most of an hour. VINSIGHT_BENCH_DATA names a folder that keeps them; the next run with the same
 * folder loads nothing, brings its schema up to date and measures: VINSIGHT_BENCH_DATA=/folder npm run bench -- history
 */
import { makeChecks, addUp } from "@v-insight/cli/makeHistory"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Redacted } from "effect"
import { Agent, get as ask } from "node:http"
import { secret, startDatabase, withClient } from "./database.ts"
import { hotReads, planOf, type Statement, timesOf } from "./hotReads.ts"
import { cpuMs, product, start } from "./processes.ts"
import { type Figure, report } from "./report.ts"

const [monitors = 100, days = 30, intervalSeconds = 60] = (process.env["VINSIGHT_BENCH_HISTORY"] ?? "")
  .split(" ")
  .filter((text) => text !== "")
  .map(Number)
const email = "bench@example.org"
/** Calls per figure. */
const calls = 100
const warmUps = 60
const atOnce = 10

/** So many days there are of each monitor, as after a year. */
const daysKept = 366

const share = (values: ReadonlyArray<number>, of: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * of)]!

/** Copies of days that are over, back to `$1` days ago, in the order in which they would have been made. */
const olderDays = `
INSERT INTO monitor_rollups_1d (tenant_key, monitor_key, period, region_key, dns, connect, tls, first_byte, transfer, total,
  expected, up, degraded, down, unknown, maintenance, timed, histogram)
SELECT r.tenant_key, r.monitor_key, first.period - back, r.region_key, r.dns, r.connect, r.tls, r.first_byte, r.transfer,
  r.total, r.expected, r.up, r.degraded, r.down, r.unknown, r.maintenance, r.timed, r.histogram
FROM (SELECT min(period) AS period, max(period) AS last FROM monitor_rollups_1d) AS first
CROSS JOIN generate_series(1, $1::integer - (first.last - first.period + 1)) AS back
JOIN monitor_rollups_1d r ON r.period = first.period + back % greatest(1, first.last - first.period)
ORDER BY 3, 1, 2`

const database = await startDatabase()
try {
  const api = await start(product("server"), {
    VINSIGHT_SECRET: secret,
    VINSIGHT_API_DATABASE_URL: database.api,
    VINSIGHT_API_PORT: "0"
  })
  const base = `http://127.0.0.1:${api.port}/api/v1`
  const credentials = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: "correct horse battery staple" })
  }
  // There already, when the folder was kept.
  await fetch(`${base}/auth/register`, credentials)
  const signedIn = await fetch(`${base}/auth/login`, credentials)
  const { data } = (await signedIn.json()) as {
    readonly data: { readonly token: string; readonly tenant: { readonly id: string } }
  }

  const plan = { email, monitors, days, seed: 1, intervalSeconds }
  const logins = { apiUrl: Redacted.make(database.api), workerUrl: Redacted.make(database.worker) }
  const run = <A, E>(effect: Effect.Effect<A, E, NodeServices.NodeServices>) =>
    Effect.runPromise(effect.pipe(Effect.provide(NodeServices.layer)))
  /** CPU of PostgreSQL for it, microseconds per check. */
  const cost = async (checks: () => number, work: () => Promise<unknown>): Promise<number> => {
    const before = cpuMs(database.pid)
    await work()
    return ((cpuMs(database.pid) - before) * 1000) / checks()
  }

  /** Told by the newest of the tables' own figures: counting takes a minute. */
  const countChecks = () =>
    withClient(database.admin, async (client) => {
      const { rows } = await client.query<{ checks: number }>(
        `SELECT coalesce(sum(reltuples), 0)::float8 AS checks FROM pg_class WHERE relkind = 'r' AND relname LIKE 'monitor_checks_%' AND reltuples > 0`
      )
      return rows[0]!.checks
    })
  let checks = await countChecks()
  const costs: Array<Figure> = []
  if (checks === 0) {
    const insertUs = await cost(
      () => checks,
      async () => void (checks = await run(makeChecks(logins, plan)))
    )
    console.log(`${checks} checks of ${monitors} monitors over ${days} days, every ${intervalSeconds} s`)
    const rollUs = await cost(
      () => checks,
      () => run(addUp(logins, plan))
    )
    const againDays = Math.min(days, 3)
    const againUs = await cost(
      () => (checks * againDays) / days,
      () => run(addUp(logins, { ...plan, days: againDays }))
    )
    costs.push(
      {
        what: "PostgreSQL: making up and inserting",
        value: insertUs,
        unit: "us/check",
        note: "not the fenced statement"
      },
      {
        what: "PostgreSQL: rollups, both passes",
        value: rollUs + againUs,
        unit: "us/check",
        limit: 40,
        note: "60 with the state's 20"
      },
      { what: "  the first", value: rollUs, unit: "us/check" },
      { what: "  again, nothing late", value: againUs, unit: "us/check" }
    )
  }
  await withClient(database.admin, async (client) => {
    await client.query(olderDays, [daysKept])
    await client.query("VACUUM ANALYZE")
  })

  const size = (pattern: string) =>
    withClient(database.admin, async (client) => {
      const { rows } = await client.query<{ bytes: string }>(
        "SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relkind = 'r' AND relname LIKE $1",
        [pattern]
      )
      return Number(rows[0]!.bytes) / checks
    })
  /** Without those that were copied. */
  const sizeOfDays = async () => ((await size("monitor_rollups_1d")) * days) / Math.max(days, daysKept)
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const headers = { authorization: `Bearer ${data.token}` }
  const bytes = (path: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      ask(`${base}${path}`, { agent, headers }, (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks))
          else reject(new Error(`${path}: ${response.statusCode}`))
        })
      }).on("error", reject)
    })
  const get = async (path: string): Promise<unknown> =>
    (JSON.parse((await bytes(path)).toString()) as { readonly data: unknown }).data
  /** From the question to the last byte of the answer, milliseconds, and how many bytes these were. */
  const time = async (path: string) => {
    const times: Array<number> = []
    // PostgreSQL plans a statement anew the first five times on each connection.
    for (let round = 0; round < warmUps; round += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, () => bytes(path)))
    }
    let size = 0
    for (let call = 0; call < calls; call++) {
      const begun = performance.now()
      size = (await bytes(path)).length
      times.push(performance.now() - begun)
    }
    return { times, size }
  }
  /** The median, against its limit, and p99; then the median of what PostgreSQL is asked for it, by a bare client. */
  const figuresOf = async (
    what: string,
    path: string,
    limit?: number,
    reads: Readonly<Record<string, Statement>> = {}
  ): Promise<ReadonlyArray<Figure>> => {
    const { size, times } = await time(path)
    const figures: Array<Figure> = [
      {
        what,
        value: share(times, 0.5),
        unit: "ms",
        ...(limit === undefined ? {} : { limit }),
        note: `p99 ${share(times, 0.99).toFixed(1)} ms, ${Math.round(size / 1024)} KiB`
      }
    ]
    await withClient(database.api, async (client) => {
      for (const [name, statement] of Object.entries(reads)) {
        const alone = await timesOf(client, name, statement, calls)
        figures.push({
          what: `  PostgreSQL alone: ${name}`,
          value: share(alone, 0.5),
          unit: "ms",
          note: `p99 ${share(alone, 0.99).toFixed(1)} ms`
        })
      }
    })
    return figures
  }
  const [{ id }] = (await get("/monitors?perPage=1")) as readonly [{ readonly id: string }]
  const month = new Date(Date.now() - 30 * 86_400_000).toISOString()

  /** The largest distance of a quantile of hours from the exact one of their checks. */
  const worst = async (): Promise<number> => {
    const series = (await get(
      `/monitors/${id}/series?from=${new Date(Date.now() - 10 * 86_400_000).toISOString()}&points=250`
    )) as {
      readonly points: ReadonlyArray<{ at: string; p50Us: number | null; p95Us: number | null; p99Us: number | null }>
    }
    const { rows } = await withClient(database.admin, (client) =>
      client.query<{ at: Date; exact: ReadonlyArray<number> }>(
        `SELECT date_trunc('hour', checked_at) AS at, percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY total_us) AS exact
         FROM check_results WHERE monitor_id = $1 AND checked_at > now() - interval '11 days' AND status IN ('up', 'degraded') GROUP BY 1`,
        [id]
      )
    )
    const exact = new Map(rows.map((row) => [row.at.toISOString(), row.exact]))
    let error = 0
    for (const { at, p50Us, p95Us, p99Us } of series.points.slice(1, -2)) {
      for (const [index, found] of [p50Us, p95Us, p99Us].entries()) {
        const wanted = exact.get(at)?.[index]
        if (wanted !== undefined && found !== null) error = Math.max(error, Math.abs(found - wanted) / wanted)
      }
    }
    return error * 100
  }

  const reads = await hotReads(database.api, data.tenant.id)
  await withClient(database.api, async (client) => {
    for (const [name, statement] of Object.entries(reads)) {
      console.log(`\n${name}\n  ${(await planOf(client, name, statement)).join("\n  ")}`)
    }
  })

  const isWithin = report(`History (P10, P11, P12), ${checks} checks`, [
    ...(await figuresOf("90-day bars of 100 monitors", "/monitors?perPage=100&include=history&bars=90", 20, {
      list: reads.list,
      days: reads.days,
      hours: reads.hours
    })),
    ...(await figuresOf("the same with 30 bars", "/monitors?perPage=100&include=history")),
    ...(await figuresOf("without history", "/monitors?perPage=100")),
    ...(await figuresOf("90 days of one", `/monitors/${id}/days?days=90`, 20)),
    ...(await figuresOf("uptime, 24 h to 365 d", `/monitors/${id}/uptime`, 10, { uptime: reads.uptime })),
    ...(await figuresOf(
      "p50, p95, p99 over 30 days, 500 points",
      `/monitors/${id}/series?from=${month}&points=500`,
      20,
      {
        percentiles: reads.percentiles
      }
    )),
    ...(await figuresOf("the same in one point", `/monitors/${id}/series?from=${month}&points=2`, 20)),
    ...(await figuresOf("heatmap of 90 days", `/monitors/${id}/heatmap?days=90`)),
    ...(await figuresOf("dashboard", "/dashboard")),
    { what: "largest error of a quantile", value: await worst(), unit: "%", limit: 5 },
    {
      what: "raw check with its index",
      value: await size("monitor_checks_%"),
      unit: "B",
      limit: 100
    },
    {
      what: "rollups per check",
      value: (await size("monitor_rollups_5m_%")) + (await size("monitor_rollups_1h")) + (await sizeOfDays()),
      unit: "B",
      limit: 6,
      note: `bytes of all rollups there are, by the checks of these days; at an interval of ${intervalSeconds} s`
    },
    { what: "  of 5 minutes", value: await size("monitor_rollups_5m_%"), unit: "B" },
    {
      what: "  of hours and days",
      value: (await size("monitor_rollups_1h")) + (await sizeOfDays()),
      unit: "B"
    },
    ...costs
  ])
  await api.stop()
  process.exitCode = isWithin ? 0 : 1
} finally {
  await database.stop()
}
