/**
 * Gotify (gotify.net/docs: "Push messages", "Message extras"; server, docs/spec.json, `createMessage`): a POST to `/message`
 * with the token of an application. Messages are plain text unless they say otherwise; we say so. Errors are
 * `{"error":"Unauthorized","errorCode":401,"errorDescription":"..."}`, 400, 401 and 403 for good. It has no limits of length
 * or of rate, and nothing against a repeat, which is another message.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { hostOf, ServerUrl, Token, under } from "./fields.ts"
import { withLinks, wordsOf, type Words } from "./message.ts"
import { post } from "./post.ts"
import { cut } from "./text.ts"

/** Ours: Gotify names none. */
const limits = { title: 250, message: 4000 }

const Settings = Schema.Struct({
  server: ServerUrl.annotate({
    title: "Server",
    description: "Of your Gotify, with a path if it has one.",
    examples: ["https://gotify.example.org"]
  }),
  token: Token.annotate({ title: "Application token", description: "Apps, Create application, Token: begins with A." })
}).annotate({ identifier: "GotifySettings" })
type Settings = typeof Settings.Type

export const gotify = define({
  type: "gotify",
  label: "Gotify",
  description: "Push messages by a Gotify server of your own.",
  target: ({ server }) => hostOf(server),
  settings: Settings,
  secrets: ["token"],
  deliver: ({ server, token }: Settings, { event }: Message) => {
    const words = wordsOf(event)
    const [open] = words.links
    const click = open === undefined ? {} : { "client::notification": { click: { url: open.url } } }
    return post(
      {
        url: under(server, "/message"),
        headers: [["X-Gotify-Key", token]],
        json: {
          title: cut(words.title, limits.title),
          message: withLinks(words.lines.join("\n"), words.links.slice(1), limits.message),
          priority: priorityOf(words),
          extras: { "client::display": { contentType: "text/plain" }, ...click }
        }
      },
      ({ json }) => ({ says: json["errorDescription"] ?? json["error"] })
    )
  }
})

/** Android makes a sound from 4 on and pops up from 8 on. */
const priorityOf = ({ mood, severity }: Words): number => {
  if (mood === "notice") return 2
  if (mood === "over") return 5
  return severity === "critical" ? 8 : severity === "warning" ? 6 : 4
}
