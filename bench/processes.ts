/**
 * Processes that are measured: started, waited for, their CPU time and memory read from /proc (Linux). CPU time is what
 * benchmarks compare: it stays comparable on a busy machine, wall time does not.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { createInterface } from "node:readline"
import { environment, workerFlags } from "@v-insight/cli/memoryPolicy"

export const root = path.resolve(import.meta.dirname, "..")

/** How long a program may take until it listens. */
const startLimitMs = 60_000
/** The kernel counts in these units; 100 a second on every Linux that Node runs on. */
const ticksPerSecond = 100

export interface Running {
  readonly pid: number
  readonly port: number
  /** From exec to the line that says "listening". */
  readonly readyMs: number
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

const children = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL")
})

export const stopChild = (child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once("exit", () => resolve())
    child.kill(signal)
  })

/** Starts a program of ours and waits for its JSON line with the message "listening" and a port. */
export const start = (
  command: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  cwd = root
): Promise<Running> => {
  const begun = performance.now()
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment, ...env }
  })
  children.add(child)
  child.once("exit", () => children.delete(child))
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${command.join(" ")}: ${why}`))
    const limit = setTimeout(() => fail("does not listen"), startLimitMs)
    child.once("exit", (code) => fail(`ended with ${code} before it listened`))
    createInterface({ input: child.stdout }).on("line", (line) => {
      const port = listeningPort(line)
      if (port === undefined) {
        if (/"(WARN|ERROR|FATAL|error)"/.test(line)) process.stderr.write(`${line}\n`)
        return
      }
      clearTimeout(limit)
      resolve({ pid: child.pid!, port, readyMs: performance.now() - begun, stop: (signal) => stopChild(child, signal) })
    })
  })
}

const listeningPort = (line: string): number | undefined => {
  if (!line.startsWith("{")) return undefined
  const entry = JSON.parse(line) as { message?: unknown; port?: number; annotations?: { port?: number } }
  return String(entry.message) === "listening" ? (entry.port ?? entry.annotations?.port) : undefined
}

/**
 * The bundle when it was built, else the sources: prints which, because the difference is large. What options of V8
 * would change is measured with them in VINSIGHT_BENCH_NODE_FLAGS; VINSIGHT_BENCH_SOURCES=1 passes a bundle over.
 */
export const product = (name: "server" | "worker" | "cli"): ReadonlyArray<string> => {
  const bundle = path.join(root, "dist", name, "main.js")
  const own = (process.env["VINSIGHT_BENCH_NODE_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "")
  return [
    process.execPath,
    ...(name === "worker" ? workerFlags : []),
    ...own,
    existsSync(bundle) && process.env["VINSIGHT_BENCH_SOURCES"] !== "1"
      ? bundle
      : path.join(root, "packages", name, "src/main.ts")
  ]
}

interface Stat {
  readonly parent: number
  readonly cpuMs: number
  readonly reapedCpuMs: number
}

const stat = (pid: number): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number)
    const ms = (index: number) => ((fields[index] ?? 0) * 1000) / ticksPerSecond
    return { parent: fields[1] ?? 0, cpuMs: ms(11) + ms(12), reapedCpuMs: ms(13) + ms(14) }
  } catch {
    return undefined
  }
}

export const parentOf = (pid: number): number => stat(pid)?.parent ?? 0

const allStats = (): ReadonlyMap<number, Stat> =>
  new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const it = stat(Number(name))
        return it === undefined ? [] : [[Number(name), it] as const]
      })
  )

const descendants = (pid: number): ReadonlyMap<number, Stat> => {
  const all = allStats()
  const isWithin = (it: number): boolean => it === pid || (all.has(it) && it > 1 && isWithin(all.get(it)!.parent))
  return new Map([...all].filter(([it]) => isWithin(it)))
}

/** User and system time of a process and all it started, those that ended included, milliseconds. */
export const cpuMs = (pid: number): number => {
  let sum = 0
  for (const { cpuMs: own, reapedCpuMs } of descendants(pid).values()) sum += own + reapedCpuMs
  return sum
}

/**
 * Memory of a process and all it started, MiB: proportional set size, so that what processes share (PostgreSQL's
 * buffers, Node's text) is counted once.
 */
export const memoryMb = (pid: number): number => {
  let kb = 0
  for (const it of descendants(pid).keys()) {
    try {
      kb += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${it}/smaps_rollup`, "utf8"))?.[1] ?? 0)
    } catch {
      // It ended meanwhile.
    }
  }
  return kb / 1024
}

/** The plain sum of resident sets, MiB: what `ps` would add up to. */
export const residentMb = (pid: number): number => {
  let kb = 0
  for (const it of descendants(pid).keys()) {
    try {
      kb += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${it}/status`, "utf8"))?.[1] ?? 0)
    } catch {
      // It ended meanwhile.
    }
  }
  return kb / 1024
}
