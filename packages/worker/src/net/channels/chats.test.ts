/** Chats by webhooks and bots: what each is told, judged by its manual. No name of a monitor becomes markup, a link or a mention. */
import { assert } from "@effect/vitest"
import { Schema } from "effect"
import { links } from "../testing/events.ts"
import { type Asked, follows, shaped, Text } from "../testing/Provider.ts"

const { Array: List, Int, Literal, Literals, String: Any, Struct, Union, optionalKey } = Schema
const Url = Text(3000).check(Schema.isStartingWith("https://status.example/"))

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

// docs.slack.dev: "Sending messages using incoming webhooks", "Block Kit: blocks".
const Plain = (length: number) => Struct({ type: Literal("plain_text"), text: Text(length), emoji: Schema.Boolean })
const SlackMessage = Struct({
  text: Text(40_000),
  unfurl_links: Literal(false),
  unfurl_media: Literal(false),
  blocks: List(
    Union([
      Struct({ type: Literal("header"), text: Plain(150) }),
      Struct({ type: Literal("section"), text: Plain(3000) }),
      Struct({
        type: Literal("actions"),
        elements: List(Struct({ type: Literal("button"), text: Plain(75), url: Url })).check(
          Schema.isBetweenLength(1, 25)
        )
      })
    ])
  ).check(Schema.isBetweenLength(1, 50))
})
const slackUrl = "https://hooks.slack.com/services/T0001/B0001/s3cr3tToken0123456789"
follows({
  type: "slack",
  settings: { url: slackUrl },
  wrong: [{ url: "http://hooks.slack.com/services/T/B/x" }, { url: "https://slack.com/services/T/B/x" }, { url: "x" }],
  check: (asked) => {
    post(asked, slackUrl)
    const { text } = shaped(SlackMessage, asked.body)
    without(text, /[<>]/, /&(?!(?:amp|lt|gt);)/)
  },
  ok: { status: 200, body: "ok" },
  refusals: [
    { answer: { status: 404, body: "no_service" }, isPermanent: true, words: "no_service" },
    { answer: { status: 410, body: "channel_is_archived" }, isPermanent: true, words: "channel_is_archived" },
    { answer: { status: 403, body: "action_prohibited" }, isPermanent: true, words: "action_prohibited" },
    { answer: { status: 500, body: "rollup_error" }, isPermanent: false, words: "rollup_error" },
    {
      answer: { status: 429, body: "rate_limited", headers: { "retry-after": "30" } },
      isPermanent: false,
      words: "rate_limited",
      retryAfterMs: 30_000
    }
  ]
})

