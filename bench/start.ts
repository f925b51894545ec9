/**
 * P14: how long until the API, the worker and the whole of `npm start` answer, and what the idle stack keeps in memory.
 * Bundles must have been built; the first `npm start` (which makes the data directory) is reported, the second measured.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, chmodSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { secret, startDatabase } from "./database.ts"
import { cpuMs, memoryMb, product, residentMb, root, start } from "./processes.ts"
import { report } from "./report.ts"

/** Start-up varies with what else the machine does: the median of these counts. */
const rounds = 5
const idleMs = 20_000
const startLimitMs = 120_000

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Milliseconds from exec until the program answers 200 on /health/ready. */
const untilReady = async (name: "server" | "worker", env: Readonly<Record<string, string>>): Promise<number> => {
  const begun = performance.now()
  const running = await start(product(name), env)
  while (!(await isOk(`http://127.0.0.1:${running.port}/health/ready`))) await sleep(10)
  const ms = performance.now() - begun
  await running.stop()
  return ms
}

const isOk = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (answer) => {
      await answer.arrayBuffer()
      return answer.ok
    },
    () => false
  )

/** `npm start` in a process group of its own, stopped as Ctrl-C stops it. */
const npmStart = async (
  dataDir: string
): Promise<{ readonly child: ChildProcess; readonly ms: number; readonly stop: () => Promise<number> }> => {
  const begun = performance.now()
  const child = spawn("npm", ["start"], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      VINSIGHT_DATA_DIR: dataDir,
      VINSIGHT_API_PORT: "0",
      VINSIGHT_WORKER_PORT: "0",
      VINSIGHT_WEB_PORT: "0"
    }
  })
  let said = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text))
  const url = await new Promise<string>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`npm start was not ready:\n${said}`)), startLimitMs)
    child.once("exit", (code) => reject(new Error(`npm start ended with ${code}:\n${said}`)))
    child.stdout.on("data", () => {
      const found = /ready at (http:\/\/\S+)/.exec(said)?.[1]
      if (found === undefined) return
      clearTimeout(limit)
      resolve(found)
    })
  })
  while (!(await isOk(`${url}/login`))) await sleep(10)
  const ms = performance.now() - begun
  const stop = () =>
    new Promise<number>((resolve) => {
      const stopping = performance.now()
      child.once("exit", () => resolve(performance.now() - stopping))
      process.kill(-child.pid!, "SIGINT")
    })
  return { child, ms, stop }
}

const database = await startDatabase()
const env = {
  VINSIGHT_SECRET: secret,
  VINSIGHT_API_DATABASE_URL: database.api,
  VINSIGHT_WORKER_DATABASE_URL: database.worker,
  VINSIGHT_API_PORT: "0",
  VINSIGHT_WORKER_PORT: "0"
}
const api: Array<number> = []
const worker: Array<number> = []
for (let round = 0; round < rounds; round++) {
  api.push(await untilReady("server", env))
  worker.push(await untilReady("worker", env))
}
await database.stop()

const folder = mkdtempSync(path.join(tmpdir(), "v-insight-bench-"))
chmodSync(folder, 0o755)
try {
  const first = await npmStart(path.join(folder, "data"))
  await first.stop()
  const warm = await npmStart(path.join(folder, "data"))
  const cpuBefore = cpuMs(warm.child.pid!)
  await sleep(idleMs)
  const idleCpu = (cpuMs(warm.child.pid!) - cpuBefore) / idleMs
  const [proportional, resident] = [memoryMb(warm.child.pid!), residentMb(warm.child.pid!)]
  const stopMs = await warm.stop()
  const isWithin = report("Start and idle (P14)", [
    {
      what: "API ready",
      value: median(api) / 1000,
      unit: "s",
      limit: 1.5,
      note: `median of ${rounds}, ${product("server")[1]}`
    },
    { what: "worker ready", value: median(worker) / 1000, unit: "s", limit: 2, note: `median of ${rounds}` },
    { what: "npm start, new data directory", value: first.ms / 1000, unit: "s" },
    { what: "npm start, warm, until the web answers", value: warm.ms / 1000, unit: "s", limit: 8 },
    { what: "idle stack with PostgreSQL, shared pages once", value: proportional, unit: "MiB", limit: 512 },
    { what: "the same, resident sets added up", value: resident, unit: "MiB" },
    { what: "idle stack, CPU", value: idleCpu * 100, unit: "% of a core" },
    { what: "Ctrl-C until it has ended", value: stopMs / 1000, unit: "s", limit: 10 }
  ])
  if (!isWithin) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
