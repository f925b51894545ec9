/**
 * Deviation bars: calm is short, trouble is tall, no data is a dash. One path per state: 90 rects cost four times the
 * bytes. Drawn 10 wide per slice and 40 high, to be stretched.
 */
import type { CheckStatus } from "@v-insight/domain/model/CheckOutcome"
import type { Slice } from "./history.ts"
import { round } from "./scale.ts"

export const barHeight = 40
const step = 10
const width = 6.4

export const barPaths = (
  slices: ReadonlyArray<Slice>
): ReadonlyArray<{ readonly status: CheckStatus; readonly d: string }> => {
  const paths = new Map<CheckStatus, string>()
  slices.forEach(({ status, checks, failed }, index) => {
    const shown = status ?? "unknown"
    const tall = round(heightOf(shown, checks === 0 ? 0 : failed / checks))
    const bar = `M${index * step} ${round(barHeight - tall)}h${width}v${tall}h-${width}z`
    paths.set(shown, (paths.get(shown) ?? "") + bar)
  })
  return [...paths].map(([status, d]) => ({ status, d }))
}

export const barsViewBox = (count: number): string => `0 0 ${count * step - (step - width)} ${barHeight}`

const heightOf = (status: CheckStatus, failedShare: number): number => {
  if (status === "down") return barHeight * (0.78 + 0.22 * failedShare)
  if (status === "degraded") return barHeight * 0.62
  return status === "unknown" ? 2.4 : barHeight * 0.36
}
