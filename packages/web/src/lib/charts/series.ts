/** A series of the API on its way to charts: packed in columns it costs a fifth of its points. */
import type { Series } from "@v-insight/domain/model/History"

export interface Step {
  /** Beginning of the step, epoch milliseconds. */
  readonly at: number
  /** Of good checks, microseconds; null where there was none. */
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  /** Means in the order of `phaseNames`, microseconds; null where no check was timed. */
  readonly phases: ReadonlyArray<number> | null
  /** Checks that tell something. */
  readonly checks: number
  readonly failed: number
}

export interface PackedSeries {
  readonly from: number
  readonly to: number
  readonly stepMs: number
  /** p50, p95, p99, five phases, checks and failures: one column each, as long as there are steps. */
  readonly columns: ReadonlyArray<ReadonlyArray<number | null>>
}

/** Three figures are more than a chart shows. */
const short = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(3)))

export const packSeries = ({ from, points, stepSeconds, to }: Series): PackedSeries => ({
  from: Date.parse(from),
  to: Date.parse(to),
  stepMs: stepSeconds * 1000,
  columns: [
    ...(["p50Us", "p95Us", "p99Us"] as const).map((key) => points.map((point) => short(point[key]))),
    ...(["dnsUs", "connectUs", "tlsUs", "firstByteUs", "transferUs"] as const).map((key) =>
      points.map(({ mean }) => (mean.totalUs === null ? null : short(mean[key] ?? 0)))
    ),
    points.map(({ degraded, down, up }) => up + degraded + down),
    points.map(({ down }) => down)
  ]
})

export const unpackSeries = ({ columns, from, stepMs }: PackedSeries): ReadonlyArray<Step> =>
  (columns[0] ?? []).map((p50, index) => {
    const value = (column: number) => columns[column]![index] ?? null
    const phases = [3, 4, 5, 6, 7].map(value)
    return {
      at: from + index * stepMs,
      p50,
      p95: value(1),
      p99: value(2),
      phases: phases.every((phase) => phase !== null) ? phases : null,
      checks: value(8) ?? 0,
      failed: value(9) ?? 0
    }
  })
