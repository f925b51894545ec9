/**
 * R19: a worker and an API that are used for twenty minutes as they are in earnest, looked at every ten seconds. What
 * is held against the limit is what is left after a full collection: resident memory as it is swings by a hundred times
 * the limit with V8's own plans, and says so in its margin.
 * Nothing is done to the processes that leaves more behind than it measures: one snapshot of a heap left 120 MiB of
 * emptied pools in a worker, and hid in its resident memory what there was to see. So the heap is weighed by its spaces
 * (heapKinds.ts), data apart from what V8 compiles: code ends with the functions there are.
 * Judged is the second half, all of it. In the first, caches and pools fill. Functions go on to become worth compiling
 * for longer than this takes, what runs once a minute last: 1 to 2 MiB an hour at the end of twenty minutes. Resident
 * memory has that within it and is held against its limit all the same; the line beside it says how much of it is that.
 *   npm run bench -- soak [--minutes 20]
 * A leak smaller than the margin that is printed would not be seen in this time: run it longer to look closer.
 */
import { readdirSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { startDatabase, withClient } from "./database.ts"
import { freePort } from "./fastTarget.ts"
import { heapKinds } from "./heapKinds.ts"
import { inspect } from "./inspector.ts"
import { metricsOf } from "./metrics.ts"
import { residentMb } from "./processes.ts"
import { type Figure, report } from "./report.ts"
import { startScene, workerEnvironment } from "./soakScene.ts"
import { provenGrowth, type Sample, trendOf } from "./trend.ts"
import { startWorker } from "./workerProcess.ts"

const {
  values: { minutes }
} = parseArgs({ options: { minutes: { type: "string", default: "20" } } })
const sampleEveryMs = 10_000
/**
 * Caches and pools fill at first: this part of the time is not looked at. The slowest are those of prepared statements,
 * up to a hundred of each connection.
 */
const settlingPart = 0.5
const leastSamples = 30

/** After the name of what swings or settles with V8's plans: told, not held against a limit. */
const unjudged = " (told)"
/** What may grow in an hour; of counts, one in a hundred. */
const limits = { memoryMb: 1, countPart: 0.01 }

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

const database = await startDatabase()
const [workerInspector, apiInspector] = [await freePort(), await freePort()]
try {
  const inspected = (port: number) => ({ NODE_OPTIONS: `--inspect=127.0.0.1:${port}` })
  const scene = await startScene(database, inspected(apiInspector))
  const worker = await startWorker(database, { ...workerEnvironment, ...inspected(workerInspector) })
  const inside = { worker: await inspect(workerInspector), api: await inspect(apiInspector) }
  while ((await metricsOf(worker.port)).value("vinsight_checks_total") === 0) await sleep(100)
  scene.begin()
  const taken = new Map<string, Array<Sample>>()
  const keep = (values: Readonly<Record<string, number>>): void => {
    const atMs = performance.now()
    for (const [what, value] of Object.entries(values)) taken.set(what, [...(taken.get(what) ?? []), { atMs, value }])
  }

  const look = async (): Promise<void> => {
    const before = { worker: residentMb(worker.pid), api: residentMb(scene.api.pid) }
    const heap = { worker: await heapKinds(inside.worker), api: await heapKinds(inside.api) }
    const metrics = await metricsOf(worker.port)
    const kinds = (part: string) => metrics.value("nodejs_active_resources", part)
    keep({
      "Worker: data on the heap, MiB": heap.worker.data / 2 ** 20,
      [`Worker: compiled, MiB${unjudged}`]: heap.worker.code / 2 ** 20,
      "Worker: RSS after a collection, MiB": residentMb(worker.pid),
      [`Worker: RSS as it is, MiB${unjudged}`]: before.worker,
      "Worker: sockets": kinds("Socket"),
      "Worker: timers": kinds("Timeout"),
      "Worker: open files": openFiles(worker.pid),
      "Worker: fibers": metrics.value("vinsight_fibers"),
      "Worker: checks in flight": metrics.value("vinsight_checks_in_flight"),
      "API: data on the heap, MiB": heap.api.data / 2 ** 20,
      [`API: compiled, MiB${unjudged}`]: heap.api.code / 2 ** 20,
      "API: RSS after a collection, MiB": residentMb(scene.api.pid),
      [`API: RSS as it is, MiB${unjudged}`]: before.api,
      "API: open files": openFiles(scene.api.pid),
      "Connections to PostgreSQL": await connections()
    })
  }
  const connections = () =>
    withClient(database.admin, async (client) => {
      const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::float8 AS count FROM pg_stat_activity WHERE application_name LIKE 'v-insight-%'"
      )
      return rows[0]!.count
    })

  const lengthMs = Number(minutes) * 60_000
  const begun = performance.now()
  for (let count = 0; count * sampleEveryMs < lengthMs; count++) {
    await sleep(Math.max(0, begun + count * sampleEveryMs - performance.now()))
    await look()
  }
  const [acts, refused] = [scene.acts(), scene.refused()]
  const checks = (await metricsOf(worker.port)).value("vinsight_checks_total")
  inside.worker.close()
  inside.api.close()
  await scene.stop()
  await worker.stop()

  const settled = [...taken].map(([what, samples]) => {
    const later = samples.filter(({ atMs }) => atMs - begun >= lengthMs * settlingPart)
    if (later.length < leastSamples) throw new Error("Too short to say anything: give it more minutes.")
    return [what, later] as const
  })
  console.log(`${checks} checks, ${acts} edits, runs and calls`)
  if (refused.count > 0) console.log(`${refused.count} of them were refused, the last: ${refused.last}`)
  const figures = settled.map(([what, samples]): Figure => {
    const trend = trendOf(samples)
    const slope = `slope ${trend.perHour.toFixed(2)} ±${trend.margin.toFixed(2)} an hour`
    const note = `${samples.length} samples, mean ${trend.mean.toFixed(1)}, ${slope}`
    const figure = { what, value: provenGrowth(trend), unit: "per hour", note }
    if (what.endsWith(unjudged)) return figure
    return { ...figure, limit: what.includes("MiB") ? limits.memoryMb : limits.countPart * trend.mean }
  })
  const title = `Soak of ${minutes} min (R19): growth that the noise does not explain, 95 %`
  if (!report(title, figures)) process.exitCode = 1
} finally {
  await database.stop()
}
