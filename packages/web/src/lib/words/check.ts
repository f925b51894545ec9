/** Checks in words: latencies, answers, certificates. */
import { date, daysUntil, span } from "./time.ts"

/** Monitors of this kind dial nothing: a job calls them, and its word counts at once. */
export const isJob = (type: string): boolean => type === "heartbeat"

/** `<0.1 ms`, `0.7 ms`, `276 ms`, `1.18 s`, `10 s`: three figures at most; a dash where nothing was measured. */
export const latency = (microseconds: number | null | undefined): string => {
  if (microseconds == null) return "–"
  const milliseconds = microseconds / 1000
  if (microseconds > 0 && milliseconds < 0.05) return "<0.1\u00a0ms"
  if (milliseconds < 9.95) return `${trim(milliseconds.toFixed(1))}\u00a0ms`
  if (milliseconds < 999.5) return `${Math.round(milliseconds)}\u00a0ms`
  const seconds = milliseconds / 1000
  return `${trim(seconds.toFixed(seconds < 9.95 ? 2 : 1))}\u00a0s`
}

/** The unit that `latency` writes such a value in, microseconds. */
export const latencyUnit = (microseconds: number): number => (microseconds < 999_500 ? 1000 : 1_000_000)

const trim = (number: string): string => number.replace(/\.?0+$/, "")

/** Floored, never rounded up to 100: `99.99`. */
export const percent = (part: number, whole: number, digits = 2): string => {
  if (whole === 0) return "–"
  if (part === whole) return "100"
  const factor = 10 ** digits
  return (Math.floor((part * (100 * factor)) / whole) / factor).toFixed(digits)
}

/** `812 bytes`, `14 KB`. */
export const size = (bytes: number): string =>
  bytes < 1000 ? `${bytes} ${bytes === 1 ? "byte" : "bytes"}` : `${Math.round(bytes / 1000)}\u00a0KB`

/** What a certificate asks for; from 14 days on it is time to renew. */
export const certificateWarningDays = 14

export const certificate = (validTo: string, timeZone: string, now: number): string => {
  const days = daysUntil(validTo, now)
  if (days < 0) return `expired on ${date(validTo, timeZone)}`
  return `valid ${days === 1 ? "1 day" : `${days} days`}, until ${date(validTo, timeZone)}`
}

/** What is looked at, in few words, as its settings tell whatever the kind: `halyard.example/health`, `db:5432`. */
export const target = (settings: Readonly<Record<string, unknown>>): string => {
  const text = (name: string) => (typeof settings[name] === "string" ? settings[name] : "")
  const [first, ...more] = Array.isArray(settings.steps) ? (settings.steps as ReadonlyArray<{ url?: unknown }>) : []
  if (first !== undefined) {
    const url = urlTarget(String(first.url))
    return more.length === 0 ? url : `${url}, ${more.length + 1} steps`
  }
  if (text("url") !== "") return urlTarget(text("url"))
  if (text("host") !== "") return hostTarget(text("host"), settings.port)
  if (text("name") !== "") return `${text("recordType")} ${text("name")}`.trim()
  if (text("cron") !== "") return `${text("cron")} ${text("timeZone")}`
  return typeof settings.periodSeconds === "number" ? `every ${span(settings.periodSeconds * 1000)}` : ""
}

const urlTarget = (text: string): string => {
  if (!URL.canParse(text)) return ""
  const { host, pathname, search } = new URL(text)
  return pathname === "/" && search === "" ? host : `${host}${pathname}${search}`
}

const hostTarget = (host: string, port: unknown): string => {
  if (typeof port !== "number") return host
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`
}
