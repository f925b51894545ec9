/**
 * PagerDuty Events API v2 (developer.pagerduty.com: "Send an Alert Event", "Send a Change Event", "Overview: Response Codes
 * & Retry Logic, API Limits"): one alert per incident, whose id is the dedup_key, so that repeats join it and the recovery
 * resolves it. A test triggers an alert and resolves it at once; a notice that is no alert is a change event. Taken with
 * 202; 429 (some 120 a minute for a key) and 5xx pass, without Retry-After.
 */
import { Effect, Schema } from "effect"
import type { DeliveryReport } from "../model/Notification.ts"
import type { Dialer } from "../monitor-types/Dialer.ts"
import { type DeliveryFailed, define, type Message } from "./ChannelType.ts"
import { threadOf, wordsOf } from "./message.ts"
import { type Answer, post } from "./post.ts"
import { cut } from "./text.ts"

const origins = { us: "https://events.pagerduty.com", eu: "https://events.eu.pagerduty.com" } as const
/** Manual: a summary has at most 1,024 characters, a dedup_key 255. */
const maxSummary = 1024

const Settings = Schema.Struct({
  routingKey: Schema.Trimmed.check(
    Schema.isPattern(/^[A-Za-z0-9]{32}$/, { message: "An integration key has 32 letters and digits" })
  ).annotate({
    title: "Integration key",
    description: "Of an integration 'Events API V2' of a service, or of an event orchestration."
  }),
  region: Schema.Literals(["us", "eu"])
    .annotate({ title: "Region", description: "eu, if you sign in at eu.pagerduty.com." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("us" as const)))
}).annotate({ identifier: "PagerDutySettings" })
type Settings = typeof Settings.Type

export const pagerduty = define({
  type: "pagerduty",
  label: "PagerDuty",
  description: "Alerts of a PagerDuty service, resolved by the recovery.",
  target: ({ region }) => new URL(origins[region]).host,
  settings: Settings,
  secrets: ["routingKey"],
  deliver: (settings: Settings, message: Message): Effect.Effect<DeliveryReport, DeliveryFailed, Dialer> => {
    const enqueue = (path: string, json: unknown) =>
      post({ url: new URL(`${origins[settings.region]}${path}`), json }, judge)
    if (message.event.type === "silence.ended") return enqueue("/v2/change/enqueue", changeOf(settings, message))
    const sent = enqueue("/v2/enqueue", alertOf(settings, message, actionOf(message)))
    if (message.event.type !== "test") return sent
    return Effect.andThen(sent, enqueue("/v2/enqueue", alertOf(settings, message, "resolve")))
  }
})

type Action = "trigger" | "acknowledge" | "resolve"

const actionOf = ({ event }: Message): Action => {
  if (wordsOf(event).mood === "over") return "resolve"
  return event.data.incident?.status === "acknowledged" ? "acknowledge" : "trigger"
}

const alertOf = ({ routingKey }: Settings, message: Message, action: Action) => {
  const { event } = message
  const { lines, links, severity, title } = wordsOf(event)
  const { incident, monitor } = event.data
  const key = { routing_key: routingKey, event_action: action, dedup_key: threadOf(message) }
  if (action !== "trigger") return key
  return {
    ...key,
    payload: {
      summary: cut([title, ...lines.slice(0, 1)].join(": "), maxSummary),
      source: monitor?.name ?? "V-Insight",
      severity,
      timestamp: incident?.startedAt ?? event.timestamp,
      ...(monitor === null ? {} : { component: monitor.name, group: monitor.tags.join(", ") || undefined }),
      ...(incident === null ? {} : { class: incident.trigger }),
      custom_details: { text: lines.join("\n") }
    },
    links: links.map(({ label, url }) => ({ href: url, text: label })),
    client: "V-Insight",
    ...(links[0] === undefined ? {} : { client_url: links[0].url })
  }
}

const changeOf = ({ routingKey }: Settings, { event }: Message) => {
  const { lines, links, title } = wordsOf(event)
  return {
    routing_key: routingKey,
    payload: {
      summary: cut([title, ...lines].join(". "), maxSummary),
      timestamp: event.timestamp,
      source: "V-Insight"
    },
    links: links.map(({ label, url }) => ({ href: url, text: label }))
  }
}

/** {"status":"invalid event","message":"Event object is invalid","errors":["Length of 'routing_key' is incorrect"]} */
const judge = ({ json }: Answer) => {
  const errors = json["errors"]
  return { says: Array.isArray(errors) && errors.length > 0 ? errors.join(", ") : json["message"] }
}
