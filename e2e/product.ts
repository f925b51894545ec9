/** `npm start` as a user runs it: free ports, an empty data directory, and gone without a trace afterwards. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"

const patienceMs = 180_000
const root = path.join(import.meta.dirname, "..")

export interface Product {
  /** Where the web is, without a slash at the end. */
  readonly url: string
  /** `vinsight load-history`: monitors with made-up history for an account of it. */
  readonly loadHistory: (email: string, options: Readonly<Record<string, number>>) => Promise<void>
  readonly stop: () => Promise<void>
}

export const startProduct = async (): Promise<Product> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "v-insight-e2e-"))
  // PostgreSQL runs as another user than root and must be able to enter.
  chmodSync(dataDir, 0o755)
  const run = (...words: ReadonlyArray<string>) =>
    spawn(process.execPath, [path.join(root, "packages/cli/vinsight.js"), ...words], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        VINSIGHT_DATA_DIR: dataDir,
        VINSIGHT_API_PORT: "0",
        VINSIGHT_WORKER_PORT: "0",
        VINSIGHT_WEB_PORT: "0",
        VINSIGHT_SIGNUP: "open",
        VINSIGHT_PUBLIC_URL: "https://status.example",
        VINSIGHT_MIN_INTERVAL_SECONDS: "1",
        VINSIGHT_MAX_MONITORS: "1000",
        VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,::1/128"
      }
    })
  const child = run("up")
  let output = ""
  const ready = new Promise<string>((resolve, reject) => {
    const hear = (part: Buffer) => {
      output += part.toString()
      const url = /V-Insight is ready at (http:\/\/\S+)/.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout.on("data", hear)
    child.stderr.on("data", hear)
    child.once("exit", (code) => reject(new Error(`The product ended with ${code}:\n${output}`)))
    setTimeout(() => reject(new Error(`The product did not get ready:\n${output}`)), patienceMs).unref()
  })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit")
      child.kill("SIGINT")
      await exited
    }
    rmSync(dataDir, { recursive: true, force: true })
  }
  const loadHistory = async (email: string, options: Readonly<Record<string, number>>) => {
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
    const loading = run("load-history", "--email", email, ...flags)
    let told = ""
    for (const stream of [loading.stdout, loading.stderr])
      stream.on("data", (part: Buffer) => (told += part.toString()))
    const [code] = (await once(loading, "exit")) as [number | null]
    if (code !== 0) throw new Error(`load-history ended with ${code}:\n${told}`)
  }
  try {
    return { url: await ready, loadHistory, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

/** A web process by itself: what it logs first, how to end it, and with which code it ended. */
export const startWeb = async (environment: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [path.join(root, "packages/web/server.js")], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { VINSIGHT_WEB_PORT: "0", VINSIGHT_HOST: "127.0.0.1", ...environment }
  })
  const exited = once(child, "exit").then(([code]) => code as number | null)
  const [line] = (await once(createInterface(child.stdout), "line")) as [string]
  const log = JSON.parse(line) as { readonly level: string; readonly message: string; readonly port?: number }
  return {
    log,
    url: `http://localhost:${log.port}`,
    exited,
    signal: () => child.kill("SIGTERM"),
    hangUp: () => child.stdin.end()
  }
}
