/**
 * Opsgenie (docs.opsgenie.com, "Alert API": "Create Alert", "Close Alert"; "API Rate Limiting"), and Jira Service
 * Management, which takes the same requests with the same key (developer.atlassian.com, "Integration Events") and follows
 * it: Opsgenie ends in April 2027. One alert per incident, whose id is the alias, so that repeats join it and the recovery
 * closes it. Requests are taken with 202 and worked off later; errors have `message`. A test is closed at once.
 */
import { Effect, Schema } from "effect"
import type { DeliveryReport } from "../model/Notification.ts"
import type { Dialer } from "../monitor-types/Dialer.ts"
import { type DeliveryFailed, define, type Message } from "./ChannelType.ts"
import { Token } from "./fields.ts"
import { asText, threadOf, withLinks, wordsOf, type Words } from "./message.ts"
import { post } from "./post.ts"
import { cut } from "./text.ts"

const origins = {
  us: "https://api.opsgenie.com",
  eu: "https://api.eu.opsgenie.com",
  jsm: "https://api.atlassian.com/jsm/ops/integration"
} as const
/** Manual, "Create Alert": characters; at most 20 tags. */
const limits = { message: 130, description: 15_000, entity: 512, tag: 50, tags: 20, note: 25_000 }

const Settings = Schema.Struct({
  apiKey: Token.annotate({
    title: "API key",
    description: "Of an integration 'API' that may create and update alerts."
  }),
  region: Schema.Literals(["us", "eu", "jsm"])
    .annotate({
      title: "Region",
      description: "eu, if you sign in at app.eu.opsgenie.com; jsm, if you moved to Jira Service Management."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("us" as const)))
}).annotate({ identifier: "OpsgenieSettings" })
type Settings = typeof Settings.Type

export const opsgenie = define({
  type: "opsgenie",
  label: "Opsgenie",
  description: "Alerts in Opsgenie, closed by the recovery.",
  target: ({ region }) => new URL(origins[region]).host,
  settings: Settings,
  secrets: ["apiKey"],
  deliver: ({ apiKey, region }: Settings, message: Message): Effect.Effect<DeliveryReport, DeliveryFailed, Dialer> => {
    const words = wordsOf(message.event)
    const alias = threadOf(message)
    const send = (path: string, json: unknown) =>
      post(
        {
          url: new URL(`${origins[region]}/v2/alerts${path}`),
          headers: [["Authorization", `GenieKey ${apiKey}`]],
          json
        },
        ({ json }) => ({ says: json["message"] })
      )
    const close = send(`/${encodeURIComponent(alias)}/close?identifierType=alias`, {
      source: "V-Insight",
      note: withLinks(asText(words, false), words.links, limits.note)
    })
    if (words.mood === "over") return close
    const created = send("", alertOf(words, alias, message.event.data.monitor))
    // A notice is no alert that somebody has to close.
    return words.mood === "notice" ? Effect.andThen(created, close) : created
  }
})

const alertOf = (words: Words, alias: string, monitor: Message["event"]["data"]["monitor"]) => ({
  message: cut(words.title, limits.message),
  alias,
  description: withLinks(asText(words, false), words.links, limits.description),
  priority: priorityOf(words),
  source: "V-Insight",
  ...(monitor === null
    ? {}
    : {
        entity: cut(monitor.name, limits.entity),
        tags: monitor.tags.slice(0, limits.tags).map((tag) => cut(tag, limits.tag))
      })
})

const priorityOf = ({ mood, severity }: Words): string => {
  if (mood === "notice") return "P5"
  return severity === "critical" ? "P1" : severity === "warning" ? "P3" : "P5"
}
