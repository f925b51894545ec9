/**
 * Pushover (pushover.net/api: "Pushing Messages", "Message Priority", "Limitations", "API Response", "Being Friendly to our
 * API"; pushover.net/api/receipts, "Canceling"): a form with the application's token and the user's or group's key. Any 4xx
 * stays so until the settings change; 429 is the month's quota. An emergency has the incident as its tag, by which the
 * recovery ends its repeats. A repeat of ours is another message: Pushover offers nothing against it.
 */
import { Effect, Schema } from "effect"
import type { DeliveryReport } from "../model/Notification.ts"
import type { Dialer } from "../monitor-types/Dialer.ts"
import { type DeliveryFailed, define, type Message } from "./ChannelType.ts"
import { epochMs, threadOf, withLinks, wordsOf, type Words } from "./message.ts"
import { type Answer, post } from "./post.ts"
import { cut } from "./text.ts"

const origin = "https://api.pushover.net/1"
const url = new URL(`${origin}/messages.json`)
/** Manual, "Limitations": title 250, message 1,024, URL 512, its title 100 characters. */
const limits = { title: 250, message: 1024, url: 512 }
/** Emergency: repeated so often, for so long, seconds (at least 30, at most 10,800). */
const emergencyRetry = { retry: "60", expire: "10800" }

const Key = Schema.Trimmed.check(
  Schema.isPattern(/^[A-Za-z0-9]{30}$/, { message: "A key of Pushover has 30 letters and digits" })
)

const Settings = Schema.Struct({
  token: Key.annotate({
    title: "Application token",
    description: "Your Applications, Create an Application/API Token."
  }),
  user: Key.annotate({ title: "User or group key", description: "Stands on the first page once you have signed in." }),
  device: Schema.optionalKey(
    Schema.NullOr(
      Schema.Trimmed.check(Schema.isPattern(/^[\w-]{1,25}$/, { message: "A device name such as phone" }))
    ).annotate({
      title: "Device",
      description: "Left empty, all of them."
    })
  ),
  emergency: Schema.Boolean.annotate({
    title: "Emergency priority for what is critical",
    description: "Repeated every minute for three hours, until it is acknowledged in Pushover or over."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(false)))
}).annotate({ identifier: "PushoverSettings" })
type Settings = typeof Settings.Type

export const pushover = define({
  type: "pushover",
  label: "Pushover",
  description: "Push messages to phones, by Pushover.",
  target: ({ device }) => (device == null ? "all devices" : device),
  settings: Settings,
  secrets: ["token", "user"],
  deliver: (settings: Settings, message: Message): Effect.Effect<DeliveryReport, DeliveryFailed, Dialer> => {
    const told = post({ url, form: formOf(settings, message) }, judge)
    if (!settings.emergency || wordsOf(message.event).mood !== "over") return told
    const cancel = new URL(`${origin}/receipts/cancel_by_tag/${encodeURIComponent(threadOf(message))}.json`)
    // First, since doing it twice does no harm. Where there is nothing to end, the message goes out all the same.
    return post({ url: cancel, form: { token: settings.token } }, judge).pipe(
      Effect.catchTag("DeliveryFailed", (failed) => (failed.permanent ? Effect.void : Effect.fail(failed))),
      Effect.andThen(told)
    )
  }
})

const formOf = ({ device, emergency, token, user }: Settings, message: Message) => {
  const { event } = message
  const words = wordsOf(event)
  const [open, ...others] = words.links
  const priority = priorityOf(words, emergency)
  return {
    token,
    user,
    title: cut(words.title, limits.title),
    message: withLinks(words.lines.join("\n"), others, limits.message),
    timestamp: String(Math.floor(epochMs(event.timestamp) / 1000)),
    priority: String(priority),
    ...(priority === 2 ? { ...emergencyRetry, tags: threadOf(message) } : {}),
    ...(open === undefined || open.url.length > limits.url ? {} : { url: open.url, url_title: open.label }),
    ...(device == null ? {} : { device })
  }
}

const judge = ({ json, status }: Answer) => {
  const errors = json["errors"]
  return {
    isDelivered: status === 200 && json["status"] === 1,
    ...(status === 200 ? { isPermanent: true } : {}),
    says: Array.isArray(errors) ? errors.join(", ") : undefined
  }
}

const priorityOf = ({ mood, severity }: Words, emergency: boolean): number => {
  if (mood === "notice") return -1
  if (mood === "over") return 0
  return severity === "critical" ? (emergency ? 2 : 1) : severity === "warning" ? 0 : -1
}
