/** Push services, pagers and text messages: what each is told, judged by its manual. */
import { assert } from "@effect/vitest"
import type { NotificationEvent } from "@v-insight/domain/model/Notification"
import { Schema } from "effect"
import { incidentId, links, notificationId } from "../testing/events.ts"
import { type Asked, follows, shaped, Text } from "../testing/Provider.ts"

const { Array: List, Int, Literal, Literals, String: Any, Struct, Union, optionalKey } = Schema
const Url = Text(1000).check(Schema.isStartingWith("https://status.example/"))
const between = (minimum: number, maximum: number) => Int.check(Schema.isBetween({ minimum, maximum }))
const bytes = (most: number) =>
  Any.check(
    Schema.makeFilter((text: string) => text.length > 0 && text.isWellFormed() && Buffer.byteLength(text) <= most)
  )

const post = ({ headers, method, url }: Asked, href: string, type = "application/json"): void => {
  assert.strictEqual(method, "POST")
  assert.strictEqual(url.href, href)
  assert.strictEqual(headers["content-type"], type)
}
const isUrgent = ({ type }: NotificationEvent): boolean =>
  type === "incident.opened" || type === "incident.repeated" || type === "incident.escalated"

// docs.ntfy.sh/publish: "Publish as JSON", "Message priority", "Action buttons", "Updating notifications", "Limitations".
const NtfyMessage = Struct({
  topic: Literal("alerts-8Jq2vLx0"),
  sequence_id: Any.check(Schema.isPattern(/^[-_A-Za-z0-9]{1,64}$/)),
  title: bytes(250),
  message: bytes(4096),
  priority: between(1, 5),
  tags: List(Any),
  click: optionalKey(Url),
  actions: List(Struct({ action: Literal("view"), label: Any, url: Url })).check(Schema.isMaxLength(3))
})
follows({
  type: "ntfy",
  settings: { server: "https://ntfy.example.org", topic: "alerts-8Jq2vLx0", token: "tk_s3cr3tToken0123456789" },
  wrong: [{ topic: "a b" }, { topic: "../x" }, { server: "ntfy.sh" }, { server: "https://ntfy.sh/?auth=x" }],
  check: (asked, event) => {
    post(asked, "https://ntfy.example.org/")
    assert.strictEqual(asked.headers.authorization, "Bearer tk_s3cr3tToken0123456789")
    const { priority, sequence_id } = shaped(NtfyMessage, asked.body)
    // server/server.go: readJSONWithLimit(r.Body, MessageSizeLimit * 2).
    assert.isAtMost(Buffer.byteLength(asked.text), 8192)
    assert.strictEqual(sequence_id, notificationId)
    assert.strictEqual(priority === 5, isUrgent(event))
  },
  ok: { status: 200, body: { id: "sPs71M8A2T", event: "message" } },
  refusals: [
    {
      answer: { status: 403, body: { code: 40_301, http: 403, error: "forbidden" } },
      isPermanent: true,
      words: "forbidden"
    },
    {
      answer: { status: 401, body: { code: 40_101, http: 401, error: "unauthorized" } },
      isPermanent: true,
      words: "unauthorized"
    },
    {
      answer: { status: 429, body: { code: 42_901, http: 429, error: "limit reached: too many requests" } },
      isPermanent: false,
      words: "too many requests"
    },
    {
      answer: { status: 507, body: { code: 50_701, error: "insufficient storage" } },
      isPermanent: false,
      words: "storage"
    }
  ]
})

// gotify.net/docs: "Push messages", "Message extras"; its API: POST /message.
const GotifyMessage = Struct({
  title: Text(250),
  message: Text(4000),
  priority: between(0, 10),
  extras: Struct({
    "client::display": Struct({ contentType: Literal("text/plain") }),
    "client::notification": optionalKey(Struct({ click: Struct({ url: Url }) }))
  })
})
follows({
  type: "gotify",
  settings: { server: "https://push.example.org/gotify/", token: "As3cr3tToken.0" },
  wrong: [{ token: "" }, { server: "https://user:pass@push.example.org" }],
  check: (asked) => {
    post(asked, "https://push.example.org/gotify/message")
    assert.strictEqual(asked.headers["x-gotify-key"], "As3cr3tToken.0")
    const { message } = shaped(GotifyMessage, asked.body)
    assert.notInclude(message, links.incident)
  },
  ok: { status: 200, body: { id: 25, appid: 5 } },
  refusals: [
    {
      answer: {
        status: 401,
        body: { error: "Unauthorized", errorCode: 401, errorDescription: "you need to provide a valid access token" }
      },
      isPermanent: true,
      words: "valid access token"
    },
    { answer: { status: 500, body: {} }, isPermanent: false, words: "500" },
    {
      answer: { status: 429, body: "", headers: { "retry-after": "5" } },
      isPermanent: false,
      words: "429",
      retryAfterMs: 5000
    }
  ]
})

