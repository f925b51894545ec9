/** A stretch of checks cut into slices and spans: what bars and shaded times are drawn from. */
import type { CheckStatus } from "@v-insight/domain/model/CheckOutcome"
import type { Point } from "./points.ts"

export interface Slice {
  readonly from: number
  readonly to: number
  /** The worst that was seen; undefined where nothing was. */
  readonly status: CheckStatus | undefined
  readonly checks: number
  readonly failed: number
}

const worstFirst: ReadonlyArray<CheckStatus> = ["down", "degraded", "unknown", "up"]

/** Cuts time from the first to the last point into equal slices. A check belongs to the time it began in. */
export const slices = (points: ReadonlyArray<Point>, count: number): ReadonlyArray<Slice> => {
  const from = points[0]?.at ?? 0
  const to = points.at(-1)?.at ?? 0
  const width = Math.max(1, (to - from) / count)
  const seen: Array<Array<Point>> = Array.from({ length: count }, () => [])
  for (const point of points) seen[Math.min(count - 1, Math.floor((point.at - from) / width))]!.push(point)
  return seen.map((within, index) => ({
    from: from + index * width,
    to: from + (index + 1) * width,
    status: worstFirst.find((status) => within.some((point) => point.status === status)),
    checks: within.length,
    failed: within.filter(({ status }) => status === "down").length
  }))
}

/** Neighbouring slices as one, each at least this share of the whole: what is pressed must be wider than what is seen. */
export const zones = (slices: ReadonlyArray<Slice>, leastShare: number): ReadonlyArray<Slice> => {
  const width = Math.max(1, Math.ceil(slices.length * leastShare))
  const count = Math.floor(slices.length / width)
  const edge = (index: number) => Math.floor((index * slices.length) / count)
  return Array.from({ length: count }, (_, index) => {
    const part = slices.slice(edge(index), edge(index + 1))
    return {
      from: part[0]!.from,
      to: part.at(-1)!.to,
      status: worstFirst.find((status) => part.some((slice) => slice.status === status)),
      checks: part.reduce((sum, { checks }) => sum + checks, 0),
      failed: part.reduce((sum, { failed }) => sum + failed, 0)
    }
  })
}

/** Slices as long as two intervals at least: one of a shorter time may lie between two checks and look like a gap. */
export const sliceCount = (points: number, most: number): number => Math.max(1, Math.min(Math.floor(points / 2), most))

export interface Span {
  readonly from: number
  /** undefined: it goes on. */
  readonly to: number | undefined
}

/** Runs of failing checks: from the first failing one to the next good one. */
export const outages = (points: ReadonlyArray<Point>): ReadonlyArray<Span> => {
  const found: Array<Span> = []
  let from: number | undefined
  for (const { at, status } of points) {
    if (status === "down") from ??= at
    else if (from !== undefined && status !== "unknown") {
      found.push({ from, to: at })
      from = undefined
    }
  }
  if (from !== undefined) found.push({ from, to: undefined })
  return found
}

export interface Counts {
  readonly checks: number
  /** Of those that say something: unknown is neither good nor bad. */
  readonly seen: number
  readonly good: number
}

export const counts = (points: ReadonlyArray<Point>): Counts => {
  const unknown = points.filter(({ status }) => status === "unknown").length
  const down = points.filter(({ status }) => status === "down").length
  return { checks: points.length, seen: points.length - unknown, good: points.length - unknown - down }
}
