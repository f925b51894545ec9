/** Workers as they run in production, a process each, and the signals that end, freeze and wake them. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { cpSync, createWriteStream, existsSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { createInterface } from "node:readline"
import { secret } from "../bench/database.ts"
import { root } from "../bench/processes.ts"
import type { Place } from "./network.ts"
import { steadyPort } from "./port.ts"

const startLimitMs = 60_000
const measureLimitMs = 10_000
const namespacePort = 7400
/** Debian's libfaketime: sets a process's wall clock, and leaves the counter that nobody can set. */
const faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
export const canSetClocks = existsSync(faketime)

export interface Worker {
  /** As in check_buckets.owner: the address stays the same from one process to the next. */
  readonly owner: string
  readonly name: string
  /** Where others reach it. */
  readonly host: string
  /** Undefined: on the loopback, where it cannot be cut off. */
  readonly place: Place | undefined
  readonly isAlive: () => boolean
  /** Starts a process and waits until it listens. */
  readonly start: () => Promise<void>
  /** Sends the signal and waits for the end; answers with the exit code, or the signal's name. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | string>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Sets its wall clock, as libfaketime has it: "+8d", "-1h", "+0". */
  readonly setClock: (offset: string) => void
  /** What it says of itself. */
  readonly measure: () => Promise<Measured>
}

export interface Measured {
  readonly residentMb: number
  /** Checks that began more than a second after their slot. */
  readonly late: number
  /** Batches that took more than a second to write. */
  readonly slowFlushes: number
  /** Results that PostgreSQL refused. */
  readonly refused: number
}

/** Ends that nobody asked for. */
export const surprises: Array<string> = []
const children = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL")
})

/** A copy of the bundle: another build must not change it between one start and the next. */
export const bundleInto = (folder: string): string => {
  const { status } = spawnSync(process.execPath, [path.join(root, "packages/cli/src/build.ts"), "worker"], {
    stdio: "inherit"
  })
  if (status !== 0) throw new Error("The worker could not be built: see above.")
  const bundle = path.join(folder, "worker")
  cpSync(path.join(root, "dist/worker"), bundle, { recursive: true })
  return path.join(bundle, "main.js")
}

export const makeWorker = async (
  name: string,
  options: {
    readonly main: string
    readonly folder: string
    readonly databaseUrl: string
    readonly hasSetClock: boolean
    readonly place: Place | undefined
  }
): Promise<Worker> => {
  const host = options.place?.address ?? "127.0.0.1"
  // In a namespace every port is free.
  const runnerPort = options.place === undefined ? await steadyPort(host) : namespacePort
  const log = createWriteStream(path.join(options.folder, `${name}.log`), { flags: "a" })
  let child: ChildProcess | undefined
  let isWanted = false
  let healthPort = 0
  const clock = path.join(options.folder, `${name}.clock`)
  const setClock = (offset: string): void => writeFileSync(clock, `${offset}\n`)
  setClock("+0")

  const start = async (): Promise<void> => {
    const [command, ...words] = [...(options.place?.prefix ?? []), process.execPath, options.main]
    const started = spawn(command!, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        VINSIGHT_SECRET: secret,
        VINSIGHT_WORKER_DATABASE_URL: options.databaseUrl,
        VINSIGHT_HOST: host,
        VINSIGHT_WORKER_PORT: "0",
        VINSIGHT_RUNNER_HOST: host,
        VINSIGHT_RUNNER_PORT: String(runnerPort),
        VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,10.213.0.0/16",
        // All monitors look at one address here.
        VINSIGHT_HOST_CONCURRENCY: "10000",
        ...(options.hasSetClock
          ? {
              LD_PRELOAD: faketime,
              FAKETIME_DONT_FAKE_MONOTONIC: "1",
              FAKETIME_TIMESTAMP_FILE: clock,
              FAKETIME_CACHE_DURATION: "1"
            }
          : {})
      }
    })
    child = started
    isWanted = true
    children.add(started)
    started.once("exit", (code, signal) => {
      children.delete(started)
      if (isWanted && child === started) surprises.push(`${name} ended with ${code ?? signal}, and nobody had asked`)
    })
    createInterface({ input: started.stderr }).on("line", (line) => log.write(`${line}\n`))
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`${name} does not listen`)), startLimitMs)
      started.once("exit", (code) => reject(new Error(`${name} ended with ${code} before it listened`)))
      createInterface({ input: started.stdout }).on("line", (line) => {
        log.write(`${line}\n`)
        if (!line.includes('"listening"')) return
        healthPort = Number(/"port":(\d+)/.exec(line)?.[1])
        clearTimeout(limit)
        resolve()
      })
    })
  }

  const end: Worker["end"] = (signal) =>
    new Promise((resolve, reject) => {
      const ending = child
      if (ending === undefined || !isAlive()) return reject(new Error(`${name} does not run`))
      isWanted = false
      ending.once("exit", (code, by) => resolve(code ?? by ?? ""))
      ending.kill(signal)
    })

  const isAlive = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null
  const measure = async (): Promise<Measured> => {
    const response = await fetch(`http://${host}:${healthPort}/metrics`, {
      signal: AbortSignal.timeout(measureLimitMs)
    })
    const page = await response.text()
    const valueOf = (series: string): number => {
      const line = page.split("\n").find((line) => line.startsWith(`${series} `))
      return Number(line?.slice(series.length + 1) ?? 0)
    }
    const above = (histogram: string): number => valueOf(`${histogram}_count`) - valueOf(`${histogram}_bucket{le="1"}`)
    const status = readFileSync(`/proc/${child?.pid}/status`, "utf8")
    return {
      residentMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
      late: above("vinsight_scheduling_lag_seconds"),
      slowFlushes: above("vinsight_flush_duration_seconds"),
      refused: valueOf("vinsight_results_refused_total")
    }
  }

  return {
    name,
    owner: `${host}:${runnerPort}`,
    host,
    place: options.place,
    measure,
    isAlive,
    start,
    end,
    setClock,
    signal: (signal) => void child?.kill(signal)
  }
}
