/**
 * Zulip by a bot (zulip.com/api: "Send a message", "Error handling", "HTTP headers"; server: `extract_stream_indicator`,
 * `check_stream_topic`): a form with the bot's e-mail and key. What concerns one monitor stands in one topic. Errors are
 * `{"result":"error","msg":"...","code":"..."}`; 429 has `retry-after` in seconds, with a fraction. There is no way to send
 * a message twice and have it once.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { basic, hostOf, ServerUrl, Token, under } from "./fields.ts"
import { wordsOf } from "./message.ts"
import { post } from "./post.ts"
import { cut, inert } from "./text.ts"

/** Manual: `max_topic_length` is 60, `max_message_length` 10,000 code points. */
const limits = { topic: 60, content: 10_000 }

const Settings = Schema.Struct({
  server: ServerUrl.annotate({
    title: "Server",
    description: "Of your organization.",
    examples: ["https://example.zulipchat.com"]
  }),
  botEmail: Schema.Trimmed.check(
    Schema.isPattern(/^[!-9;-?A-~]+@[!-9;-?A-~]+$/, {
      message: "Write the bot's address, such as alerts-bot@example.zulipchat.com"
    }),
    Schema.isMaxLength(254)
  ).annotate({ title: "Bot e-mail", description: "Personal settings, Bots: of an incoming webhook or generic bot." }),
  apiKey: Token.annotate({ title: "Bot key", description: "Stands beside the bot." }),
  channel: Schema.Trimmed.check(Schema.isBetweenLength(1, 60)).annotate({
    title: "Channel",
    description: "Its name; the bot must be allowed to post there.",
    examples: ["alerts"]
  }),
  topic: Schema.optionalKey(
    Schema.NullOr(Schema.Trimmed.check(Schema.isBetweenLength(1, limits.topic))).annotate({
      title: "Topic",
      description: "Left empty, the monitor's name."
    })
  )
}).annotate({ identifier: "ZulipSettings" })
type Settings = typeof Settings.Type

export const zulip = define({
  type: "zulip",
  label: "Zulip",
  description: "A channel in Zulip, one topic for each monitor.",
  target: ({ channel, server }) => `${hostOf(server)} ${channel}`,
  settings: Settings,
  secrets: ["apiKey"],
  deliver: ({ apiKey, botEmail, channel, server, topic }: Settings, { event }: Message) =>
    post(
      {
        url: under(server, "/api/v1/messages"),
        headers: [basic(botEmail, apiKey)],
        form: {
          // Known to every version; newer ones also call it "channel".
          type: "stream",
          // As JSON: a channel that is called 2024 would be taken for the channel with that number.
          to: JSON.stringify(channel),
          topic: cut(printable(topic ?? event.data.monitor?.name ?? "V-Insight"), limits.topic),
          content: contentOf(event)
        }
      },
      ({ json }) => ({
        says: json["msg"],
        ...(json["retry-after"] === undefined ? {} : { retryAfter: json["retry-after"] })
      })
    )
})

/** Others are refused in topics. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu, "\u{fffd}")

const signs = { trouble: ":red_circle:", over: ":green_circle:", notice: ":blue_circle:" } as const

const contentOf = (event: Message["event"]): string => {
  const { lines, links, mood, title } = wordsOf(event)
  // Its Markdown knows no backslash.
  const plain = (text: string): string => inert(text, "*_~`#<>[]$:|")
  const tail = links.map(({ label, url }) => `[${label}](${url})`).join(" \u00b7 ")
  const head = cut(
    [`${signs[mood]} **${plain(title)}**`, ...lines.map(plain)].join("\n"),
    limits.content - tail.length - 1
  )
  return tail === "" ? head : `${head}\n${tail}`
}
