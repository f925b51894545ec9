/** Which stretch of time the charts show: one of a few, or any; in the URL. */
import { zoneOffset } from "#lib/words/time.ts"

const hour = 3_600_000
const day = 24 * hour

export const periods = [
  { key: "6h", text: "6 h", name: "6 hours", ms: 6 * hour },
  { key: "24h", text: "24 h", name: "24 hours", ms: day },
  { key: "7d", text: "7 d", name: "7 days", ms: 7 * day },
  { key: "30d", text: "30 d", name: "30 days", ms: 30 * day },
  { key: "90d", text: "90 d", name: "90 days", ms: 90 * day },
  { key: "1y", text: "1 y", name: "365 days", ms: 365 * day }
] as const
export type PeriodKey = (typeof periods)[number]["key"]

export interface Range {
  /** One of the few; undefined when it was chosen freely. */
  readonly key: PeriodKey | undefined
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
}

/** What a field for date and time sends: the clock on the reader's wall. */
const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

/** Epoch milliseconds; undefined when it is none. */
const read = (text: string, timeZone: string): number | undefined => {
  if (instant.test(text)) return finite(Date.parse(text))
  const asUtc = wall.test(text) ? finite(Date.parse(`${text}Z`)) : undefined
  if (asUtc === undefined) return undefined
  // The offset in force then is looked up where it holds, not hours away from a change of the clocks.
  return asUtc - zoneOffset(asUtc - zoneOffset(asUtc, timeZone), timeZone)
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined)

/** undefined: what was asked for is no stretch of time. */
export const rangeOf = (
  params: Pick<URLSearchParams, "get">,
  now: number,
  timeZone: string,
  otherwise: PeriodKey
): Range | undefined => {
  const [from, to] = [params.get("from"), params.get("to")]
  if (from !== null || to !== null) {
    const end = to === null || to === "" ? now : read(to, timeZone)
    const start = from === null ? undefined : read(from, timeZone)
    return start === undefined || end === undefined || start >= Math.min(end, now)
      ? undefined
      : { key: undefined, from: start, to: Math.min(end, now) }
  }
  const wanted = params.get("period")
  const { key, ms } = periods.find((period) => period.key === (wanted ?? otherwise)) ?? periods[1]
  return { key, from: now - ms, to: now }
}

/** Minutes of what has just begun are wide enough to be seen: an outage, or the monitor. */
export const usualPeriod = (begun: ReadonlyArray<string | undefined>, now: number): PeriodKey =>
  begun.some((instant) => instant !== undefined && now - Date.parse(instant) < 5 * hour) ? "6h" : "24h"

/** One of the few begins no earlier than the monitor. */
export const sinceMade = (range: Range, createdAt: string): Range =>
  range.key === undefined
    ? range
    : { ...range, from: Math.min(range.to - 1, Math.max(range.from, Date.parse(createdAt))) }

/** What a field for date and time shows: `2026-11-21T12:03`. */
export const wallTime = (at: number, timeZone: string): string =>
  new Date(at + zoneOffset(at, timeZone)).toISOString().slice(0, 16)

/** A whole day in UTC, if it is one. */
export const dayOf = (text: string | null): { readonly from: string; readonly to: string } | undefined => {
  if (text === null || !/^\d{4}-\d\d-\d\d$/.test(text)) return undefined
  const from = Date.parse(`${text}T00:00:00Z`)
  return Number.isFinite(from) && new Date(from).toISOString().startsWith(text)
    ? { from: new Date(from).toISOString(), to: new Date(from + day).toISOString() }
    : undefined
}

const kept = ["period", "from", "to", "day", "only"] as const

/** The page's address with some parameters changed; an absent value takes the parameter out. */
export const pageUrl = (
  id: string,
  present: Pick<URLSearchParams, "get">,
  change: Readonly<Partial<Record<(typeof kept)[number] | "cursor", string | undefined>>>
): string => {
  const next = new URLSearchParams(
    kept.flatMap((name) => (present.get(name) ? [[name, present.get(name)!] as [string, string]] : []))
  )
  // A stretch is chosen either way, not both.
  if ("period" in change) for (const name of ["from", "to"]) next.delete(name)
  if ("from" in change) next.delete("period")
  if ("day" in change) next.delete("only")
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) next.delete(name)
    else next.set(name, value)
  }
  return next.size === 0 ? `/monitors/${id}` : `/monitors/${id}?${next}`
}
