/** A dry run in words and on a strip: when the rule would have told somebody, and of what. */
import type { SimulatedRule, SimulationResult } from "@v-insight/domain/api/Simulations"
import { instants, round } from "#lib/charts/scale.ts"
import { dayMonth, span, spanInWords, zoneOffset } from "#lib/words/time.ts"
import { ruleOf, type RuleValues } from "./ruleValues.ts"

export const trialDays = [7, 30, 90] as const

/** As the API wants to hear it. `ruleId`: the rule as it is kept stands beside it. */
export const trialOf = (values: RuleValues, days: number, ruleId: string | undefined) => {
  const { condition, scope, delaySeconds, repeatSeconds, activeHours } = ruleOf(values)
  return {
    draft: { condition, scope, delaySeconds, repeatSeconds, activeHours },
    days,
    ...(ruleId === undefined ? {} : { ruleId })
  }
}

/** The days that a button asked for. */
export const daysOf = (text: string): number => trialDays.find((days) => String(days) === text) ?? trialDays[0]

type Incident = SimulatedRule["newest"][number]

/** What is over so soon ends by itself: nobody could have done anything. */
const soonMs = 5 * 60_000

/** `untold`: nobody would have heard of it; `brief`: told, and over by itself soon. */
export type MarkKind = "told" | "brief" | "untold"

const kindOf = ({ toldAt, startedAt, endedAt }: Incident): MarkKind => {
  if (toldAt === null) return "untold"
  return endedAt !== null && Date.parse(endedAt) - Date.parse(startedAt) <= soonMs ? "brief" : "told"
}

export interface Mark {
  readonly kind: MarkKind
  /** Percent of the strip. */
  readonly left: number
  readonly title: string
}

const percent = (at: number, from: number, to: number): number =>
  round(Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100)))

/** Oldest first, so that the worst of what lies at one place is seen. */
export const marksOf = (
  { newest }: SimulatedRule,
  { from, to }: Pick<SimulationResult, "from" | "to">,
  timeZone: string
): ReadonlyArray<Mark> => {
  const order: Record<MarkKind, number> = { untold: 0, brief: 1, told: 2 }
  return newest
    .map((incident) => ({
      kind: kindOf(incident),
      left: percent(Date.parse(incident.startedAt), Date.parse(from), Date.parse(to)),
      title: `${dayMonth(incident.startedAt, timeZone)}, ${incident.monitorName}`
    }))
    .sort((a, b) => order[a.kind] - order[b.kind])
}

const hourMs = 3_600_000

export interface Tick {
  readonly left: number
  readonly text: string
}

/** Round days below the strips. */
export const ticksOf = ({ from, to }: Pick<SimulationResult, "from" | "to">, timeZone: string): ReadonlyArray<Tick> => {
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  return (
    instants(begin, end, 4, zoneOffset(begin, timeZone))
      // The zone's clock may have changed since the beginning: an hour before midnight still means the day after.
      .map((at) => ({ left: percent(at, begin, end), text: dayMonth(at + 2 * hourMs, timeZone) }))
      .filter(({ left }) => left > 2 && left < 96)
  )
}

const times = (count: number): string => (count === 1 ? "once" : count === 2 ? "twice" : `${count} times`)
export const many = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

/** `This rule would have paged 3 times in 90 days.` */
export const trialHeadline = ({ draft }: SimulationResult, days: number): string =>
  draft.pages === 0
    ? `This rule would have paged nobody in ${days} days.`
    : `This rule would have paged ${times(draft.pages)} in ${days} days.`

/** What the version that is kept did, or how soon people would have heard. */
export const trialLead = ({ draft, present }: SimulationResult): string => {
  if (present === null) return draft.detectionDelay === null ? "" : delaySentence(draft.detectionDelay)
  const paged = present.pages === 0 ? "nobody" : times(present.pages)
  const brief = present.newest.filter((incident) => kindOf(incident) === "brief").length
  const soon =
    brief === 0 ? "" : `; ${brief === 1 ? "one of those" : `${brief} of those`} ended by itself within 5 minutes`
  return `The saved version would have paged ${paged}${brief > 1 ? soon.replace("by itself", "by themselves") : soon}.`
}

const delaySentence = ({ medianSeconds, worstSeconds }: NonNullable<SimulatedRule["detectionDelay"]>): string => {
  const words = (seconds: number) => (seconds === 0 ? "at once" : `${spanInWords(seconds * 1000)} later`)
  return medianSeconds === worstSeconds
    ? `People would have heard of a failure ${words(medianSeconds)}.`
    : `People would have heard of a failure ${words(medianSeconds)}, at worst ${words(worstSeconds)}.`
}

/** Both versions, figure by figure. */
export const figuresOf = ({ monitors, incidents, untold, pages, minutesDetected, detectionDelay }: SimulatedRule) =>
  [
    ["Pages", String(pages)],
    ["Incidents", String(incidents)],
    ["Nobody told", String(untold)],
    ["Minutes detected", String(minutesDetected)],
    ["Told after", detectionDelay === null ? "–" : spell(detectionDelay.medianSeconds)],
    ["At worst after", detectionDelay === null ? "–" : spell(detectionDelay.worstSeconds)],
    ["Monitors", String(monitors)]
  ] as const

const spell = (seconds: number): string => (seconds === 0 ? "at once" : span(seconds * 1000))

export interface Page {
  readonly key: string
  readonly startedAt: string
  readonly monitorId: string
  readonly monitorName: string
  readonly cause: string
  readonly lasted: string
  readonly told: string
  readonly kind: MarkKind
}

/** Each incident of the draft, newest first. */
export const pagesOf = ({ newest }: SimulatedRule, to: string): ReadonlyArray<Page> =>
  newest.map((incident, index) => ({
    key: `${incident.monitorId} ${incident.startedAt} ${index}`,
    startedAt: incident.startedAt,
    monitorId: incident.monitorId,
    monitorName: incident.monitorName,
    cause: incident.cause.message,
    lasted: `${span(Date.parse(incident.endedAt ?? to) - Date.parse(incident.startedAt))}${incident.endedAt === null ? ", still open" : ""}`,
    told:
      incident.toldAt === null
        ? "nobody"
        : `${after(Date.parse(incident.toldAt) - Date.parse(incident.firstFailureAt))}${incident.pages > 1 ? `, ${incident.pages} times` : ""}`,
    kind: kindOf(incident)
  }))

const after = (ms: number): string => (ms <= 0 ? "at once" : `after ${span(ms)}`)

const dayMs = 86_400_000

/** Whether what is kept begins later than what was asked for. */
export const isShort = ({ from, oldestCheckAt }: SimulationResult): boolean =>
  oldestCheckAt !== null && Date.parse(oldestCheckAt) - Date.parse(from) > dayMs
