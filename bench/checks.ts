/**
 * CPU-ms per check of the product's own check (fiber, monitor type, dialer) beside bare Node and, where it is installed,
 * blackbox_exporter: fresh connections to one target on loopback, runs taken in turns, medians compared. What the whole
 * worker costs around it is bench/worker.ts.
 */
import { spawn } from "node:child_process"
import path from "node:path"
import { type Blackbox, hasBlackbox, startBlackbox } from "./blackbox.ts"
import { cpuMs, start } from "./processes.ts"
import { type Figure, report } from "./report.ts"
import { authority } from "./target.ts"

const rounds = 5
const atOnce = 32
/** What is checked, how often, and what bare Node does for comparison. */
const schemes = {
  http: { checks: 6000, bare: ["net", "http"] },
  https: { checks: 1500, bare: ["tls", "https"] },
  tcp: { checks: 6000, bare: ["connect"] },
  dns: { checks: 6000, bare: ["dgram", "resolve"] }
} as const
type Scheme = keyof typeof schemes
/** Parts of what the peer needs that our check alone may need: the rest of the worker must fit beside it. */
const peerLimits: Partial<Record<Scheme, number>> = { http: 0.25, https: 0.75 }

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

const runBlackbox = async (blackbox: Blackbox, scheme: Scheme, url: string, checks: number): Promise<number> => {
  let left = checks
  const probe = async (): Promise<void> => {
    while (left-- > 0)
      if (!(await blackbox.probe(scheme, url))) throw new Error(`blackbox_exporter failed to probe ${url}.`)
  }
  const before = cpuMs(blackbox.pid)
  await Promise.all(Array.from({ length: atOnce }, probe))
  return (cpuMs(blackbox.pid) - before) / checks
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const figuresOf = async (scheme: Scheme, blackbox: Blackbox | undefined): Promise<ReadonlyArray<Figure>> => {
  const { bare, checks } = schemes[scheme]
  const target = await start([process.execPath, path.join(import.meta.dirname, "target.ts"), scheme], {})
  const url = `${scheme}://localhost:${target.port}/`
  const contestants: Record<string, () => Promise<number>> = {
    "V-Insight's check": () => runChecker("product", url, checks),
    ...Object.fromEntries(bare.map((kind) => [`bare ${kind}`, () => runChecker(kind, url, checks)])),
    ...(blackbox === undefined ? {} : { blackbox_exporter: () => runBlackbox(blackbox, scheme, url, checks) })
  }
  const costs: Record<string, Array<number>> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) (costs[name] ??= []).push(await run())
  }
  await target.stop()

  const label = scheme.toUpperCase()
  const [own, ...others] = Object.entries(costs).map(([name, values]) => ({ name, cost: median(values), values }))
  // The whole worker is held against P1 and P2; its check alone must leave room for the rest.
  const limits: Readonly<Record<string, number | undefined>> = {
    "bare tls": 1.2,
    blackbox_exporter: peerLimits[scheme]
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
  const figures: Array<Figure> = []
  for (const scheme of Object.keys(schemes) as Array<Scheme>) figures.push(...(await figuresOf(scheme, blackbox)))
  await blackbox?.stop()
  return report("CPU per check, the check alone", figures)
}

if (process.argv[1] === import.meta.filename && !(await main())) process.exitCode = 1
