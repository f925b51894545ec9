/**
 * Matrix (Client-Server API: "PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}", "Transaction identifiers",
 * "Rate limiting", "Size limits", "User and room mentions"; appendices, "Room IDs"): the notification's id is the
 * transaction's, so that a repeat is the same message. Nobody is mentioned: with an empty `m.mentions` servers and apps do
 * not look for names or @room in the text. `m.text`, since `m.notice` rings nobody's phone. Errors are
 * `{"errcode":"M_FORBIDDEN","error":"..."}`; 429 has Retry-After, before v1.10 `retry_after_ms`.
 */
import { Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { bearer, hostOf, ServerUrl, Token, under } from "./fields.ts"
import { asText, wordsOf } from "./message.ts"
import { type Answer, post } from "./post.ts"
import { cut, html } from "./text.ts"

/** An event may have 65,536 bytes with all that belongs to it. */
const maxLine = 2000

const Settings = Schema.Struct({
  server: ServerUrl.annotate({
    title: "Homeserver",
    description: "Where its API is: often not the name behind the colon of a user.",
    examples: ["https://matrix.example.org"]
  }),
  roomId: Schema.Trimmed.check(
    Schema.isPattern(/^![!-~]{1,254}$/, {
      message: "Write the room's internal id, such as !abc:example.org: its settings show it under Advanced"
    })
  ).annotate({
    title: "Room",
    description: "Its internal id; the user must have joined it. In an encrypted room messages come unencrypted.",
    examples: ["!abcdef:example.org"]
  }),
  token: Token.annotate({ title: "Access token", description: "Of a user made for this. Whoever has it is that user." })
}).annotate({ identifier: "MatrixSettings" })
type Settings = typeof Settings.Type

export const matrix = define({
  type: "matrix",
  label: "Matrix",
  description: "A room on any Matrix server.",
  target: ({ roomId, server }) => `${hostOf(server)} ${roomId}`,
  settings: Settings,
  secrets: ["token"],
  deliver: ({ roomId, server, token }: Settings, message: Message) => {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${encodeURIComponent(message.id)}`
    return post({ url: under(server, path), method: "PUT", headers: [bearer(token)], json: contentOf(message) }, judge)
  }
})

const contentOf = ({ event }: Message) => {
  const words = wordsOf(event)
  const shown = words.lines.map((line) => cut(line, maxLine))
  const links = words.links.map(({ label, url }) => `<a href="${html(url)}">${html(label)}</a>`).join(" \u00b7 ")
  return {
    msgtype: "m.text",
    body: asText({ ...words, lines: shown }),
    format: "org.matrix.custom.html",
    formatted_body: [
      `<strong>${html(words.title)}</strong>`,
      ...shown.map(html),
      ...(links === "" ? [] : [links])
    ].join("<br>"),
    "m.mentions": {}
  }
}

const judge = ({ header, json }: Answer) => {
  const ms = json["retry_after_ms"]
  const isInHeader = /^\d+$/.test(header("retry-after") ?? "")
  return { says: json["error"], ...(isInHeader || typeof ms !== "number" ? {} : { retryAfter: ms / 1000 }) }
}
