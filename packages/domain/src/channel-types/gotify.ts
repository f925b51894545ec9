/**
 * Gotify (gotify.net, "Push messages" and "Message extras"): a POST to `/message` with the token of an application.
 * Messages are plain text unless they say otherwise.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { hostOf, ServerUrl, Token, under } from "./fields.ts"
import { asText, wordsOf, type Words } from "./message.ts"
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
          message: cut(asText({ ...words, links: words.links.slice(1) }).slice(words.title.length + 2), limits.message),
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
