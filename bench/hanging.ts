/**
 * P15: when 30 % of all targets accept connections and never answer, the checks of the others still begin in time. What
 * is told is the lag of all checks, from the slot to their beginning, in the worker's own histogram.
 */
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { insertMonitors, startDatabase } from "./database.ts"
import { between, countOf, metricsOf, quantile } from "./metrics.ts"
import { cpuMs, start } from "./processes.ts"
import { report } from "./report.ts"
import { startWorker } from "./workerProcess.ts"

const intervalSeconds = 10
const monitors = 3000
/** At a time-out of 5 s they hold 450 connections on average, more than the 256 checks that may be busy at once. */
const hanging = monitors * 0.3
/** Until the first time-outs and confirmations are over. */
const warmUpMs = 25_000
const windowMs = 30_000

export const main = async (): Promise<boolean> => {
  const database = await startDatabase()
  const target = (kind: string) => start([process.execPath, path.join(import.meta.dirname, "target.ts"), kind], {})
  const [good, silent] = [await target("http"), await target("silent")]
  await insertMonitors(database, monitors - hanging, `http://localhost:${good.port}/`, intervalSeconds)
  await insertMonitors(database, hanging, `http://localhost:${silent.port}/`, intervalSeconds)
  const worker = await startWorker(database)
  const seen = async () => ({
    lags: (await metricsOf(worker.port)).histogram("vinsight_scheduling_lag_seconds"),
    cpu: cpuMs(worker.pid)
  })
  await sleep(warmUpMs)
  const before = await seen()
  await sleep(windowMs)
  const after = await seen()
  await worker.stop()
  await Promise.all([good.stop(), silent.stop()])
  await database.stop()
  const lags = between(before.lags, after.lags)
  const begun = countOf(lags)
  return report("30 % of targets hanging", [
    {
      what: "Checks begun",
      value: begun / (windowMs / 1000),
      unit: "per second",
      note: `${monitors / intervalSeconds} due`
    },
    { what: "Lag, median at most", value: quantile(lags, 0.5) * 1000, unit: "ms" },
    {
      what: "Lag, p99 at most",
      value: quantile(lags, 0.99) * 1000,
      unit: "ms",
      limit: 1000,
      note: "P15"
    },
    { what: "V-Insight's whole worker", value: (after.cpu - before.cpu) / begun, unit: "CPU-ms/check" }
  ])
}

if (process.argv[1] === import.meta.filename && !(await main())) process.exitCode = 1
