/**
 * Instants and spans in words. `now` and the time zone are arguments: the server and the browser must write the same
 * text, else the page would jump when it comes alive.
 */
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** `12 s`, `26 min`, `1 h 12 min`, `3 d 4 h`, `17 d`: the two largest units that say something. */
export const span = (milliseconds: number): string =>
  spell(milliseconds, (amount, unit) => `${amount}\u00a0${unit.short}`)

/** `12 seconds`, `1 hour 12 minutes`, `3 days`. */
export const spanInWords = (milliseconds: number): string =>
  spell(milliseconds, (amount, unit) => `${amount} ${unit.long}${amount === 1 ? "" : "s"}`)

interface Unit {
  readonly ms: number
  readonly short: string
  readonly long: string
}
const units: ReadonlyArray<Unit> = [
  { ms: day, short: "d", long: "day" },
  { ms: hour, short: "h", long: "hour" },
  { ms: minute, short: "min", long: "minute" },
  { ms: second, short: "s", long: "second" }
]
/** From this many of the larger unit on, the smaller one says nothing new; minutes never need seconds. */
const smallerUntil: Readonly<Record<string, number>> = { d: 10, h: 24 }

const spell = (milliseconds: number, write: (amount: number, unit: Unit) => string): string => {
  const rest = Math.max(0, milliseconds)
  const index = units.findIndex((unit) => rest >= unit.ms)
  const unit = units[index] ?? units[3]!
  const amount = Math.floor(rest / unit.ms)
  const smaller = units[index + 1]
  const remainder = smaller === undefined ? 0 : Math.floor((rest - amount * unit.ms) / smaller.ms)
  if (smaller === undefined || remainder === 0 || amount >= (smallerUntil[unit.short] ?? 0)) return write(amount, unit)
  return `${write(amount, unit)} ${write(remainder, smaller)}`
}

/** Whole days until then, rounded down; negative when it is past. */
export const daysUntil = (instant: string, now: number): number => Math.floor((Date.parse(instant) - now) / day)

/** `12:03:10` */
export const clock = (instant: string | number, timeZone: string): string =>
  formatter("clock", timeZone).format(new Date(instant))

/** `11:37` */
export const clockShort = (instant: string | number, timeZone: string): string =>
  formatter("short", timeZone).format(new Date(instant))

/** `2 Feb 2027` */
export const date = (instant: string | number, timeZone: string): string =>
  formatter("date", timeZone).format(new Date(instant))

/** `2 Feb` */
export const dayMonth = (instant: string | number, timeZone: string): string =>
  formatter("day", timeZone).format(new Date(instant))

/** As much as is needed to know when: `11:37` today, `20 Nov, 23:10` this year, `3 Sep 2025` before. */
export const moment = (instant: string | number, timeZone: string, now: number): string => {
  const then = new Date(instant)
  const dates = formatter("date", timeZone)
  if (dates.format(then) === dates.format(new Date(now))) return clockShort(instant, timeZone)
  const isThisYear = year(then, timeZone) === year(new Date(now), timeZone)
  return isThisYear
    ? `${formatter("day", timeZone).format(then)}, ${clockShort(instant, timeZone)}`
    : dates.format(then)
}

/** Everything, for titles and tables: `Sat, 21 Nov 2026, 11:37:02 UTC`. */
export const full = (instant: string | number, timeZone: string): string =>
  formatter("full", timeZone).format(new Date(instant))

const year = (instant: Date, timeZone: string): string => formatter("year", timeZone).format(instant)

const hourMinute = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const
const dayAndMonth = { day: "numeric", month: "short" } as const
const forms = {
  clock: { ...hourMinute, second: "2-digit" },
  short: hourMinute,
  day: dayAndMonth,
  date: { ...dayAndMonth, year: "numeric" },
  year: { year: "numeric" },
  full: { weekday: "short", ...dayAndMonth, year: "numeric", ...hourMinute, second: "2-digit", timeZoneName: "short" }
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

const made = new Map<string, Intl.DateTimeFormat>()
const formatter = (form: keyof typeof forms, timeZone: string): Intl.DateTimeFormat => {
  const key = `${form} ${timeZone}`
  const known = made.get(key)
  if (known !== undefined) return known
  const fresh = new Intl.DateTimeFormat("en-GB", { ...forms[form], timeZone })
  made.set(key, fresh)
  return fresh
}

/** How far the zone is east of UTC at that instant, milliseconds. */
export const zoneOffset = (instant: number, timeZone: string): number => {
  const name = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" })
    .formatToParts(new Date(instant))
    .find(({ type }) => type === "timeZoneName")?.value
  const parts = /^GMT([+-])(\d\d):(\d\d)$/.exec(name ?? "")
  if (parts === null) return 0
  return (parts[1] === "-" ? -1 : 1) * (Number(parts[2]) * hour + Number(parts[3]) * minute)
}
