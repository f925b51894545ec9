/**
 * A body of one's own for a webhook: JSON with `{{names}}` in its strings, which values of the event take the place of. It
 * is read as JSON first and filled in afterwards, so no value can break out of its string, and nothing is run.
 */
import { Result } from "effect"
import { fillIn, namesIn } from "../rules/template.ts"
import type { Message } from "./ChannelType.ts"
import { asText, wordsOf } from "./message.ts"

export const maxTemplateLength = 16_384
/** Of each filled string, characters: names may stand for much, many times. */
const maxFilledLength = 65_536
/** Deeper documents are made to annoy. */
const maxDepth = 20

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** What there is to fill in; empty where an event has none of it. */
const valuesOf = ({ event, id }: Message): ReadonlyMap<TemplateName, string> => {
  const { check, digest, incident, monitor } = event.data
  const words = wordsOf(event)
  return new Map<TemplateName, string>([
    ["id", id],
    ["type", event.type],
    ["timestamp", event.timestamp],
    ["title", words.title],
    ["text", asText(words, false)],
    ["mood", words.mood],
    ["severity", words.severity],
    ["monitor.id", monitor?.id ?? ""],
    ["monitor.name", monitor?.name ?? ""],
    ["monitor.type", monitor?.type ?? ""],
    ["monitor.tags", monitor?.tags.join(", ") ?? ""],
    ["incident.id", incident?.id ?? ""],
    ["incident.status", incident?.status ?? ""],
    ["incident.trigger", incident?.trigger ?? ""],
    ["incident.startedAt", incident?.startedAt ?? ""],
    ["incident.resolvedAt", incident?.resolvedAt ?? ""],
    ["incident.cause", incident?.cause.message ?? ""],
    ["incident.causeCode", incident?.cause.code ?? ""],
    ["check.status", check?.status ?? ""],
    ["digest.incidents", digest === undefined ? "" : String(digest.incidents)],
    ["digest.monitors", digest?.monitors.join(", ") ?? ""],
    ["links.incident", event.links?.incident ?? ""],
    ["links.acknowledge", event.links?.acknowledge ?? ""]
  ])
}

const names = [
  "id",
  "type",
  "timestamp",
  "title",
  "text",
  "mood",
  "severity",
  "monitor.id",
  "monitor.name",
  "monitor.type",
  "monitor.tags",
  "incident.id",
  "incident.status",
  "incident.trigger",
  "incident.startedAt",
  "incident.resolvedAt",
  "incident.cause",
  "incident.causeCode",
  "check.status",
  "digest.incidents",
  "digest.monitors",
  "links.incident",
  "links.acknowledge"
] as const
type TemplateName = (typeof names)[number]

/** What is wrong with a template, as a sentence; undefined when nothing is. */
export const templateProblem = (template: string): string | undefined => {
  const read = Result.try((): Json => JSON.parse(template))
  if (Result.isFailure(read)) return 'This is not JSON. Placeholders stand inside strings: {"text": "{{title}}"}'
  const found = stringsIn(read.success)
  if (found === undefined) return `Lists and objects may stand at most ${maxDepth} deep`
  if (found.keys.some((key) => namesIn(key).length > 0)) return "Placeholders stand in values, not in names"
  const unknown = found.values.flatMap(namesIn).find((name) => !(names as ReadonlyArray<string>).includes(name))
  return unknown === undefined ? undefined : `There is no {{${unknown.slice(0, 40)}}}. There are: ${names.join(", ")}`
}

/** JSON. `template` has no problem. */
export const fillTemplate = (template: string, message: Message): string => {
  const values = valuesOf(message)
  const filled = (value: Json): Json => {
    if (typeof value === "string") return fillIn(value, values, maxFilledLength) ?? value.slice(0, maxFilledLength)
    if (typeof value !== "object" || value === null) return value
    if (isList(value)) return value.map(filled)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]))
  }
  return JSON.stringify(filled(JSON.parse(template) as Json))
}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

const stringsIn = (json: Json): { keys: ReadonlyArray<string>; values: ReadonlyArray<string> } | undefined => {
  const keys: Array<string> = []
  const values: Array<string> = []
  const look = (value: Json, depth: number): boolean => {
    if (typeof value === "string") values.push(value)
    if (typeof value !== "object" || value === null) return true
    if (depth >= maxDepth) return false
    if (!isList(value)) keys.push(...Object.keys(value))
    return Object.values(value).every((inner) => look(inner, depth + 1))
  }
  return look(json, 0) ? { keys, values } : undefined
}
