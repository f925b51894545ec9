/** Checks as charts see them. Packed in columns they cost a tenth of the rows on the way to the browser. */
import type { CountedStatus, MonitorCheck } from "@v-insight/domain/model/MonitorCheck"

export const phaseNames = ["DNS", "Connect", "TLS", "First byte", "Body"] as const

export interface Point {
  /** Epoch milliseconds. */
  readonly at: number
  readonly status: CountedStatus
  /** Microseconds; null where nothing was measured. */
  readonly total: number | null
  /** In the order of `phaseNames`, microseconds. */
  readonly phases: ReadonlyArray<number | null>
}

export interface Packed {
  readonly at: ReadonlyArray<number>
  /** One letter a check. */
  readonly status: string
  readonly total: ReadonlyArray<number | null>
  readonly phases: ReadonlyArray<ReadonlyArray<number | null>>
}

const letters: Readonly<Record<CountedStatus, string>> = {
  up: "u",
  degraded: "g",
  down: "d",
  unknown: "?",
  maintenance: "m"
}
const statuses = new Map(Object.entries(letters).map(([status, letter]) => [letter, status as CountedStatus]))

export const pointOf = (check: Pick<MonitorCheck, "checkedAt" | "status" | "timings">): Point => {
  const { dnsUs, connectUs, tlsUs, firstByteUs, transferUs, totalUs } = check.timings
  return {
    at: Date.parse(check.checkedAt),
    status: check.status,
    total: totalUs,
    phases: [dnsUs, connectUs, tlsUs, firstByteUs, transferUs]
  }
}

/** Oldest first, as charts read. */
export const pack = (newestFirst: ReadonlyArray<MonitorCheck>): Packed => {
  const points = newestFirst.map(pointOf).reverse()
  return {
    at: points.map(({ at }) => at),
    status: points.map(({ status }) => letters[status]).join(""),
    total: points.map(({ total }) => total),
    phases: phaseNames.map((_, index) => points.map(({ phases }) => phases[index] ?? null))
  }
}

export const unpack = ({ at, status, total, phases }: Packed): ReadonlyArray<Point> =>
  at.map((instant, index) => ({
    at: instant,
    status: statuses.get(status[index] ?? "") ?? "unknown",
    total: total[index] ?? null,
    phases: phases.map((column) => column[index] ?? null)
  }))