// pushover.net/api: "Pushing Messages", "Message Priority", "Limitations", "API Response", "Being Friendly to our API".
const PushoverMessage = Struct({
  token: Literal("a3s3cr3t0123456789012345678901"),
  user: Literal("u3s3cr3t0123456789012345678901"),
  title: Text(250),
  message: Text(1024),
  timestamp: Any.check(Schema.isPattern(/^\d{10}$/)),
  priority: Literals(["-2", "-1", "0", "1", "2"]),
  retry: optionalKey(Literal("60")),
  expire: optionalKey(Literal("10800")),
  tags: optionalKey(Any.check(Schema.isPattern(/^[\w-]+$/))),
  url: optionalKey(Url.check(Schema.isMaxLength(512))),
  url_title: optionalKey(Text(100)),
  device: optionalKey(Any)
})
follows({
  type: "pushover",
  settings: {
    token: "a3s3cr3t0123456789012345678901",
    user: "u3s3cr3t0123456789012345678901",
    emergency: true,
    device: "phone"
  },
  wrong: [{ token: "short" }, { user: "u3s3cr3t01234567890123456789012" }, { device: "my phone!" }],
  requests: ({ type }) => (type === "incident.resolved" ? 2 : 1),
  check: (asked, event) => {
    const form = "application/x-www-form-urlencoded"
    if (asked.url.pathname.includes("receipts")) {
      post(asked, `https://api.pushover.net/1/receipts/cancel_by_tag/${incidentId}.json`, form)
      return void shaped(Struct({ token: Literal("a3s3cr3t0123456789012345678901") }), asked.body)
    }
    post(asked, "https://api.pushover.net/1/messages.json", form)
    const { expire, priority, retry, tags } = shaped(PushoverMessage, asked.body)
    assert.strictEqual(priority === "2", isUrgent(event))
    assert.strictEqual(priority === "2", retry !== undefined && expire !== undefined)
    assert.strictEqual(tags, priority === "2" ? incidentId : undefined)
  },
  ok: { status: 200, body: { status: 1, request: "647d2300-702c-4b38-8b2f-d56326ae460b" } },
  refusals: [
    {
      answer: { status: 400, body: { status: 0, user: "invalid", errors: ["user identifier is invalid"] } },
      isPermanent: true,
      words: "user identifier is invalid"
    },
    {
      answer: { status: 200, body: { status: 0, errors: ["message cannot be blank"] } },
      isPermanent: true,
      words: "blank"
    },
    { answer: { status: 429, body: { status: 0, errors: ["over quota"] } }, isPermanent: false, words: "over quota" },
    { answer: { status: 500, body: "" }, isPermanent: false, words: "500" }
  ]
})

// developer.pagerduty.com: "Send an Alert Event", "Send a Change Event", "Events API v2: response codes and retry logic".
const Link = Struct({ href: Url, text: Any })
const routing_key = "R0s3cr3t012345678901234567890123"
const PagerDutyKey = { routing_key: Literal(routing_key), dedup_key: Text(255) }
const PagerDutyTrigger = Struct({
  ...PagerDutyKey,
  event_action: Literal("trigger"),
  payload: Struct({
    summary: Text(1024),
    source: Text(1024),
    severity: Literals(["critical", "error", "warning", "info"]),
    timestamp: Any.check(Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)),
    component: optionalKey(Any),
    group: optionalKey(Any),
    class: optionalKey(Any),
    custom_details: Struct({ text: Any })
  }),
  links: List(Link),
  client: Any,
  client_url: optionalKey(Url)
})
const PagerDutyEvent = Union([
  PagerDutyTrigger,
  Struct({ ...PagerDutyKey, event_action: Literals(["acknowledge", "resolve"]) })
])
const PagerDutyChange = Struct({
  routing_key: Literal(routing_key),
  payload: Struct({ summary: Text(1024), timestamp: Any, source: Any }),
  links: List(Link)
})
follows({
  type: "pagerduty",
  settings: { routingKey: routing_key, region: "eu" },
  wrong: [{ routingKey: "short" }, { region: "moon" }],
  requests: ({ type }) => (type === "test" ? 2 : 1),
  check: (asked, { data, type }) => {
    if (type === "silence.ended") {
      post(asked, "https://events.eu.pagerduty.com/v2/change/enqueue")
      return void shaped(PagerDutyChange, asked.body)
    }
    post(asked, "https://events.eu.pagerduty.com/v2/enqueue")
    const { dedup_key, event_action } = shaped(PagerDutyEvent, asked.body)
    assert.strictEqual(dedup_key, data.incident === null ? notificationId : incidentId)
    if (type !== "test") assert.strictEqual(event_action, type === "incident.resolved" ? "resolve" : "trigger")
  },
  ok: { status: 202, body: { status: "success", message: "Event processed", dedup_key: "x" } },
  refusals: [
    {
      answer: {
        status: 400,
        body: {
          status: "invalid event",
          message: "Event object is invalid",
          errors: ["Length of 'routing_key' is incorrect"]
        }
      },
      isPermanent: true,
      words: "routing_key"
    },
    { answer: { status: 429, body: { message: "Too many requests" } }, isPermanent: false, words: "Too many" },
    { answer: { status: 500, body: "" }, isPermanent: false, words: "500" }
  ]
})

