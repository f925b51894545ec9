/**
 * Telegram by a bot (core.telegram.org/bots/api: `sendMessage`, "Making requests", `ResponseParameters`,
 * `LinkPreviewOptions`): plain text (no `parse_mode`), so that nothing in it is markup, and no preview of a link. What is
 * wrong comes as `description`; 429 has `parameters.retry_after` in seconds; "chat not found" (400), a bot that was
 * blocked (403) or is unknown (401, 404) stay so. A group that became a supergroup has another number, which
 * `parameters.migrate_to_chat_id` tells.
 */
import { Effect, Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { ServerUrl, under } from "./fields.ts"
import { asText, withLinks, wordsOf } from "./message.ts"
import { type Answer, post } from "./post.ts"
import { inert } from "./text.ts"

/** Manual, `sendMessage`: 1 to 4,096 characters. */
const maxText = 4096

const Settings = Schema.Struct({
  token: Schema.Trimmed.check(
    Schema.isPattern(/^\d{1,20}:[\w-]{20,100}$/, {
      message: "Paste the token that @BotFather gave, such as 123456:ABC..."
    })
  ).annotate({ title: "Bot token", description: "@BotFather gives it when you make a bot." }),
  chatId: Schema.Trimmed.check(
    Schema.isPattern(/^(?:-?\d{1,20}|@[A-Za-z]\w{3,31})$/, {
      message: "Write a number such as -1001234567890, or @channelname"
    })
  ).annotate({
    title: "Chat",
    description: "The number of a chat that the bot is a member of, or @name of a public channel.",
    examples: ["-1001234567890", "@example_alerts"]
  }),
  topicId: Schema.optionalKey(
    Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2_147_483_647 }))).annotate({
      title: "Topic",
      description: "In a group with topics: the number of one."
    })
  ),
  server: ServerUrl.annotate({
    title: "Bot API server",
    description: "Of your own Bot API server, if you run one."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("https://api.telegram.org")))
}).annotate({ identifier: "TelegramSettings" })
type Settings = typeof Settings.Type

export const telegram = define({
  type: "telegram",
  label: "Telegram",
  description: "A chat, group or channel in Telegram, by a bot.",
  target: ({ chatId }) => chatId,
  settings: Settings,
  secrets: ["token"],
  deliver: ({ chatId, server, token, topicId }: Settings, { event }: Message) => {
    const words = wordsOf(event)
    const said = {
      ...words,
      title: `${marks[words.mood]} ${plain(words.title)}`,
      lines: words.lines.map(plain)
    }
    return post(
      {
        url: under(server, `/bot${token}/sendMessage`),
        json: {
          chat_id: chatId,
          ...(topicId == null ? {} : { message_thread_id: topicId }),
          text: withLinks(asText(said, false), words.links, maxText),
          link_preview_options: { is_disabled: true },
          disable_notification: words.mood === "notice"
        }
      },
      judge
    )
  }
})

/**
 * Apps find mentions and commands in plain text, too: a tap on /restart sends it to the chat's bots. A command may follow
 * anything but a letter, a digit, `_`, `/`, `<` and `>` (tdlib, MessageEntity.cpp, `match_bot_commands`).
 */
const plain = (text: string): string => inert(text).replaceAll(/(?<![\p{L}\p{N}_/<>])\/(?=\w)/gu, "/\u2060")

const marks = { trouble: "\u{1f534}", over: "\u{1f7e2}", notice: "\u{1f535}" } as const

const judge = ({ json, status }: Answer) => {
  const parameters = json["parameters"]
  const told: Readonly<Record<string, unknown>> =
    typeof parameters === "object" && parameters !== null ? { ...parameters } : {}
  const moved = told["migrate_to_chat_id"]
  const says =
    typeof moved === "number"
      ? `${String(json["description"])}. The chat's number is now ${moved}`
      : json["description"]
  return {
    isDelivered: status >= 200 && status < 300 && json["ok"] !== false,
    says,
    retryAfter: told["retry_after"]
  }
}
