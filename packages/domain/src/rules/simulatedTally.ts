/** What one version of a rule comes to in a replay: its incidents, whom it would have told when, and how late. */
import type { ActiveHours } from "../model/ActiveHours.ts"
import type { AlertCondition } from "../model/AlertRule.ts"
import type { CheckError } from "../model/CheckOutcome.ts"
import { hoursAt } from "./hours.ts"

export interface ReplayedRule {
  readonly condition: AlertCondition
  readonly delaySeconds: number
  readonly repeatSeconds: number | null
  readonly activeHours: ActiveHours | null
}

/** An incident that is open. Epoch milliseconds. */
export interface SimulatedSpan {
  readonly monitorId: string
  readonly monitorName: string
  readonly firstFailureAt: number
  readonly startedAt: number
  readonly cause: CheckError
  /** When it became worse. */
  readonly again: Array<number>
}

export interface ToldIncident extends Omit<SimulatedSpan, "again"> {
  /** null: it is open. */
  readonly endedAt: number | null
  /** null: nobody was told. */
  readonly toldAt: number | null
  readonly pages: number
}

export interface TallyResult {
  readonly monitors: number
  readonly incidents: number
  readonly untold: number
  readonly pages: number
  readonly minutesDetected: number
  readonly detectionDelay: { readonly medianSeconds: number; readonly worstSeconds: number } | null
  readonly newest: ReadonlyArray<ToldIncident>
}

const mostShown = 50
/** Delays that the median is taken of; with more of them, of the first. */
const mostDelays = 100_000
/** Stretches of active hours that repeats are counted in: two a day for 90 days, and some. */
const mostStretches = 400

export class RuleTally {
  readonly rule: ReplayedRule
  monitors = 0
  #incidents = 0
  #untold = 0
  #pages = 0
  #detectedMs = 0
  readonly #delays: Array<number> = []
  #worstDelay = 0
  #newest: Array<ToldIncident> = []

  constructor(rule: ReplayedRule) {
    this.rule = rule
  }

  /** `endedAt` undefined: it is open at `to`, and what would be told later is not counted. */
  add({ again, ...span }: SimulatedSpan, endedAt: number | undefined, to: number): void {
    const until = endedAt ?? to
    const toldAt = toldAtOf(this.rule, span.startedAt, until)
    const pages = toldAt === null ? 0 : 1 + again.filter((at) => at > toldAt).length + repeats(this.rule, toldAt, until)
    this.#incidents++
    this.#pages += pages
    this.#detectedMs += until - span.startedAt
    if (toldAt === null) this.#untold++
    else {
      const delay = toldAt - span.firstFailureAt
      this.#worstDelay = Math.max(this.#worstDelay, delay)
      if (this.#delays.length < mostDelays) this.#delays.push(delay)
    }
    this.#newest.push({ ...span, endedAt: endedAt ?? null, toldAt, pages })
    if (this.#newest.length >= 4 * mostShown) this.#newest = newestOf(this.#newest)
  }

  get result(): TallyResult {
    const delays = Float64Array.from(this.#delays).sort()
    return {
      monitors: this.monitors,
      incidents: this.#incidents,
      untold: this.#untold,
      pages: this.#pages,
      minutesDetected: Math.round(this.#detectedMs / 60_000),
      detectionDelay:
        delays.length === 0
          ? null
          : {
              medianSeconds: Math.round(delays[Math.floor((delays.length - 1) / 2)]! / 1000),
              worstSeconds: Math.round(this.#worstDelay / 1000)
            },
      newest: newestOf(this.#newest)
    }
  }
}

const newestOf = (incidents: ReadonlyArray<ToldIncident>): Array<ToldIncident> =>
  incidents.toSorted((a, b) => b.startedAt - a.startedAt).slice(0, mostShown)

/** When the delay is over, or the hours begin that it is told in; null: by then it is over. */
const toldAtOf = ({ activeHours, delaySeconds }: ReplayedRule, startedAt: number, until: number): number | null => {
  const dueAt = startedAt + delaySeconds * 1000
  if (dueAt >= until) return null
  const toldAt = inHours(activeHours, dueAt)
  return toldAt < until ? toldAt : null
}

const inHours = (hours: ActiveHours | null, at: number): number => {
  if (hours === null) return at
  const now = hoursAt(hours, at)
  return now.isWithin ? at : now.until
}

/** How often it is told again before `until`; what falls outside of the hours is told once, when they begin. */
const repeats = ({ activeHours, repeatSeconds }: ReplayedRule, toldAt: number, until: number): number => {
  if (repeatSeconds === null) return 0
  const everyMs = repeatSeconds * 1000
  if (activeHours === null) return Math.ceil((until - toldAt) / everyMs) - 1
  let count = 0
  let last = toldAt
  for (let stretch = 0; stretch < mostStretches; stretch++) {
    const now = hoursAt(activeHours, last)
    const end = Math.min(until, now.isWithin ? (now.until ?? until) : last)
    // All but the one at `last` that fall before the end.
    const within = Math.max(0, Math.ceil((end - last) / everyMs) - 1)
    count += within
    const next = inHours(activeHours, last + (within + 1) * everyMs)
    if (next >= until) return count
    count++
    last = next
  }
  return count
}
