/** The product's programs as bundles, a process each on a port of its own, and how they start, serve and end. */
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import { Redacted } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { cpSync, createWriteStream } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { secret } from "../../bench/database.ts"
import { root } from "../../bench/processes.ts"
import { steadyPort } from "../port.ts"

const readyLimitMs = 60_000
const pollMs = 50
/** A probe that takes longer has failed. */
const probeLimitMs = 10_000

export interface Program {
  readonly name: string
  readonly port: number
  readonly origin: string
  readonly isAlive: () => boolean
  /** Starts a process and waits until it is ready; answers with the milliseconds from the start until then. */
  readonly start: () => Promise<number>
  /** Sends the signal and waits for the end; answers with the exit code, or the signal's name. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | string>
  readonly signal: (signal: NodeJS.Signals) => void
}

/** Ends that nobody asked for. */
export const surprises: Array<string> = []
const children = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL")
})

/** Copies of the bundles: another build must not change them between one start and the next. */
export const bundlesInto = (folder: string): ((name: "server" | "worker") => string) => {
  const { status } = spawnSync(process.execPath, [path.join(root, "packages/cli/src/build.ts"), "server", "worker"], {
    stdio: "inherit"
  })
  if (status !== 0) throw new Error("The bundles could not be built: see above.")
  for (const name of ["server", "worker"]) {
    cpSync(path.join(root, "dist", name), path.join(folder, name), { recursive: true })
  }
  return (name) => path.join(folder, name, "main.js")
}

/** The API's login, from the worker's URL. */
export const apiUrlOf = (workerUrl: string): string =>
  Redacted.value(
    Connections.withLogin(
      Redacted.make(workerUrl),
      Connections.apiRole,
      Keys.fromSecret(Redacted.make(secret)).rolePassword(Connections.apiRole)
    )
  )

/** What a GET says, and how long that took; status 0: nothing. */
export interface Probe {
  readonly status: number
  readonly ms: number
  readonly retryAfter: string | null
  readonly text: string
}

export const probe = async (url: string, token?: string): Promise<Probe> => {
  const began = performance.now()
  try {
    const response = await fetch(url, {
      headers: { connection: "close", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(probeLimitMs)
    })
    const text = await response.text()
    const retryAfter = response.headers.get("retry-after")
    return { status: response.status, ms: performance.now() - began, retryAfter, text }
  } catch {
    return { status: 0, ms: performance.now() - began, retryAfter: null, text: "" }
  }
}

/** Milliseconds until `isSo`, or undefined after the limit. */
export const until = async (isSo: () => Promise<boolean>, limitMs: number): Promise<number | undefined> => {
  const began = performance.now()
  while (performance.now() - began < limitMs) {
    if (await isSo()) return performance.now() - began
    await sleep(pollMs)
  }
  return undefined
}

export const makeProgram = async (
  name: string,
  options: {
    readonly command: ReadonlyArray<string>
    readonly folder: string
    /** Gets the port. */
    readonly environment: (port: number) => Readonly<Record<string, string>>
  }
): Promise<Program> => {
  const port = await steadyPort("127.0.0.1")
  const origin = `http://127.0.0.1:${port}`
  const log = createWriteStream(path.join(options.folder, `${name}.log`), { flags: "a" })
  let child: ChildProcess | undefined
  let isWanted = false
  const isAlive = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null

  const start = async (): Promise<number> => {
    const [command, ...words] = options.command
    const started = spawn(command!, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], VINSIGHT_SECRET: secret, ...options.environment(port) }
    })
    child = started
    isWanted = true
    children.add(started)
    started.stdout.pipe(log, { end: false })
    started.stderr.pipe(log, { end: false })
    started.once("exit", (code, signal) => {
      children.delete(started)
      if (isWanted && child === started) surprises.push(`${name} ended with ${code ?? signal}, and nobody had asked`)
    })
    const isReady = async (): Promise<boolean> => (await probe(`${origin}/health/ready`)).status === 200
    const readyMs = await until(isReady, readyLimitMs)
    if (readyMs === undefined) throw new Error(`${name} does not become ready`)
    return readyMs
  }

  const end = (signal: NodeJS.Signals): Promise<number | string> =>
    new Promise((resolve, reject) => {
      const ending = child
      if (ending === undefined || !isAlive()) return reject(new Error(`${name} does not run`))
      isWanted = false
      ending.once("exit", (code, by) => resolve(code ?? by ?? ""))
      ending.kill(signal)
    })

  return { name, port, origin, isAlive, start, end, signal: (signal) => void child?.kill(signal) }
}

/** Two of the API and a worker on one database, as in an installation. */
export const makeFleet = async (folder: string, workerUrl: string) => {
  const bundle = bundlesInto(folder)
  const server = (name: string) =>
    makeProgram(name, {
      command: [process.execPath, bundle("server")],
      folder,
      environment: (port) => ({
        VINSIGHT_API_PORT: String(port),
        VINSIGHT_API_DATABASE_URL: apiUrlOf(workerUrl),
        VINSIGHT_SIGNUP: "open",
        VINSIGHT_MAX_MONITORS: "1000000"
      })
    })
  const worker = await makeProgram("worker", {
    command: [process.execPath, bundle("worker")],
    folder,
    environment: (port) => ({
      VINSIGHT_WORKER_PORT: String(port),
      VINSIGHT_WORKER_DATABASE_URL: workerUrl,
      VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8",
      // All monitors look at one address here.
      VINSIGHT_HOST_CONCURRENCY: "10000"
    })
  })
  return { apis: [await server("api1"), await server("api2")] as const, worker }
}