// docs.discord.com: "Execute Webhook", "Embed Limits", "Allowed Mentions Object", "Rate Limits".
const DiscordMessage = Struct({
  embeds: List(
    Struct({
      title: Text(256),
      description: Text(4096),
      color: Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffff })),
      timestamp: Any
    })
  ).check(Schema.isBetweenLength(1, 10)),
  allowed_mentions: Struct({ parse: List(Any).check(Schema.isMaxLength(0)) })
})
const discordUrl = "https://discord.com/api/webhooks/123456789012345678/s3cr3t-Token_0123456789"
follows({
  type: "discord",
  settings: { url: discordUrl },
  wrong: [
    { url: "https://discord.com/channels/1/2" },
    { url: "https://discord.com.evil.example/api/webhooks/1/x" },
    { url: `${discordUrl}/slack` }
  ],
  check: (asked) => {
    post(asked, `${discordUrl}?wait=true`)
    const { embeds } = shaped(DiscordMessage, asked.body)
    const text = `${embeds[0]!.title}\n${embeds[0]!.description}`
      .replaceAll(`](${links.incident})`, "")
      .replaceAll(`](${links.acknowledge})`, "")
    // As its apps read it: no link text, no emphasis, nothing in angle brackets, no address that they would make a link.
    without(text, "](", /(?<!\\)\*\*/, /(?<!\\)`/, /(?<!\\)</, /(?<!\\):\/\//)
  },
  ok: { status: 200, body: { id: "1" } },
  refusals: [
    {
      answer: { status: 404, body: { message: "Unknown Webhook", code: 10_015 } },
      isPermanent: true,
      words: "Unknown Webhook"
    },
    {
      answer: { status: 401, body: { message: "Invalid Webhook Token", code: 50_027 } },
      isPermanent: true,
      words: "Invalid"
    },
    { answer: { status: 400, body: { message: "Invalid Form Body", code: 50_035 } }, isPermanent: true, words: "Form" },
    { answer: { status: 502, body: "<html>" }, isPermanent: false, words: "502" },
    {
      answer: {
        status: 429,
        body: { message: "You are being rate limited.", retry_after: 1.337, global: false },
        headers: { "retry-after": "2" }
      },
      isPermanent: false,
      words: "rate limited",
      retryAfterMs: 1337
    }
  ]
})

// learn.microsoft.com: "Create incoming webhooks with Workflows", adaptivecards.io: "Schema Explorer" 1.4.
const Run = Struct({
  type: Literal("TextRun"),
  text: Text(4000),
  weight: optionalKey(Literals(["Bolder"])),
  size: optionalKey(Literals(["Large"])),
  color: optionalKey(Literals(["Good", "Accent", "Attention", "Warning"]))
})
const TeamsMessage = Struct({
  type: Literal("message"),
  attachments: List(
    Struct({
      contentType: Literal("application/vnd.microsoft.card.adaptive"),
      contentUrl: Schema.Null,
      content: Struct({
        $schema: Literal("http://adaptivecards.io/schemas/adaptive-card.json"),
        type: Literal("AdaptiveCard"),
        version: Literals(["1.2", "1.3", "1.4"]),
        body: List(Struct({ type: Literal("RichTextBlock"), inlines: List(Run) })).check(Schema.isMinLength(1)),
        actions: List(Struct({ type: Literal("Action.OpenUrl"), title: Any, url: Url }))
      })
    })
  ).check(Schema.isBetweenLength(1, 1))
})
const teamsUrl =
  "https://default00.0a.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/0a/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s3cr3tSignature"
follows({
  type: "teams",
  settings: { url: teamsUrl },
  wrong: [
    { url: "https://example.webhook.office.com/webhookb2/a/IncomingWebhook/b/c" },
    { url: teamsUrl.replace("https", "http") }
  ],
  check: (asked) => {
    post(asked, teamsUrl)
    shaped(TeamsMessage, asked.body)
    // A message may have 28 KB.
    assert.isBelow(Buffer.byteLength(asked.text), 28 * 1024)
  },
  ok: { status: 202, body: "" },
  refusals: [
    {
      answer: {
        status: 404,
        body: { error: { code: "WorkflowNotFound", message: "The workflow could not be found." } }
      },
      isPermanent: true,
      words: "could not be found"
    },
    {
      answer: {
        status: 401,
        body: { error: { code: "DirectApiAuthorizationRequired", message: "Signature is wrong." } }
      },
      isPermanent: true,
      words: "Signature"
    },
    { answer: { status: 504, body: "" }, isPermanent: false, words: "504" },
    {
      answer: {
        status: 429,
        body: { error: { message: "Rate limit is exceeded." } },
        headers: { "retry-after": "17" }
      },
      isPermanent: false,
      words: "Rate limit",
      retryAfterMs: 17_000
    }
  ]
})

// core.telegram.org/bots/api: "sendMessage", "Making requests", "ResponseParameters".
const TelegramMessage = Struct({
  chat_id: Literal("-1001234567890"),
  message_thread_id: optionalKey(Literal(7)),
  text: Text(4096),
  link_preview_options: Struct({ is_disabled: Literal(true) }),
  disable_notification: Schema.Boolean
})
const botToken = "123456789:AAs3cr3tTokenOfTheBot0123456789abcd"
follows({
  type: "telegram",
  settings: { token: botToken, chatId: "-1001234567890", topicId: 7 },
  wrong: [{ token: "abc" }, { token: `${botToken}/../x` }, { chatId: "Family" }, { chatId: "" }, { server: "ftp://x" }],
  check: (asked) => {
    post(asked, `https://api.telegram.org/bot${botToken}/sendMessage`)
    const { text } = shaped(TelegramMessage, asked.body)
    without(text, /(^|\s)@\w/, /(^|\s)\/\w/)
  },
  ok: { status: 200, body: { ok: true, result: { message_id: 1 } } },
  refusals: [
    {
      answer: { status: 400, body: { ok: false, error_code: 400, description: "Bad Request: chat not found" } },
      isPermanent: true,
      words: "chat not found"
    },
    {
      answer: {
        status: 403,
        body: { ok: false, error_code: 403, description: "Forbidden: bot was blocked by the user" }
      },
      isPermanent: true,
      words: "blocked by the user"
    },
    { answer: { status: 404, body: { ok: false, description: "Not Found" } }, isPermanent: true, words: "Not Found" },
    {
      answer: {
        status: 400,
        body: {
          ok: false,
          error_code: 400,
          description: "Bad Request: group chat was upgraded to a supergroup chat",
          parameters: { migrate_to_chat_id: -1_009_876_543_210 }
        }
      },
      isPermanent: true,
      words: "The chat's number is now -1009876543210"
    },
    {
      answer: {
        status: 429,
        body: { ok: false, description: "Too Many Requests: retry after 41", parameters: { retry_after: 41 } }
      },
      isPermanent: false,
      words: "Too Many",
      retryAfterMs: 41_000
    }
  ]
})

// docs.mattermost.com: "Incoming webhooks", "Message attachments"; escapes as in CommonMark.
const hook = "https://chat.example.org/team/hooks/s3cr3thook0123456789abcdef"
follows({
  type: "mattermost",
  settings: { url: hook },
  wrong: [{ url: "https://chat.example.org/" }, { url: "javascript:alert(1)" }],
  check: (asked) => {
    post(asked, hook)
    const { text } = shaped(Struct({ text: Text(4000) }), asked.body)
    const head = text.slice(0, text.lastIndexOf("\n"))
    without(head, /@(?:all|channel|here|everyone)/, "](", /(?<!\\)`/, /<(?!\u2060)/)
    // The server's own reading of what is written for Slack makes no link either: the bracket it would close is escaped.
    without(head.replaceAll(/<([^|<>]+)\|([^|<>]+)>/g, "[$2]($1)"), /(?<!\\)\]\(/, "<!channel>", /<@\w/)
    assert.include(text, "**")
  },
  ok: { status: 200, body: "ok" },
  refusals: [
    {
      answer: {
        status: 400,
        body: { id: "web.incoming_webhook.invalid.app_error", message: "Invalid webhook.", status_code: 400 }
      },
      isPermanent: true,
      words: "Invalid webhook"
    },
    { answer: { status: 500, body: { message: "Broken" } }, isPermanent: false, words: "Broken" },
    {
      answer: { status: 501, body: { message: "Incoming webhooks have been disabled by the system admin." } },
      isPermanent: true,
      words: "disabled by the system admin"
    },
    {
      answer: { status: 429, body: "limit exceeded", headers: { "retry-after": "1" } },
      isPermanent: false,
      words: "429",
      retryAfterMs: 1000
    }
  ]
})
