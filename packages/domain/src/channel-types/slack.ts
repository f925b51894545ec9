/**
 * Slack by an incoming webhook (docs.slack.dev: "Sending messages using incoming webhooks", "Formatting message text",
 * "Block Kit: text object, header, section, button", "Rate limits"): a POST of `text` and blocks to a URL that is the
 * secret. Blocks hold plain text, in which nothing is a link or a mention; `text`, which notifications show, is mrkdwn and
 * escaped. Links are not unfurled. 429 has Retry-After in seconds. A repeat is another message: Slack offers nothing
 * against it.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { hostOf, secretUrl } from "./fields.ts"
import { wordsOf } from "./message.ts"
import { post } from "./post.ts"
import { cut, mrkdwn } from "./text.ts"

const hosts = new Set(["hooks.slack.com", "hooks.slack-gov.com"])
/** Block Kit reference: header 150, section 3,000 characters; a button's URL 3,000. A text may have 40,000. */
const limits = { header: 150, section: 3000, text: 3000, url: 3000 }

const Settings = Schema.Struct({
  url: secretUrl(
    ({ hostname, pathname }) => hosts.has(hostname) && pathname.startsWith("/services/"),
    "Paste the webhook URL that Slack shows, such as https://hooks.slack.com/services/T000/B000/XXXX"
  ).annotate({
    title: "Webhook URL",
    description: "Slack shows it under Incoming Webhooks of your app. Whoever has it can post.",
    examples: ["https://hooks.slack.com/services/T000/B000/XXXX"]
  })
}).annotate({ identifier: "SlackSettings" })
type Settings = typeof Settings.Type

export const slack = define({
  type: "slack",
  label: "Slack",
  description: "A channel in Slack, by an incoming webhook.",
  target: ({ url }) => hostOf(url),
  settings: Settings,
  secrets: ["url"],
  deliver: ({ url }: Settings, message: Message) =>
    // `ok`, or why not in one word: no_service (404), channel_is_archived (410), action_prohibited (403).
    post({ url: new URL(url), json: bodyOf(message) }, ({ text }) => ({ says: text }))
})

const bodyOf = ({ event }: Message) => {
  const { lines, links, title } = wordsOf(event)
  const plain = (text: string, length: number) => ({ type: "plain_text", text: cut(text, length), emoji: false })
  const buttons = links
    .filter(({ url }) => url.length <= limits.url)
    .map(({ label, url }) => ({ type: "button", text: plain(label, 75), url }))
  return {
    // Cut before it is escaped, so that no escape is cut in two.
    text: mrkdwn(cut([`${title}.`, ...lines].join(" "), limits.text)),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: plain(title, limits.header) },
      { type: "section", text: plain(lines.join("\n"), limits.section) },
      ...(buttons.length === 0 ? [] : [{ type: "actions", elements: buttons }])
    ]
  }
}
