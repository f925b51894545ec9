/** A monitor of the list on its way to the browser: no more than its row shows. */
import type { ListedMonitor } from "@v-insight/domain/api/Monitors"
import { packDays } from "#lib/charts/days.ts"
import { packHours } from "#lib/charts/hours.ts"
import { isJob, target } from "#lib/words/check.ts"

const noHistory: NonNullable<ListedMonitor["history"]> = {
  sparkline: [],
  failures: [],
  bars: [],
  uptime30d: null,
  coverage30d: null,
  p95_24h: null
}

export const rowOf = ({ history = noHistory, lastCheck, ...monitor }: ListedMonitor) => ({
  id: monitor.id,
  name: monitor.name,
  host: target(monitor.settings),
  isJob: isJob(monitor.type),
  tags: monitor.tags,
  paused: monitor.paused,
  status: monitor.status,
  statusSince: monitor.statusSince,
  lastCheckedAt: monitor.lastCheckedAt,
  lastCheck,
  /** Packed: lib/charts/days.ts and hours.ts. */
  days: packDays(history.bars),
  hours: packHours(history.sparkline, history.failures),
  /** Shares, 0 to 1. */
  uptime: history.uptime30d,
  coverage: history.coverage30d,
  /** Microseconds. */
  p95: history.p95_24h
})

export type Row = ReturnType<typeof rowOf>
