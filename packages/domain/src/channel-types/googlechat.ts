/**
 * Google Chat by a webhook (developers.google.com/workspace/chat: "Build a Google Chat app as a webhook",
 * "spaces.messages.create", "Format messages"): what concerns one incident stands in one thread, and the notification's id
 * is the request's (`requestId`), so that a repeat makes no second message. At most one message a second for a space:
 * beyond that 429, without Retry-After.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { hostOf, secretUrl } from "./fields.ts"
import { threadOf, wordsOf } from "./message.ts"
import { type Answer, post } from "./post.ts"
import { cut, inert } from "./text.ts"

/** A message may have 32,000 bytes; text was limited to 4,096 characters before. */
const maxText = 4000

const Settings = Schema.Struct({
  url: secretUrl(
    ({ hostname, pathname, searchParams }) =>
      hostname === "chat.googleapis.com" &&
      /^\/v1\/spaces\/[^/]+\/messages$/.test(pathname) &&
      searchParams.has("key") &&
      searchParams.has("token"),
    "Paste the webhook URL that Google Chat shows: https://chat.googleapis.com/v1/spaces/.../messages?key=...&token=..."
  ).annotate({
    title: "Webhook URL",
    description: "Of the space: Apps & integrations, Webhooks. Whoever has it can post.",
    examples: ["https://chat.googleapis.com/v1/spaces/AAAA/messages?key=XXXX&token=XXXX"]
  })
}).annotate({ identifier: "GoogleChatSettings" })
type Settings = typeof Settings.Type

export const googlechat = define({
  type: "googlechat",
  label: "Google Chat",
  description: "A space in Google Chat, by a webhook.",
  target: ({ url }) => hostOf(url),
  settings: Settings,
  secrets: ["url"],
  deliver: ({ url }: Settings, message: Message) => {
    const target = new URL(url)
    target.searchParams.set("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")
    target.searchParams.set("requestId", message.id)
    const threadKey = threadOf(message)
    return post({ url: target, json: { text: textOf(message), thread: { threadKey } } }, (answer) => ({
      says: errorOf(answer)
    }))
  }
})

/** {"error":{"code":404,"message":"...","status":"NOT_FOUND"}} */
const errorOf = ({ json }: Answer): unknown => {
  const error = json["error"]
  return typeof error === "object" && error !== null && "message" in error ? error.message : undefined
}

const marks = { trouble: "\u{1f534}", over: "\u{1f7e2}", notice: "\u{1f535}" } as const

const textOf = ({ event }: Message): string => {
  const { lines, links, mood, title } = wordsOf(event)
  // <users/all> mentions, <url|text> links, and *, _, ~ and ` dress.
  const plain = (text: string): string => inert(text, "<>*_~`")
  const tail = links.map(({ label, url }) => `<${url}|${label}>`).join(" \u00b7 ")
  const head = cut([`${marks[mood]} ${plain(title)}`, ...lines.map(plain)].join("\n"), maxText - tail.length - 1)
  return tail === "" ? head : `${head}\n${tail}`
}
