/**
 * ntfy, on ntfy.sh or a server of one's own (docs.ntfy.sh/publish, "Publish as JSON", "Updating notifications",
 * "Limitations"; server/server.go, `transformBodyJSON`; server/errors.go): a POST to the server's root with the topic
 * inside. The notification's id is its sequence id, so that a repeat replaces what was shown already; servers before 2.16
 * do not look at it. Text is plain unless `markdown` is set. Errors are `{"code":42901,"http":429,"error":"..."}`, without
 * Retry-After.
 */
import { Effect, Schema } from "effect"
import { define, type Message } from "./ChannelType.ts"
import { bearer, hostOf, ServerUrl, Token, under } from "./fields.ts"
import { threadOf, wordsOf, type Words } from "./message.ts"
import { post } from "./post.ts"
import { cutBytes, jsonBytes, utf8Bytes } from "./text.ts"

/** A longer message becomes an attachment (manual, "Limitations"), bytes. */
const maxMessageBytes = 4096
const maxTitleBytes = 250
/** The whole body may have twice a message's limit, as JSON writes it; more is refused for good (413), bytes. */
const maxBodyBytes = 2 * maxMessageBytes

const Settings = Schema.Struct({
  topic: Schema.Trimmed.check(
    Schema.isPattern(/^[\w-]{1,64}$/, { message: "A topic has 1 to 64 letters, digits, - and _" })
  ).annotate({
    title: "Topic",
    description: "On a public server whoever guesses it can read along: make it long.",
    examples: ["alerts-8Jq2vLx0"]
  }),
  token: Schema.optionalKey(
    Schema.NullOr(Token).annotate({ title: "Access token", description: "Needed where the topic is protected." })
  ),
  server: ServerUrl.annotate({ title: "Server", description: "Of your own ntfy, if you run one." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed("https://ntfy.sh"))
  )
}).annotate({ identifier: "NtfySettings" })
type Settings = typeof Settings.Type

export const ntfy = define({
  type: "ntfy",
  label: "ntfy",
  description: "A topic on ntfy.sh or on a server of your own.",
  target: ({ server, topic }) => `${hostOf(server)}/${topic}`,
  settings: Settings,
  secrets: ["token"],
  deliver: ({ server, token, topic }: Settings, message: Message) => {
    const { lines, links, title, ...words } = wordsOf(message.event)
    const body = {
      topic,
      // A repeat, and a digest that is told anew, take the place of what is shown.
      sequence_id: message.event.type === "digest" ? threadOf(message) : message.id,
      title: cutBytes(title, maxTitleBytes),
      message: "",
      priority: priorityOf(words),
      tags: [tags[words.mood]],
      ...(links[0] === undefined ? {} : { click: links[0].url }),
      actions: links.map(({ label, url }) => ({ action: "view", label, url }))
    }
    const text = cutBytes(lines.join("\n"), maxMessageBytes)
    const room = Math.max(0, maxBodyBytes - utf8Bytes(JSON.stringify(body)))
    return post(
      {
        url: under(server, "/"),
        headers: token == null ? [] : [bearer(token)],
        json: { ...body, message: cutBytes(text, room, jsonBytes) }
      },
      ({ json }) => ({ says: json["error"] })
    )
  }
})

const tags = { trouble: "rotating_light", over: "white_check_mark", notice: "information_source" } as const

/** 5 goes through "do not disturb". */
const priorityOf = ({ mood, severity }: Pick<Words, "mood" | "severity">): number => {
  if (mood !== "trouble") return 3
  return severity === "critical" ? 5 : severity === "warning" ? 4 : 3
}
