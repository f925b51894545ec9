/**
 * From counts of checks to what people ask: how much of the time was it there, and how sure are we? Degraded is there.
 * Unknown is neither there nor gone: it lowers what was observed, never the uptime. Maintenance was observed and does
 * not count either way.
 */

/** Checks by status, and how many slots there were for them. */
export interface Counts {
  /** Slots of the monitor's schedule, as it was at that time. */
  readonly expected: number
  readonly up: number
  readonly degraded: number
  readonly down: number
  readonly unknown: number
  readonly maintenance: number
}

export interface Uptime {
  /** Share of the observed checks, 0 to 1; null when none was. */
  readonly uptime: number | null
  /** Share of the expected checks that told something, 0 to 1; null when none was expected. */
  readonly coverage: number | null
}

export const noCounts: Counts = { expected: 0, up: 0, degraded: 0, down: 0, unknown: 0, maintenance: 0 }

export const add = (a: Counts, b: Counts): Counts => ({
  expected: a.expected + b.expected,
  up: a.up + b.up,
  degraded: a.degraded + b.degraded,
  down: a.down + b.down,
  unknown: a.unknown + b.unknown,
  maintenance: a.maintenance + b.maintenance
})

const observedOf = ({ degraded, down, maintenance, up }: Counts): number => up + degraded + down + maintenance

/** Slots that tell nothing: checks that could not look, and those that were never done. */
export const unknownOf = (counts: Counts): number => Math.max(counts.unknown, counts.expected - observedOf(counts))

export const uptimeOf = (counts: Counts): Uptime => {
  const { degraded, down, up } = counts
  const judged = up + degraded + down
  const observed = observedOf(counts)
  const slots = observed + unknownOf(counts)
  return { uptime: judged === 0 ? null : (up + degraded) / judged, coverage: slots === 0 ? null : observed / slots }
}

export interface Outage {
  readonly startedAt: number
  /** null while it lasts. */
  readonly resolvedAt: number | null
}

export interface Reliability {
  /** Outages that began in the span. */
  readonly incidents: number
  /** Mean time to recovery, of those that began in the span and are over, ms. */
  readonly mttrMs: number | null
  /** Mean time between failures: the span without its outages, by the outages that began in it, ms. */
  readonly mtbfMs: number | null
}

/** Outages do not overlap. All instants epoch milliseconds; `from` is not before the monitor was made. */
export const reliabilityOf = (outages: ReadonlyArray<Outage>, from: number, to: number): Reliability => {
  const begun = outages.filter(({ startedAt }) => startedAt >= from && startedAt < to)
  const over = begun.filter(({ resolvedAt }) => resolvedAt !== null)
  const goneMs = outages.reduce(
    (sum, { resolvedAt, startedAt }) => sum + Math.max(0, Math.min(resolvedAt ?? to, to) - Math.max(startedAt, from)),
    0
  )
  const lasted = over.reduce((sum, { resolvedAt, startedAt }) => sum + resolvedAt! - startedAt, 0)
  return {
    incidents: begun.length,
    mttrMs: over.length === 0 ? null : lasted / over.length,
    mtbfMs: begun.length === 0 ? null : Math.max(0, to - from - goneMs) / begun.length
  }
}