// docs.opsgenie.com: "Alert API": "Create Alert", "Close Alert"; "API Rate Limiting".
const OpsgenieAlert = Struct({
  message: Text(130),
  alias: Text(512),
  description: Text(15_000),
  priority: Literals(["P1", "P2", "P3", "P4", "P5"]),
  source: Text(100),
  entity: optionalKey(Text(512)),
  tags: optionalKey(List(Text(50)).check(Schema.isMaxLength(20)))
})
const OpsgenieClose = Struct({ source: Text(100), note: Text(25_000) })
follows({
  type: "opsgenie",
  settings: { apiKey: "s3cr3t00-702c-4b38-8b2f-d56326ae460b", region: "eu" },
  wrong: [{ apiKey: "" }, { region: "moon" }],
  requests: ({ type }) => (type === "test" || type === "silence.ended" ? 2 : 1),
  check: (asked, { data, type }) => {
    assert.strictEqual(asked.headers.authorization, "GenieKey s3cr3t00-702c-4b38-8b2f-d56326ae460b")
    const alias = data.incident === null ? notificationId : incidentId
    const close = `https://api.eu.opsgenie.com/v2/alerts/${alias}/close?identifierType=alias`
    if (type === "incident.resolved" || asked.url.href === close) {
      post(asked, close)
      return void shaped(OpsgenieClose, asked.body)
    }
    post(asked, "https://api.eu.opsgenie.com/v2/alerts")
    assert.strictEqual(shaped(OpsgenieAlert, asked.body).alias, alias)
  },
  ok: { status: 202, body: { result: "Request will be processed", took: 0.3, requestId: "43a29c5c" } },
  refusals: [
    {
      answer: { status: 403, body: { message: "Key format is not valid!", took: 0 } },
      isPermanent: true,
      words: "Key format"
    },
    {
      answer: { status: 422, body: { message: "Request body is not processable." } },
      isPermanent: true,
      words: "processable"
    },
    {
      answer: { status: 429, body: { message: "You are making too many requests!" } },
      isPermanent: false,
      words: "too many"
    },
    { answer: { status: 503, body: "" }, isPermanent: false, words: "503" }
  ]
})

// twilio.com/docs: "Message resource: Create a Message", "Error and Warning Dictionary", "API response to 429".
const sid = "ACdeadbeef0123456789abcdef01234567"
follows({
  type: "twilio",
  settings: {
    to: "+4915112345678",
    from: "+15005550006",
    accountSid: sid,
    authToken: "s3cr3tAuthToken0123456789abcdef"
  },
  wrong: [
    { to: "0151 1234567" },
    { from: "An impossibly long sender" },
    { from: "12" },
    { accountSid: "AC1" },
    { apiKeySid: sid }
  ],
  check: (asked) => {
    post(asked, `https://api.twilio.com/2010-04-01/Accounts/${sid}/Messages.json`, "application/x-www-form-urlencoded")
    const login = Buffer.from(`${sid}:s3cr3tAuthToken0123456789abcdef`).toString("base64")
    assert.strictEqual(asked.headers.authorization, `Basic ${login}`)
    const TwilioMessage = Struct({
      To: Literal("+4915112345678"),
      From: Literal("+15005550006"),
      Body: Text(400),
      SmartEncoded: Literal("true")
    })
    shaped(TwilioMessage, asked.body)
  },
  ok: { status: 201, body: { sid: "SM1", status: "queued" } },
  refusals: [
    {
      answer: { status: 400, body: { code: 21_211, message: "Invalid 'To' Phone Number: +49151", status: 400 } },
      isPermanent: true,
      words: "Invalid 'To'"
    },
    {
      answer: { status: 401, body: { code: 20_003, message: "Authenticate", status: 401 } },
      isPermanent: true,
      words: "Authenticate"
    },
    {
      answer: { status: 429, body: { code: 20_429, message: "Too Many Requests" } },
      isPermanent: false,
      words: "Too Many"
    },
    { answer: { status: 500, body: "" }, isPermanent: false, words: "500" }
  ]
})
