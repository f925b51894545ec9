/**
 * Discord by a webhook (docs.discord.com: "Webhook Resource: Execute Webhook", "Message Resource: Embed Limits, Allowed
 * Mentions Object", "Reference: Message Formatting", "Rate Limits"): one embed, and no mention of anybody whatever the text
 * says (`allowed_mentions`). Links in an embed get no preview; the flag SUPPRESS_EMBEDS would hide the embed itself. Errors
 * are `{"code":10015,"message":"..."}`; 429 has `retry_after` in seconds, with a fraction. A repeat is another message.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { hostOf, secretUrl } from "./fields.ts"
import { wordsOf, type Words } from "./message.ts"
import { post } from "./post.ts"
import { cut, markdown } from "./text.ts"

const hosts = /^(?:(?:ptb|canary)\.)?discord(?:app)?\.com$/
/** Manual, "Embed Limits": title 256, description 4,096 characters, 6,000 for all of it. */
const limits = { title: 256, description: 4096 }

const Settings = Schema.Struct({
  url: secretUrl(
    ({ hostname, pathname }) => hosts.test(hostname) && /^\/api\/(?:v\d+\/)?webhooks\/\d+\/[\w-]+$/.test(pathname),
    "Paste the webhook URL that Discord shows, such as https://discord.com/api/webhooks/123/XXXX"
  ).annotate({
    title: "Webhook URL",
    description: "Channel settings, Integrations, Webhooks, Copy Webhook URL. Whoever has it can post.",
    examples: ["https://discord.com/api/webhooks/123/XXXX"]
  })
}).annotate({ identifier: "DiscordSettings" })
type Settings = typeof Settings.Type

export const discord = define({
  type: "discord",
  label: "Discord",
  description: "A channel in Discord, by a webhook.",
  target: ({ url }) => hostOf(url),
  settings: Settings,
  secrets: ["url"],
  deliver: ({ url }: Settings, message: Message) => {
    const target = new URL(url)
    // Answers when the message is stored, and not before.
    target.searchParams.set("wait", "true")
    return post({ url: target, json: bodyOf(message) }, ({ json }) => ({
      says: json["message"],
      retryAfter: json["retry_after"]
    }))
  }
})

const bodyOf = ({ event }: Message) => {
  const words = wordsOf(event)
  const links = words.links.map(({ label, url }) => `[${label}](${url})`).join(" \u00b7 ")
  const text = cut(words.lines.map(plain).join("\n"), limits.description - links.length - 1)
  return {
    embeds: [
      {
        title: cut(plain(words.title), limits.title),
        description: links === "" ? text : `${text}\n${links}`,
        color: colorOf(words),
        timestamp: event.timestamp
      }
    ],
    allowed_mentions: { parse: [] }
  }
}

/** `<` begins mentions, times and emoji, and a backslash in what it takes for a URL would be shown. */
const plain = (text: string): string => markdown(text).replaceAll("<", "\\<").replaceAll("://", "\\://")

/** As numbers: red, amber, blue, green. */
const colorOf = ({ mood, severity }: Words): number => {
  if (mood === "over") return 0x2e7d32
  if (mood === "notice") return 0x1565c0
  return severity === "critical" ? 0xc62828 : 0xef6c00
}
