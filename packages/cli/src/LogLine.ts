/** A line of a child's log for people: time, who, what, then the rest as name=value. Children write JSON. */
import { Option, Schema } from "effect"

export interface LogLine {
  /** "INFO", "WARN", "ERROR", "FATAL" ...; "" when the line was plain text. */
  readonly level: string
  readonly message: string
  readonly time: string
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>
}

const Entry = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))

/** Names that stand elsewhere in the line or tell people nothing. */
const hidden = new Set(["level", "message", "timestamp", "fiberId", "service", "annotations", "spans"])

/** JSON of Effect's logger or of the web; any other text is a message as it stands. */
export const parse = (text: string): LogLine => {
  const decoded = Schema.decodeOption(Entry)(text)
  if (Option.isNone(decoded) || decoded.value["message"] === undefined)
    return { level: "", message: text, time: "", fields: [] }
  const entry = decoded.value
  const fields = [...Object.entries(entry), ...Object.entries(objectOf(entry["annotations"]))]
  return {
    level: textOf(entry["level"] ?? "").toUpperCase(),
    message: textOf(entry["message"]),
    time: textOf(entry["timestamp"] ?? ""),
    fields: fields
      .filter(([name, value]) => !hidden.has(name) && value !== null)
      .map(([name, value]) => [name, textOf(value)])
  }
}

/** The child said why it gives up. */
export const isComplaint = ({ level }: LogLine): boolean => level === "ERROR" || level === "FATAL"

/** "11:45:02.123 api     listening port=8080"; what is worse than information is named. */
export const format = (service: string, { fields, level, message, time }: LogLine, now: string): string => {
  const clock = /T(\d\d:\d\d:\d\d\.\d{3})/.exec(time === "" ? now : time)?.[1] ?? ""
  const severity = level === "" || level === "INFO" ? "" : `${level} `
  const rest = fields.map(([name, value]) => ` ${name}=${/\s/.test(value) ? JSON.stringify(value) : value}`).join("")
  return `${clock} ${service.padEnd(width)} ${severity}${oneLine(message)}${rest}`
}

const width = 9

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, " | ")

const objectOf = (value: Schema.Json | undefined): { readonly [name: string]: Schema.Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [name: string]: Schema.Json })
    : {}

const textOf = (value: Schema.Json | undefined): string => (typeof value === "string" ? value : JSON.stringify(value))
