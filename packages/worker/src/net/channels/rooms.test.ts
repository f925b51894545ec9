/** Rooms and threads: what each is told, judged by its manual. */
import { assert } from "@effect/vitest"
import { Schema } from "effect"
import { incidentId, notificationId } from "../testing/events.ts"
import { type Asked, follows, shaped, Text } from "../testing/Provider.ts"

const { Literal, Literals, Struct } = Schema

/** None of these begins anything in the text. */
const without = (text: string, ...patterns: ReadonlyArray<RegExp | string>): void => {
  for (const pattern of patterns) {
    if (typeof pattern === "string") assert.notInclude(text, pattern)
    else assert.notMatch(text, pattern)
  }
}
const post = ({ headers, method, url }: Asked, href: string): void => {
  assert.strictEqual(method, "POST")
  assert.strictEqual(url.href, href)
  assert.strictEqual(headers["content-type"], "application/json")
}

// spec.matrix.org: Client-Server API v1.11, "Sending events", "m.text", "Intentional mentions", "Rate limiting".
const MatrixMessage = Struct({
  msgtype: Literals(["m.text", "m.notice"]),
  body: Text(20_000),
  format: Literal("org.matrix.custom.html"),
  formatted_body: Text(30_000),
  "m.mentions": Struct({})
})
follows({
  type: "matrix",
  settings: { server: "https://matrix.example.org/", roomId: "!room:example.org", token: "syt_s3cr3t_token" },
  wrong: [{ roomId: "#alias:example.org" }, { server: "https://matrix.example.org/?x" }, { token: "two words" }],
  check: (asked) => {
    assert.strictEqual(asked.method, "PUT")
    const room = encodeURIComponent("!room:example.org")
    assert.strictEqual(
      asked.url.href,
      `https://matrix.example.org/_matrix/client/v3/rooms/${room}/send/m.room.message/${notificationId}`
    )
    assert.strictEqual(asked.headers.authorization, "Bearer syt_s3cr3t_token")
    const { formatted_body } = shaped(MatrixMessage, asked.body)
    for (const [tag] of formatted_body.matchAll(/<[^>]*>/g)) {
      assert.match(tag, /^<(?:\/?strong|br|\/a|a href="https:\/\/status\.example\/[^"]*")>$/)
    }
    assert.isBelow(Buffer.byteLength(asked.text), 60_000)
  },
  ok: { status: 200, body: { event_id: "$1" } },
  refusals: [
    {
      answer: { status: 403, body: { errcode: "M_FORBIDDEN", error: "User not in room" } },
      isPermanent: true,
      words: "not in room"
    },
    {
      answer: { status: 401, body: { errcode: "M_UNKNOWN_TOKEN", error: "Unrecognised access token" } },
      isPermanent: true,
      words: "Unrecognised"
    },
    {
      answer: { status: 429, body: { errcode: "M_LIMIT_EXCEEDED", error: "Too Many Requests", retry_after_ms: 2500 } },
      isPermanent: false,
      words: "Too Many",
      retryAfterMs: 2500
    },
    {
      answer: {
        status: 429,
        body: { errcode: "M_LIMIT_EXCEEDED", error: "Too Many Requests", retry_after_ms: 2500 },
        headers: { "retry-after": "3" }
      },
      isPermanent: false,
      words: "Too Many",
      retryAfterMs: 3000
    },
    { answer: { status: 502, body: "Bad Gateway" }, isPermanent: false, words: "502" }
  ]
})

// developers.google.com/workspace/chat: "Build a Google Chat app as a webhook", "spaces.messages.create", "Format messages".
const chatUrl = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=s3cr3tkey0123&token=s3cr3ttoken0123"
follows({
  type: "googlechat",
  settings: { url: chatUrl },
  wrong: [{ url: "https://chat.googleapis.com/v1/spaces/AAAA/messages" }, { url: "https://chat.google.com/room/AAAA" }],
  check: (asked, { data }) => {
    post(asked, `${chatUrl}&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD&requestId=${notificationId}`)
    const { text, thread } = shaped(Struct({ text: Text(4096), thread: Struct({ threadKey: Text(4000) }) }), asked.body)
    assert.strictEqual(thread.threadKey, data.incident === null ? notificationId : incidentId)
    without(text.slice(0, text.lastIndexOf("\n")), /<(?!\u2060)/, /[*_~`](?!\u2060)/)
  },
  ok: { status: 200, body: { name: "spaces/AAAA/messages/1" } },
  refusals: [
    {
      answer: { status: 404, body: { error: { code: 404, message: "Space not found.", status: "NOT_FOUND" } } },
      isPermanent: true,
      words: "Space not found"
    },
    {
      answer: { status: 403, body: { error: { message: "Webhook was removed." } } },
      isPermanent: true,
      words: "removed"
    },
    {
      answer: { status: 429, body: { error: { code: 429, message: "Quota exceeded", status: "RESOURCE_EXHAUSTED" } } },
      isPermanent: false,
      words: "Quota"
    },
    { answer: { status: 503, body: "" }, isPermanent: false, words: "503" }
  ]
})

// zulip.com/api: "Send a message", "Error handling", "HTTP headers".
const ZulipMessage = Struct({
  type: Literal("stream"),
  to: Literal('"alerts"'),
  // Printable, or it is refused.
  topic: Text(60).check(Schema.isPattern(/^[^\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]+$/u)),
  content: Text(10_000)
})
follows({
  type: "zulip",
  settings: {
    server: "https://example.zulipchat.com",
    botEmail: "bot@example.zulipchat.com",
    apiKey: "s3cr3tKeyOfTheBot",
    channel: "alerts"
  },
  wrong: [{ botEmail: "bot" }, { server: "example.zulipchat.com" }, { channel: "" }],
  check: (asked) => {
    assert.strictEqual(asked.method, "POST")
    assert.strictEqual(asked.url.href, "https://example.zulipchat.com/api/v1/messages")
    assert.strictEqual(asked.headers["content-type"], "application/x-www-form-urlencoded")
    const login = Buffer.from("bot@example.zulipchat.com:s3cr3tKeyOfTheBot").toString("base64")
    assert.strictEqual(asked.headers.authorization, `Basic ${login}`)
    const { content } = shaped(ZulipMessage, asked.body)
    const head = content.slice(0, content.lastIndexOf("\n"))
    without(head, "](", /[@<>](?!\u2060)/, /(?<!^:\w+: )`(?!\u2060)/m)
    assert.isTrue(content.startsWith(":"))
  },
  ok: { status: 200, body: { result: "success", msg: "", id: 42 } },
  refusals: [
    {
      answer: {
        status: 400,
        body: { result: "error", msg: "Channel 'alerts' does not exist", code: "STREAM_DOES_NOT_EXIST" }
      },
      isPermanent: true,
      words: "does not exist"
    },
    {
      answer: { status: 401, body: { result: "error", msg: "Invalid API key", code: "INVALID_API_KEY" } },
      isPermanent: true,
      words: "Invalid API key"
    },
    {
      answer: {
        status: 429,
        body: {
          result: "error",
          msg: "API usage exceeded rate limit",
          code: "RATE_LIMIT_HIT",
          "retry-after": 28.706807374954224
        }
      },
      isPermanent: false,
      words: "rate limit",
      retryAfterMs: 28_707
    }
  ]
})
