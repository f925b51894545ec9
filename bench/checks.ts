/**
 * CPU-ms per check of the product's own check (fiber, http monitor type, dialer) beside bare Node and, where it is
 * installed, blackbox_exporter: fresh connections to one target on loopback, runs taken in turns, medians compared.
 * What the whole worker costs around it is bench/worker.ts.
 */
import { spawn } from "node:child_process"
import path from "node:path"
import { type Blackbox, hasBlackbox, startBlackbox } from "./blackbox.ts"
import { cpuMs, start } from "./processes.ts"
import { type Figure, report } from "./report.ts"
import { authority } from "./target.ts"

const rounds = 5
const atOnce = 32
const schemes = {
  http: { checks: 6000, socket: "net", request: "http" },
  https: { checks: 1500, socket: "tls", request: "https" }
} as const
type Scheme = keyof typeof schemes

/** CPU-ms per check of a process of its own. */
const runChecker = (kind: string, url: string, checks: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const checker = path.join(import.meta.dirname, "references/checker.ts")
    const child = spawn(process.execPath, [checker, kind, url, String(checks), String(atOnce)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { NODE_EXTRA_CA_CERTS: authority, VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,::1" }
    })
    let said = ""
    child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()))
    child.once("close", (code) => {
      const { cpuMs, failed } = (code === 0 ? JSON.parse(said) : { failed: checks }) as {
        cpuMs: number
        failed: number
      }
      if (failed > 0) reject(new Error(`${failed} of ${checks} checks by ${kind} failed.`))
      else resolve(cpuMs / checks)
    })
  })

const runBlackbox = async (blackbox: Blackbox, url: string, checks: number): Promise<number> => {
  let left = checks
  const probe = async (): Promise<void> => {
    while (left-- > 0) if (!(await blackbox.probe(url))) throw new Error(`blackbox_exporter failed to probe ${url}.`)
  }
  const before = cpuMs(blackbox.pid)
  await Promise.all(Array.from({ length: atOnce }, probe))
  return (cpuMs(blackbox.pid) - before) / checks
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const figuresOf = async (scheme: Scheme, blackbox: Blackbox | undefined): Promise<ReadonlyArray<Figure>> => {
  const { checks, request, socket } = schemes[scheme]
  const target = await start([process.execPath, path.join(import.meta.dirname, "target.ts"), scheme], {})
  const url = `${scheme}://localhost:${target.port}/`
  const contestants: Record<string, () => Promise<number>> = {
    "V-Insight's check": () => runChecker("product", url, checks),
    [`bare node:${socket}`]: () => runChecker(socket, url, checks),
    [`bare node:${request}`]: () => runChecker(request, url, checks),
    ...(blackbox === undefined ? {} : { blackbox_exporter: () => runBlackbox(blackbox, url, checks) })
  }
  const costs: Record<string, Array<number>> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) (costs[name] ??= []).push(await run())
  }
  await target.stop()

  const label = scheme.toUpperCase()
  const [own, ...others] = Object.entries(costs).map(([name, values]) => ({ name, cost: median(values), values }))
  // The whole worker is held against P1 and P2; its check alone must leave room for the rest.
  const limits: Readonly<Record<string, number>> = {
    "bare node:tls": 1.2,
    blackbox_exporter: scheme === "http" ? 0.25 : 0.75
  }
  return [
    ...[own!, ...others].map(({ cost, name, values }) => ({
      what: `${label}: ${name}`,
      value: cost,
      unit: "CPU-ms/check",
      note: `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`
    })),
    ...others.map(({ cost, name }) => ({
      what: `${label}: ours / ${name}`,
      value: own!.cost / cost,
      unit: "x",
      ...(limits[name] === undefined ? {} : { limit: limits[name] })
    }))
  ]
}

export const main = async (): Promise<boolean> => {
  const blackbox = hasBlackbox ? await startBlackbox() : undefined
  if (blackbox === undefined) console.log("prometheus-blackbox-exporter is not installed: its lines are left out.")
  const figures = [...(await figuresOf("http", blackbox)), ...(await figuresOf("https", blackbox))]
  await blackbox?.stop()
  return report("CPU per check, the check alone", figures)
}

if (process.argv[1] === import.meta.filename && !(await main())) process.exitCode = 1
