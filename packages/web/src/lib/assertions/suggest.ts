/** Assertions that follow from what a test found: each is added with one click. */
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { latency } from "#lib/words/check.ts"
import { daysUntil } from "#lib/words/time.ts"

export interface Suggestion {
  readonly label: string
  /** As the form writes it. */
  readonly row: Readonly<Record<string, string>>
}

/** More of a kind than these are a list to read, not to pick from. */
const most = 6
/** Longer values are rarely the same tomorrow. */
const shortValue = 60
/** Of these the value differs each time, or says nothing. */
const fleeting =
  /^(date|age|etag|set-cookie|expires|last-modified|x-request-id|cf-ray|report-to|nel|via|x-served-by|x-timer|content-length|connection|vary|keep-alive|transfer-encoding|alt-svc)$/

export const suggestions = (
  outcome: CheckOutcome,
  sources: ReadonlyArray<string>,
  now: number
): ReadonlyArray<Suggestion> =>
  [
    ...statusOf(outcome),
    ...timeOf(outcome),
    ...certificateOf(outcome, now),
    ...headersOf(outcome),
    ...jsonOf(outcome),
    ...recordsOf(outcome)
  ].filter(({ row }) => sources.includes(row.source ?? ""))

const statusOf = ({ httpStatus }: CheckOutcome): ReadonlyArray<Suggestion> =>
  httpStatus === null
    ? []
    : [{ label: `Status is ${httpStatus}`, row: { source: "status", operator: "equals", expected: `${httpStatus}` } }]

/** Slower than thrice as long is degraded, in round numbers. */
const timeOf = ({ status, timings: { totalUs } }: CheckOutcome): ReadonlyArray<Suggestion> => {
  if (totalUs === null || status === "down" || status === "unknown") return []
  const limit = [100, 250, 500, 1000, 2000, 5000, 10_000, 30_000].find((ms) => ms * 1000 >= totalUs * 3)
  if (limit === undefined) return []
  const row = { source: "total_ms", operator: "at_most", expected: `${limit}`, severity: "degraded" }
  return [{ label: `At most ${latency(limit * 1000)} in all`, row }]
}

const certificateOf = ({ certificate }: CheckOutcome, now: number): ReadonlyArray<Suggestion> => {
  if (certificate === null) return []
  const days = daysUntil(certificate.validTo, now) > 21 ? 14 : 7
  const row = { source: "certificate_days", operator: "at_least", expected: `${days}`, severity: "degraded" }
  return [{ label: `Certificate has ${days} days left`, row }]
}

const headersOf = ({ detail }: CheckOutcome): ReadonlyArray<Suggestion> =>
  (detail?.response?.headers ?? [])
    .filter(([name, value]) => !fleeting.test(name) && value !== "" && value.length <= shortValue)
    .slice(0, most)
    .map(([property, expected]) => ({
      label: `${property} is ${expected}`,
      row: { source: "header", property, operator: "equals", expected }
    }))

const jsonOf = ({ detail }: CheckOutcome): ReadonlyArray<Suggestion> => {
  const body = detail?.response?.body ?? ""
  if (!/^\s*[[{]/.test(body)) return []
  try {
    return leaves(JSON.parse(body), "$")
      .slice(0, most)
      .map(([property, expected]) => ({
        label: `${property} is ${expected}`,
        row: { source: "json", property, operator: "equals", expected }
      }))
  } catch {
    return []
  }
}

/** Values that stand in objects, those nearest to the top first. What stands in lists changes place. */
const leaves = (value: unknown, path: string): ReadonlyArray<readonly [path: string, value: string]> => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return []
  const entries = Object.entries(value).map(([name, inner]) => [childOf(path, name), inner] as const)
  const own = entries
    .filter(([, inner]) => inner !== null && typeof inner !== "object" && String(inner).length <= shortValue)
    .map(([at, inner]) => [at, String(inner)] as const)
  return [...own, ...entries.flatMap(([at, inner]) => leaves(inner, at))]
}

const childOf = (path: string, name: string): string =>
  /^[a-z_]\w*$/i.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`

const recordsOf = ({ detail }: CheckOutcome): ReadonlyArray<Suggestion> => {
  const { records } = detail?.traits ?? {}
  return (records ?? "")
    .split(/,\s*/)
    .filter((record) => record !== "" && record.length <= shortValue)
    .slice(0, most)
    .map((expected) => ({
      label: `A record is ${expected}`,
      row: { source: "record", operator: "equals", expected }
    }))
}
