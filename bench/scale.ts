/**
 * How far one worker reaches on two cores with PostgreSQL and the target beside it: P3, P4, P5, P8, then P15.
 *   npm run bench -- scale                 P3 runs for five minutes
 *   npm run bench -- scale --seconds 60    P3 for one minute
 * Lag and completeness are asked from the tables, memory and CPU time from the kernel, apart for each process.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { type Database, insertMonitors, startDatabase, withClient } from "./database.ts"
import { type FastTarget, startFastTarget } from "./fastTarget.ts"
import { main as hanging } from "./hanging.ts"
import { metricsOf } from "./metrics.ts"
import { cpuMs, product, residentMb } from "./processes.ts"
import { type Figure, report } from "./report.ts"
import { type Slots, slotsOf } from "./slots.ts"
import { startWorker } from "./workerProcess.ts"

/** Past the burst after the start, in which every monitor that is overdue is checked at once. */
const settleMs = 30_000
/** Results are written within a quarter of a second; a busy database may take longer. */
const writtenWithinMs = 10_000

const {
  values: { seconds }
} = parseArgs({ options: { seconds: { type: "string", default: "300" } } })

interface Load {
  readonly monitors: number
  readonly intervalSeconds: number
  readonly seconds: number
}

interface Run extends Slots {
  /** CPU milliseconds per check. */
  readonly cpu: { readonly worker: number; readonly postgres: number; readonly target: number }
  /** Part of a core. */
  readonly busy: { readonly worker: number; readonly postgres: number; readonly target: number }
  readonly skipped: number
  readonly residentMb: number
  readonly heapMb: number
}

/** A database of its own for each part: nothing that an earlier one left is read, cached or vacuumed. */
const within = async <A>(use: (database: Database, target: FastTarget) => Promise<A>): Promise<A> => {
  const database = await startDatabase()
  const target = await startFastTarget()
  try {
    return await use(database, target)
  } finally {
    await target.stop()
    await database.stop()
  }
}

const sustained = ({ intervalSeconds, monitors, seconds }: Load): Promise<Run> =>
  within(async (database, target) => {
    await insertMonitors(database, monitors, target.url, intervalSeconds)
    const worker = await startWorker(database)
    await sleep(settleMs)
    const used = () => ({ worker: cpuMs(worker.pid), postgres: cpuMs(database.pid), target: cpuMs(target.pid) })
    const skippedSoFar = async () => (await metricsOf(worker.port)).value("vinsight_slots_skipped_total")
    const rounds = Math.max(1, Math.round(seconds / intervalSeconds))
    const from = Date.now()
    const [before, skipped] = [used(), await skippedSoFar()]
    await sleep(rounds * intervalSeconds * 1000)
    const after = used()
    const metrics = await metricsOf(worker.port)
    const memory = {
      residentMb: residentMb(worker.pid),
      heapMb: metrics.value("nodejs_heap_size_used_bytes") / 2 ** 20,
      skipped: metrics.value("vinsight_slots_skipped_total") - skipped
    }
    await sleep(writtenWithinMs)
    await worker.stop()
    const slots = await slotsOf(database, monitors, intervalSeconds, from, rounds)
    const per = (divisor: number) => ({
      worker: (after.worker - before.worker) / divisor,
      postgres: (after.postgres - before.postgres) / divisor,
      target: (after.target - before.target) / divisor
    })
    return { ...slots, ...memory, cpu: per(slots.checks), busy: per(rounds * intervalSeconds * 1000) }
  })

interface Restart {
  readonly firstMs: number
  /** From the first check until every monitor has been checked. */
  readonly allMs: number
  readonly unchecked: number
  readonly doubled: number
  readonly residentMb: number
}

