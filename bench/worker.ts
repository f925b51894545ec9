/**
 * P1, P2: CPU-ms per check of the whole worker (schedule, check, decide, store under the fence), HTTP and HTTPS, beside
 * bare workers in Node that only check and store, and beside blackbox_exporter (a probe alone) where it is installed.
 * PostgreSQL is counted apart.
 */
import { connect } from "node:net"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { hasBlackbox, startBlackbox } from "./blackbox.ts"
import { type Database, insertMonitors, startDatabase, withClient } from "./database.ts"
import { metricsOf } from "./metrics.ts"
import { cpuMs, memoryMb, product, start } from "./processes.ts"
import { type Figure, report } from "./report.ts"
import { authority } from "./target.ts"
import { startWorker } from "./workerProcess.ts"

const intervalSeconds = 10
/** Past the burst after the start and most of V8's compiling. */
const warmUpMs = 12_000
const windowMs = 20_000
const ticksPerSecond = 50
/** Beyond this it is only slower. */
const peerAtOnce = 16
const schemes = {
  http: { monitors: 6000, socket: "net", request: "http" },
  https: { monitors: 2000, socket: "tls", request: "https" }
} as const
type Scheme = keyof typeof schemes

interface Cost {
  readonly checks: number
  /** CPU milliseconds of the checking process, and of PostgreSQL. */
  readonly own: number
  readonly postgres: number
  readonly memoryMb: number
}

interface Subject {
  readonly pid: number
  /** Checks that succeeded so far. */
  readonly count: () => Promise<number>
  readonly stop: () => Promise<void>
}

const measure = async (database: Database, subject: Subject): Promise<Cost> => {
  await sleep(warmUpMs)
  const before = { checks: await subject.count(), own: cpuMs(subject.pid), postgres: cpuMs(database.pid) }
  await sleep(windowMs)
  const cost = {
    checks: (await subject.count()) - before.checks,
    own: cpuMs(subject.pid) - before.own,
    postgres: cpuMs(database.pid) - before.postgres,
    memoryMb: memoryMb(subject.pid)
  }
  await subject.stop()
  if (cost.checks === 0) throw new Error("Nothing was checked successfully.")
  return cost
}

const startProduct = async (database: Database): Promise<Subject> => {
  const running = await startWorker(database, { NODE_EXTRA_CA_CERTS: authority })
  return {
    pid: running.pid,
    count: async () => (await metricsOf(running.port)).value("vinsight_checks_total", 'status="up"'),
    stop: running.stop
  }
}

const startReference = async (
  database: Database,
  kind: string,
  targetPort: number,
  monitors: number
): Promise<Subject> => {
  const running = await start(
    [
      process.execPath,
      path.join(import.meta.dirname, "references/worker.ts"),
      kind,
      String(targetPort),
      String(monitors),
      String(intervalSeconds),
      database.admin
    ],
    { NODE_EXTRA_CA_CERTS: authority }
  )
  return {
    pid: running.pid,
    count: () =>
      new Promise((resolve, reject) => {
        let said = ""
        connect(running.port, "127.0.0.1")
          .on("data", (bytes) => (said += bytes.toString()))
          .on("end", () => resolve(Number(said)))
          .on("error", reject)
      }),
    stop: running.stop
  }
}

/** The peer, asked at the same pace as far as it keeps up; only its own CPU counts, and it stores nothing. */
const startPeer = async (target: string, perSecond: number): Promise<Subject> => {
  const { pid, probe, stop } = await startBlackbox()
  let succeeded = 0
  let underWay = 0
  const timer = setInterval(() => {
    for (let left = perSecond / ticksPerSecond; left > 0 && underWay < peerAtOnce; left--) {
      underWay++
      void probe("http", target).then((isUp) => {
        underWay--
        succeeded += isUp ? 1 : 0
      })
    }
  }, 1000 / ticksPerSecond)
  return {
    pid,
    count: () => Promise.resolve(succeeded),
    stop: () => {
      clearInterval(timer)
      return stop()
    }
  }
}

const perCheck = ({ own, checks }: Cost): number => own / checks

