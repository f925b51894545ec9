/** Silences: what they match as a sentence, as addresses carry it, and as their form holds it. */
import type { Silence, SilenceMatcher } from "@v-insight/domain/model/Silence"
import { instantText } from "#lib/calendar/zoned.ts"
import { type Named, severityWords } from "./ruleText.ts"
import { triggerWords } from "./triggers.ts"

type Field = SilenceMatcher["field"]

export const fieldWords: Readonly<Record<Field, string>> = {
  monitor: "Monitor",
  tag: "Tag",
  type: "Kind of monitor",
  trigger: "What happened",
  severity: "Severity",
  cause: "Cause"
}
export const fields = Object.keys(fieldWords) as ReadonlyArray<Field>
const isField = (text: string): text is Field => Object.hasOwn(fieldWords, text)

export interface Row {
  readonly field: Field
  readonly is: SilenceMatcher["is"]
  readonly value: string
}

/** More rows than this no silence has. */
const mostRows = 20

/** Of `?matcher=monitor:equal:<id>&matcher=tag:not_equal:eu`; what is none is left out. */
export const rowsOfAddress = (params: URLSearchParams): ReadonlyArray<Row> =>
  params
    .getAll("matcher")
    .slice(0, mostRows)
    .flatMap((text): ReadonlyArray<Row> => {
      const [field = "", is = "", ...value] = text.split(":")
      return isField(field) && value.length > 0
        ? [{ field, is: is === "not_equal" ? "not_equal" : "equal", value: value.join(":") }]
        : []
    })

export const emptyRow: Row = { field: "monitor", is: "equal", value: "" }

export interface SilenceValues {
  readonly rows: ReadonlyArray<Row>
  readonly reason: string
  /** Seconds, or `until`. */
  readonly duration: string
  /** On the reader's wall clock. */
  readonly until: string
  /** "": now. */
  readonly from: string
  /** "": nobody. */
  readonly noticeChannelId: string
}

export const durations: ReadonlyArray<readonly [seconds: number, text: string]> = [
  [1800, "30 minutes"],
  [3600, "1 hour"],
  [4 * 3600, "4 hours"],
  [86_400, "1 day"],
  [7 * 86_400, "7 days"]
]

export const newSilence = (rows: ReadonlyArray<Row>): SilenceValues => ({
  rows: rows.length === 0 ? [emptyRow] : rows,
  reason: "",
  duration: "3600",
  until: "",
  from: "",
  noticeChannelId: ""
})

export const silenceIn = (form: FormData): SilenceValues => {
  const texts = (name: string) =>
    form.getAll(name).flatMap((value) => (typeof value === "string" ? [value.trim()] : []))
  const text = (name: string) => texts(name)[0] ?? ""
  const [kinds, senses, values] = [texts("field"), texts("is"), texts("value")]
  return {
    rows: kinds.slice(0, mostRows).map((field, index) => ({
      field: isField(field) ? field : "monitor",
      is: senses[index] === "not_equal" ? "not_equal" : "equal",
      value: values[index] ?? ""
    })),
    reason: text("reason"),
    duration: text("duration"),
    until: text("until"),
    from: text("from"),
    noticeChannelId: text("noticeChannelId")
  }
}

/** As the API wants to hear it. Rows in which nothing was said do not count, unless all are such. */
export const silenceOf = (values: SilenceValues, now: number, timeZone: string) => {
  const said = values.rows.filter(({ value }) => value !== "")
  const startsAt = values.from === "" ? undefined : instantText(values.from, timeZone)
  const begin = startsAt === undefined ? now : Date.parse(startsAt)
  const seconds = durations.find(([seconds]) => String(seconds) === values.duration)?.[0]
  return {
    matchers: said.length === 0 ? values.rows : said,
    reason: values.reason,
    ...(startsAt === undefined ? {} : { startsAt }),
    endsAt:
      seconds !== undefined && Number.isFinite(begin)
        ? new Date(begin + seconds * 1000).toISOString()
        : instantText(values.until, timeZone),
    noticeChannelId: values.noticeChannelId === "" ? null : values.noticeChannelId
  }
}

/** `Checkout API, not tagged eu, severity warning` */
export const matchersText = (matchers: ReadonlyArray<SilenceMatcher>, monitors: ReadonlyArray<Named>): string =>
  matchers.map((matcher) => matcherText(matcher, monitors)).join(", ")

const matcherText = ({ field, is, value }: SilenceMatcher, monitors: ReadonlyArray<Named>): string => {
  const not = is === "equal" ? "" : "not "
  switch (field) {
    case "monitor":
      return is === "equal" ? nameOf(value, monitors) : `any monitor but ${nameOf(value, monitors)}`
    case "tag":
      return `${not}tagged ${value}`
    case "type":
      return `${not}of kind ${value}`
    case "trigger":
      return `${not}“${wordOf(triggerWords, value)?.name ?? value}”`
    case "severity":
      return `${not}${wordOf(severityWords, value)?.[0] ?? value}`
    case "cause":
      return `${not}caused by ${value.replaceAll("_", " ")}`
  }
}

const wordOf = <A>(words: Readonly<Record<string, A>>, name: string): A | undefined =>
  Object.hasOwn(words, name) ? words[name] : undefined
const nameOf = (id: string, monitors: ReadonlyArray<Named>): string =>
  monitors.find((monitor) => monitor.id === id)?.name ?? "a deleted monitor"

/** The first line of the page. */
export const silencesHeadline = (silences: ReadonlyArray<Pick<Silence, "state">>): string => {
  const active = silences.filter(({ state }) => state === "active").length
  if (active === 0) return "Nothing is silenced."
  return active === 1 ? "1 silence holds." : `${active} silences hold.`
}

export const stateWords: Readonly<Record<Silence["state"], string>> = {
  active: "Now",
  coming: "Coming",
  over: "Over"
}