/** Stopped by SIGTERM and started at once, when it has run for long enough to have checked every monitor. */
const restarted = (monitors: number, intervalSeconds: number): Promise<Restart> =>
  within(async (database, target) => {
    await insertMonitors(database, monitors, target.url, intervalSeconds)
    const first = await startWorker(database)
    await sleep(settleMs + intervalSeconds * 1000)
    await first.stop()
    const begun = Date.now()
    const second = await startWorker(database)
    await sleep((intervalSeconds + 5) * 1000)
    const memory = residentMb(second.pid)
    await second.stop()
    const times = await withClient(database.admin, async (client) => {
      const { rows } = await client.query<{ first: number; all: number; monitors: number; doubled: number }>(
        `SELECT min(since) AS first, max(since) - min(since) AS all, count(*)::float8 AS monitors,
           sum(doubled)::float8 AS doubled
         FROM (SELECT monitor_id, min(extract(epoch FROM checked_at)::float8 * 1000 - $1) AS since,
                 count(*) - count(DISTINCT slot) AS doubled
               FROM check_results
               WHERE checked_at >= to_timestamp($1::float8 / 1000)
               GROUP BY monitor_id) AS each`,
        [begun]
      )
      return rows[0]!
    })
    return {
      firstMs: times.first,
      allMs: times.all,
      unchecked: monitors - times.monitors,
      doubled: times.doubled,
      residentMb: memory
    }
  })

const figuresOf = (
  load: Load,
  run: Run,
  limit: { readonly lagMs: number; readonly goal: string }
): ReadonlyArray<Figure> => {
  const per10k = run.residentMb / (load.monitors / 10_000)
  const part = (value: number) => `${(value * 100).toFixed(0)} % of a core`
  return [
    { what: "Lag, p50", value: run.lagMs.p50, unit: "ms" },
    { what: "Lag, p99", value: run.lagMs.p99, unit: "ms", limit: limit.lagMs, note: limit.goal },
    { what: "Lag, longest", value: run.lagMs.max, unit: "ms" },
    { what: "Slots without a check", value: run.missing, unit: "", limit: 0, note: `of ${run.checks + run.missing}` },
    { what: "Slots checked twice", value: run.doubled, unit: "", limit: 0 },
    { what: "Checks that were not up", value: run.notUp, unit: "", limit: 0, note: "the target always is" },
    { what: "Slots skipped, by the worker's count", value: run.skipped, unit: "", limit: 0 },
    { what: "V-Insight's whole worker", value: run.cpu.worker, unit: "CPU-ms/check", note: part(run.busy.worker) },
    { what: "PostgreSQL", value: run.cpu.postgres, unit: "CPU-ms/check", note: part(run.busy.postgres) },
    { what: "Target", value: run.cpu.target, unit: "CPU-ms/check", note: part(run.busy.target) },
    {
      what: "Worker's RSS per 10,000 monitors",
      value: per10k,
      unit: "MiB",
      // A few thousand monitors share the process's own 100 MB.
      ...(load.monitors >= 10_000 ? { limit: 200, note: `P5: ${run.residentMb.toFixed(0)} MiB in all` } : {})
    },
    { what: "Worker's heap in use", value: run.heapMb, unit: "MiB" }
  ]
}

const small: Load = { monitors: 5_000, intervalSeconds: 10, seconds: 60 }
const large: Load = { monitors: 40_000, intervalSeconds: 20, seconds: Number(seconds) }
const restart = { monitors: 10_000, intervalSeconds: 30 }

const rateOf = ({ intervalSeconds, monitors }: Load): string => `${monitors / intervalSeconds} checks/s`

console.log(
  `worker: ${product("worker").slice(1).join(" ")}; VINSIGHT_HOST_CONCURRENCY=10000: one address is all there is`
)
const reports = [
  report(`${rateOf(small)} (P4)`, figuresOf(small, await sustained(small), { lagMs: 100, goal: "P4" })),
  await restarted(restart.monitors, restart.intervalSeconds).then((told) =>
    report(`Restart with ${restart.monitors} monitors, every ${restart.intervalSeconds} s (P8, P5)`, [
      { what: "First check, from exec", value: told.firstMs, unit: "ms", limit: 3000, note: "P8" },
      {
        what: "Every monitor, from the first check",
        value: told.allMs / 1000,
        unit: "s",
        limit: restart.intervalSeconds,
        note: "P8"
      },
      { what: "Monitors not checked", value: told.unchecked, unit: "", limit: 0 },
      { what: "Slots checked twice", value: told.doubled, unit: "", limit: 0 },
      { what: "Worker's RSS per 10,000 monitors", value: told.residentMb, unit: "MiB", limit: 200, note: "P5" }
    ])
  ),
  report(
    `${rateOf(large)} for ${seconds} s (P3, P5)`,
    figuresOf(large, await sustained(large), { lagMs: 1000, goal: "P3" })
  ),
  await hanging()
]
if (!reports.every((isWithin) => isWithin)) process.exitCode = 1