/** A subject that fell behind ran on a machine that was busy with something else: its figure says little. */
const noteOf = ({ checks }: Cost, monitors: number): string => {
  const expected = (monitors / intervalSeconds) * (windowMs / 1000)
  return `${checks} checks${checks < expected * 0.9 ? ` of ${expected}: fell behind` : ""}`
}

const figuresOf = async (database: Database, scheme: Scheme): Promise<ReadonlyArray<Figure>> => {
  const { monitors, socket, request: plain } = schemes[scheme]
  const target = await start([process.execPath, path.join(import.meta.dirname, "target.ts"), scheme], {})
  const url = `${scheme}://localhost:${target.port}/`
  await withClient(database.admin, (client) => client.query("TRUNCATE tenants CASCADE"))
  await insertMonitors(database, monitors, url, intervalSeconds)

  const raw = await measure(database, await startReference(database, socket, target.port, monitors))
  const own = await measure(database, await startProduct(database))
  const simple = await measure(database, await startReference(database, plain, target.port, monitors))
  const peer = hasBlackbox ? await measure(database, await startPeer(url, monitors / intervalSeconds)) : undefined
  await target.stop()

  const name = scheme.toUpperCase()
  const ratio = (other: Cost): number => perCheck(own) / perCheck(other)
  const isHttps = scheme === "https"
  return [
    {
      what: `${name}: V-Insight's whole worker`,
      value: perCheck(own),
      unit: "CPU-ms/check",
      note: `${noteOf(own, monitors)}, ${own.memoryMb.toFixed(0)} MiB`
    },
    { what: `${name}: PostgreSQL beside it`, value: own.postgres / own.checks, unit: "CPU-ms/check" },
    {
      what: `${name}: bare worker over node:${socket}`,
      value: perCheck(raw),
      unit: "CPU-ms/check",
      note: noteOf(raw, monitors)
    },
    {
      what: `${name}: bare worker over node:${plain}`,
      value: perCheck(simple),
      unit: "CPU-ms/check",
      note: noteOf(simple, monitors)
    },
    ...(peer === undefined
      ? []
      : [
          {
            what: `${name}: blackbox_exporter, probe alone`,
            value: perCheck(peer),
            unit: "CPU-ms/check",
            note: noteOf(peer, monitors)
          }
        ]),
    {
      what: `${name}: ours / bare node:${socket}`,
      value: ratio(raw),
      unit: "x",
      ...(isHttps ? { limit: 1.2, note: "P2" } : {})
    },
    { what: `${name}: ours / bare node:${plain}`, value: ratio(simple), unit: "x" },
    ...(peer === undefined
      ? []
      : [
          {
            what: `${name}: ours / blackbox_exporter`,
            value: ratio(peer),
            unit: "x",
            limit: isHttps ? 0.75 : 0.25,
            note: isHttps ? "P2" : "P1"
          }
        ])
  ]
}

/** What a worker costs that has nothing to check, milliseconds of CPU per second. */
const idleFigures = async (database: Database): Promise<ReadonlyArray<Figure>> => {
  const subject = await startProduct(database)
  await sleep(warmUpMs)
  const before = { own: cpuMs(subject.pid), postgres: cpuMs(database.pid) }
  await sleep(windowMs)
  const perSecond = (ms: number) => (ms * 1000) / windowMs
  const figures = [
    {
      what: "Idle: V-Insight's whole worker",
      value: perSecond(cpuMs(subject.pid) - before.own),
      unit: "CPU-ms/s",
      note: `${memoryMb(subject.pid).toFixed(0)} MiB`
    },
    { what: "Idle: PostgreSQL beside it", value: perSecond(cpuMs(database.pid) - before.postgres), unit: "CPU-ms/s" }
  ]
  await subject.stop()
  return figures
}

const database = await startDatabase()
try {
  if (!hasBlackbox) console.log("prometheus-blackbox-exporter is not installed: its lines are left out.")
  console.log(`worker: ${product("worker").slice(1).join(" ")}`)
  const figures = [
    ...(await idleFigures(database)),
    ...(await figuresOf(database, "http")),
    ...(await figuresOf(database, "https"))
  ]
  if (!report("CPU per check (P1, P2)", figures)) process.exitCode = 1
} finally {
  await database.stop()
}
