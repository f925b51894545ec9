/**
 * P15: when 30 % of all targets accept connections and never answer, the checks of the others still begin in time. What
 * is told is the lag of all checks, from the slot to their beginning, in the worker's own histogram.
 */
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { insertMonitors, secret, startDatabase } from "./database.ts"
import { cpuMs, product, start } from "./processes.ts"
import { report } from "./report.ts"

const intervalSeconds = 10
const monitors = 3000
/** At a time-out of 5 s they hold 450 connections on average, more than the 256 checks that may be busy at once. */
const hanging = monitors * 0.3
/** Until the first time-outs and confirmations are over. */
const warmUpMs = 25_000
const windowMs = 30_000

/** Upper bounds in seconds, with how many checks lagged no more. */
type Histogram = ReadonlyArray<readonly [seconds: number, count: number]>

const lagsOf = async (port: number): Promise<Histogram> => {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const lines = metrics.matchAll(/^vinsight_scheduling_lag_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\d+)/gm)
  return Array.from(lines, ([, bound, count]) => [
    bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound),
    Number(count)
  ])
}

/** The bucket's upper bound below which this part of the checks began. */
const quantile = (before: Histogram, after: Histogram, part: number): number => {
  const counts = after.map(([bound, count], index) => [bound, count - (before[index]?.[1] ?? 0)] as const)
  const total = counts.at(-1)?.[1] ?? 0
  return counts.find(([, count]) => count >= part * total)?.[0] ?? Number.NaN
}

export const main = async (): Promise<boolean> => {
  const database = await startDatabase()
  const target = (kind: string) => start([process.execPath, path.join(import.meta.dirname, "target.ts"), kind], {})
  const [good, silent] = [await target("http"), await target("silent")]
  await insertMonitors(database, monitors - hanging, `http://localhost:${good.port}/`, intervalSeconds)
  await insertMonitors(database, hanging, `http://localhost:${silent.port}/`, intervalSeconds)
  const worker = await start(product("worker"), {
    VINSIGHT_SECRET: secret,
    VINSIGHT_WORKER_DATABASE_URL: database.worker,
    VINSIGHT_WORKER_PORT: "0",
    VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,::1/128",
    VINSIGHT_HOST_CONCURRENCY: String(monitors)
  })
  await sleep(warmUpMs)
  const before = { lags: await lagsOf(worker.port), cpu: cpuMs(worker.pid) }
  await sleep(windowMs)
  const after = { lags: await lagsOf(worker.port), cpu: cpuMs(worker.pid) }
  await worker.stop()
  await Promise.all([good.stop(), silent.stop()])
  await database.stop()
  const begun = (after.lags.at(-1)?.[1] ?? 0) - (before.lags.at(-1)?.[1] ?? 0)
  return report("30 % of targets hanging", [
    {
      what: "Checks begun",
      value: begun / (windowMs / 1000),
      unit: "per second",
      note: `${monitors / intervalSeconds} due`
    },
    { what: "Lag, median at most", value: quantile(before.lags, after.lags, 0.5) * 1000, unit: "ms" },
    {
      what: "Lag, p99 at most",
      value: quantile(before.lags, after.lags, 0.99) * 1000,
      unit: "ms",
      limit: 1000,
      note: "P15"
    },
    { what: "V-Insight's whole worker", value: (after.cpu - before.cpu) / begun, unit: "CPU-ms/check" }
  ])
}

if (process.argv[1] === import.meta.filename && !(await main())) process.exitCode = 1
