/**
 * Mattermost by an incoming webhook (docs.mattermost.com: "Incoming webhooks", "Product limits"; server:
 * web/webhook.go, app/mention_parser_standard.go): a POST of Markdown to a URL that is the secret. A mention of everybody in
 * a monitor's name is broken up, for there is no way to forbid it, and so is what Slack writes for mentions and links
 * (`<!channel>`, `<url|text>`), which it understands as well. `ok`, or `{"id":"...","message":"Invalid webhook",
 * "status_code":400}`; 501 where an administrator has turned webhooks off. A repeat is another message.
 */
import { Schema } from "effect"
import { HttpUrl, urlLength } from "../monitor-types/fields/HttpUrl.ts"
import { define, type Message } from "./ChannelType.ts"
import { hostOf } from "./fields.ts"
import { wordsOf } from "./message.ts"
import { post } from "./post.ts"
import { cut, inert, markdown } from "./text.ts"

/** A post may have 16,383 characters; older servers 4,000. */
const maxText = 4000

const Settings = Schema.Struct({
  url: HttpUrl.check(
    Schema.makeFilter(
      (text: string) =>
        /\/hooks\/[a-z0-9]+$/i.test(new URL(text).pathname) ||
        "Paste the webhook URL that Mattermost shows, such as https://chat.example.org/hooks/XXXX"
    ),
    urlLength
  ).annotate({
    title: "Webhook URL",
    description: "Integrations, Incoming Webhooks, Add. Whoever has it can post.",
    examples: ["https://chat.example.org/hooks/XXXX"]
  })
}).annotate({ identifier: "MattermostSettings" })
type Settings = typeof Settings.Type

export const mattermost = define({
  type: "mattermost",
  label: "Mattermost",
  description: "A channel in Mattermost, by an incoming webhook.",
  target: ({ url }) => hostOf(url),
  settings: Settings,
  secrets: ["url"],
  deliver: ({ url }: Settings, message: Message) =>
    post({ url: new URL(url), json: { text: textOf(message) } }, ({ json, status }) => ({
      says: json["message"],
      ...(status === 501 ? { isPermanent: true } : {})
    }))
})

const signs = { trouble: ":red_circle:", over: ":large_green_circle:", notice: ":large_blue_circle:" } as const

const textOf = ({ event }: Message): string => {
  const { lines, links, mood, title } = wordsOf(event)
  const plain = (text: string): string => inert(markdown(text), "<:$")
  const tail = links.map(({ label, url }) => `[${label}](${url})`).join(" \u00b7 ")
  const head = [`${signs[mood]} **${plain(title)}**`, ...lines.map(plain)].join("\n")
  return `${cut(head, maxText - tail.length - 1)}${tail === "" ? "" : `\n${tail}`}`
}
