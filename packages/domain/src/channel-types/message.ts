/**
 * What people are told of an event, in plain words: one for all channels, which only dress it. Pure; names and causes are
 * as they are, so whoever uses markup has to escape them (text.ts).
 */
import { DateTime, Option } from "effect"
import type { AlertTrigger } from "../model/AlertRule.ts"
import type { NotificationEvent } from "../model/Notification.ts"
import type { Severity } from "../model/Severity.ts"
import type { Message } from "./ChannelType.ts"
import { cut } from "./text.ts"

export interface Link {
  readonly label: string
  readonly url: string
}

export interface Words {
  /** `Checkout is down`: what there is to know in one line, without a full stop. */
  readonly title: string
  /** Further sentences. */
  readonly lines: ReadonlyArray<string>
  /** Something is wrong, it is over, or it is only said. */
  readonly mood: "trouble" | "over" | "notice"
  readonly severity: Severity
  /** Where to look and what to do. */
  readonly links: ReadonlyArray<Link>
}

type Incident = NonNullable<NotificationEvent["data"]["incident"]>

export const wordsOf = (event: NotificationEvent): Words => {
  const { data, timestamp, type } = event
  const { incident } = data
  // What was stored before incidents had severities and triggers has none.
  const severity = incident === null ? "info" : ((incident.severity as Severity | undefined) ?? "critical")
  const said = { severity, links: linksOf(event) } as const
  if (type === "test") return { ...said, mood: "notice", title: "Test from V-Insight", lines: testLines }
  if (type === "silence.ended") {
    const reason = data.silence === undefined ? "" : ` (${data.silence.reason})`
    return {
      ...said,
      mood: "notice",
      title: `A silence has ended${reason}`,
      lines: [`Since ${clock(data.silence?.endsAt ?? timestamp, timestamp)} you are told again of what it matched.`]
    }
  }
  if (type === "digest" || incident === null) return { ...said, ...digestOf(event) }
  const name = data.monitor?.name ?? "A monitor"
  const phrase = phraseOf((incident.trigger as AlertTrigger | undefined) ?? "down")
  const since = `Since ${clock(incident.startedAt, timestamp)}.`
  const cause = sentence(incident.cause.message)
  switch (type) {
    case "incident.opened":
      return { ...said, mood: "trouble", title: phrase.begun(name), lines: [cause, since] }
    case "incident.repeated":
      return { ...said, mood: "trouble", title: phrase.still(name), lines: [cause, `${since} ${nobody}`] }
    case "incident.escalated":
      return {
        ...said,
        mood: "trouble",
        title: phrase.still(name),
        lines: [cause, `${since} ${nobody} It is your turn.`]
      }
    case "incident.resolved":
      return { ...said, mood: "over", title: phrase.over(name), lines: resolvedLines(incident, timestamp, cause) }
  }
}

/**
 * What messages that belong together have in common: their incident, or the digest that is told anew, whose number follows
 * its id (worker/notify/Delivery.ts).
 */
export const threadOf = ({ event, id }: Message): string => event.data.incident?.id ?? id.replace(/\.\d+$/, "")

/** All of it as one text, with or without links. */
export const asText = ({ lines, links, title }: Words, hasLinks = true): string =>
  [`${title}.`, ...lines, ...(hasLinks ? links.map(({ label, url }) => `${label}: ${url}`) : [])].join("\n")

/** A text and its links, one a line, in at most `length` UTF-16 code units: the text is cut, a link never. */
export const withLinks = (text: string, links: ReadonlyArray<Link>, length: number): string => {
  const tail = links.map(({ label, url }) => `\n${label}: ${url}`).join("")
  return tail.length > length / 2 ? cut(text, length) : `${cut(text, length - tail.length)}${tail}`
}

const testLines = ["This channel works: messages arrive here. Nothing is wrong."]
const nobody = "Nobody has acknowledged it yet."

interface Phrase {
  readonly begun: (name: string) => string
  readonly still: (name: string) => string
  readonly over: (name: string) => string
}

/** How what a monitor has is called: `Checkout is down`, or `Checkout is up again`. */
export const titleOf = (trigger: AlertTrigger, name: string, isOver: boolean): string =>
  isOver ? phraseOf(trigger).over(name) : phraseOf(trigger).begun(name)

