/**
 * What this process uses, under the names that Prometheus' client libraries gave these figures. Read when somebody asks:
 * nothing is counted for them but fibers.
 */
import { fibersAlive } from "./Fibers.ts"

interface Family {
  readonly name: string
  readonly help: string
  readonly type: "counter" | "gauge"
  readonly series: ReadonlyArray<readonly [labels: string, value: number]>
}

/** Kinds of handles that Node tells, some thirty; a page stays a page. */
const maxKinds = 64

export const processMetrics = (): string => {
  const { heapUsed, rss } = process.memoryUsage()
  const { system, user } = process.cpuUsage()
  const handles = Object.entries(Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind))
    .slice(0, maxKinds)
    .map(([kind, found = []]) => [`{type="${kind}"}`, found.length] as const)
  const families: ReadonlyArray<Family> = [
    gauge("process_resident_memory_bytes", "Memory that this process holds", rss),
    gauge("nodejs_heap_size_used_bytes", "Memory of JavaScript objects, those not collected yet included", heapUsed),
    {
      name: "process_cpu_seconds_total",
      help: "Processor time used",
      type: "counter",
      series: [["", (user + system) / 1_000_000]]
    },
    { name: "nodejs_active_resources", help: "Sockets, timers and the like, by kind", type: "gauge", series: handles },
    gauge("vinsight_fibers", "Fibers alive", fibersAlive())
  ]
  return families.map(written).join("")
}

const gauge = (name: string, help: string, value: number): Family => ({
  name,
  help,
  type: "gauge",
  series: [["", value]]
})

const written = ({ help, name, series, type }: Family): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${series.map(([labels, value]) => `${name}${labels} ${value}\n`).join("")}`