/** What another version wrote is told all the same. */
const phraseOf = (trigger: AlertTrigger): Phrase => (Object.hasOwn(phrases, trigger) ? phrases[trigger] : anything)
const anything: Phrase = {
  begun: (name) => `${name} needs a look`,
  still: (name) => `${name} still needs a look`,
  over: (name) => `${name} is well again`
}

/** Must name every trigger. */
const phrases: Readonly<Record<AlertTrigger, Phrase>> = {
  down: {
    begun: (name) => `${name} is down`,
    still: (name) => `${name} is still down`,
    over: (name) => `${name} is up again`
  },
  heartbeat_missed: {
    begun: (name) => `${name} has not called in`,
    still: (name) => `${name} has still not called in`,
    over: (name) => `${name} calls in again`
  },
  degraded: {
    begun: (name) => `${name} is degraded`,
    still: (name) => `${name} is still degraded`,
    over: (name) => `${name} is well again`
  },
  slow_response: {
    begun: (name) => `${name} is slow`,
    still: (name) => `${name} is still slow`,
    over: (name) => `${name} is as fast as usual again`
  },
  ssl_expiry: {
    begun: (name) => `The certificate of ${name} expires soon`,
    still: (name) => `The certificate of ${name} still expires soon`,
    over: (name) => `The certificate of ${name} was renewed`
  },
  flapping: {
    begun: (name) => `${name} goes up and down again and again`,
    still: (name) => `${name} still goes up and down again and again`,
    over: (name) => `${name} is steady again`
  },
  coverage_lost: {
    begun: (name) => `${name} is not watched well enough`,
    still: (name) => `${name} is still not watched well enough`,
    over: (name) => `${name} is watched as it should be again`
  }
}

const resolvedLines = (incident: Incident, timestamp: string, cause: string): ReadonlyArray<string> => {
  const lasted = epochMs(incident.resolvedAt ?? timestamp) - epochMs(incident.startedAt)
  return [`It lasted ${span(lasted)}, since ${clock(incident.startedAt, timestamp)}.`, `It was: ${cause}`]
}

const digestOf = ({ data }: NotificationEvent): Pick<Words, "mood" | "title" | "lines"> => {
  const { incidents, monitors, resolved } = data.digest ?? { incidents: 0, monitors: [], resolved: 0 }
  const rest = incidents - monitors.length
  const names = rest > 0 ? `${monitors.join(", ")} and ${rest} more.` : `${monitors.join(", ")}.`
  const isOver = incidents > 0 && resolved >= incidents
  const what = `${incidents} ${incidents === 1 ? "incident" : "incidents"} at once`
  return {
    mood: isOver ? "over" : "trouble",
    title: isOver ? `${what}, all of them over` : resolved === 0 ? what : `${what}, ${resolved} of them over`,
    lines: [...(monitors.length === 0 ? [] : [names]), "They are told together, so that this channel is not flooded."]
  }
}

const linksOf = ({ links, type }: NotificationEvent): ReadonlyArray<Link> => {
  if (links === undefined) return []
  const isAsking = type === "incident.opened" || type === "incident.repeated" || type === "incident.escalated"
  const open = { label: "Open", url: links.incident }
  return isAsking && links.acknowledge !== null ? [open, { label: "Acknowledge", url: links.acknowledge }] : [open]
}

const sentence = (text: string): string => (/[.!?\u2026]$/.test(text) ? text : `${text}.`)

/** Epoch milliseconds; 0 for what is no instant. */
export const epochMs = (timestamp: string): number =>
  Option.match(DateTime.make(timestamp), { onNone: () => 0, onSome: (instant) => instant.epochMilliseconds })

/** `12:03:10 UTC`, with the day where it is another one than that of `now`. */
const clock = (instant: string, now: string): string => {
  const [day = "", rest = ""] = isoOf(instant).split("T")
  const time = `${rest.slice(0, 8)} UTC`
  return isoOf(now).startsWith(day) ? time : `${day} ${time}`
}

const isoOf = (timestamp: string): string => DateTime.formatIso(DateTime.makeUnsafe(epochMs(timestamp)))

const units = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1000, "second"]
] as const

/** The two greatest units that it has of: `4 minutes`, `1 hour 12 minutes`. */
export const span = (ms: number): string => {
  let rest = Math.max(0, ms)
  const parts: Array<string> = []
  for (const [size, name] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.length === 0 ? "less than a second" : parts.join(" ")
}
