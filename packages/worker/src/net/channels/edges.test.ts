/** What the manuals say of single fields, by example: limits, addresses, ids and what belongs together. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { event, incidentId, links, messageOf, notificationId } from "../testing/events.ts"
import { type Answer, type Asked, told } from "../testing/Provider.ts"

const ok: Answer = { status: 200, body: { ok: true, status: 1 } }
const endless = "a word ".repeat(3000)
const field = ({ body }: Asked, name: string): string => String((body as Readonly<Record<string, unknown>>)[name])

const pushover = { token: "a3s3cr3t0123456789012345678901", user: "u3s3cr3t0123456789012345678901" }
const twilio = {
  to: "+4915112345678",
  from: "+15005550006",
  accountSid: "ACdeadbeef0123456789abcdef01234567",
  authToken: "s3cr3tAuthToken0123456789abcdef"
}
const zulip = { server: "https://example.zulipchat.com", botEmail: "bot@example.zulipchat.com", apiKey: "s3cr3tKey" }

describe("a link stays whole, however long the text", () => {
  it.live.each([
    ["telegram", { token: "123456789:AAs3cr3tTokenOfTheBot0123456789abcd", chatId: "-1001" }, "text", 4096],
    ["gotify", { server: "https://push.example.org", token: "As3cr3tToken.0" }, "message", 4000],
    ["pushover", pushover, "message", 1024],
    ["opsgenie", { apiKey: "s3cr3t00-702c-4b38-8b2f-d56326ae460b" }, "description", 15_000]
  ] as const)("in %s", ([type, settings, name, most]) =>
    Effect.gen(function* () {
      const { asked } = yield* told({ type, settings }, ok, messageOf(event({ cause: endless })))
      const text = field(asked[0]!, name)
      assert.isAtMost(text.length, most)
      assert.isTrue(
        text.endsWith(`\u2026\nAcknowledge: ${links.acknowledge}`) || text.endsWith(links.acknowledge),
        text
      )
    })
  )
})

it.live.each(["/stop now", "(/stop)", "\u201c/stop\u201d", "\u2014/stop", "@/stop"])(
  "Telegram finds no command in %s",
  (name) =>
    Effect.gen(function* () {
      const settings = { token: "123456789:AAs3cr3tTokenOfTheBot0123456789abcd", chatId: "-1001" }
      const cause = "GET https://shop.example/a/b answered 503."
      const { asked } = yield* told({ type: "telegram", settings }, ok, messageOf(event({ name, cause })))
      const text = field(asked[0]!, "text")
      assert.notInclude(text, "/stop")
      assert.include(text, "https://shop.example/a/b", "links stay what they are")
    })
)

describe("Zulip", () => {
  it.live.each(["2024", "alerts", 'a "quoted" one', "null"])("is told the channel %s by its name", (channel) =>
    Effect.gen(function* () {
      const settings = { ...zulip, channel }
      const { asked } = yield* told({ type: "zulip", settings }, ok, messageOf(event()))
      // A number would be the number of another channel.
      assert.strictEqual(JSON.parse(field(asked[0]!, "to")), channel)
    })
  )

  it.live("gets a topic without what it refuses in one", () =>
    Effect.gen(function* () {
      const settings = { ...zulip, channel: "alerts" }
      const { asked } = yield* told({ type: "zulip", settings }, ok, messageOf(event({ name: "Shop\ufdd0\u0007 1" })))
      assert.strictEqual(field(asked[0]!, "topic"), "Shop\ufffd\ufffd 1")
    })
  )
})

describe("a text message", () => {
  /** As the network counts: 3GPP TS 23.038. */
  const isGsm = (text: string): boolean => /^[\n\r -_a-~\u00c4-\u00fc]*$/.test(text)
  const body = (changes: Parameters<typeof event>[0]) =>
    Effect.map(
      told({ type: "twilio", settings: twilio }, { status: 201, body: {} }, messageOf(event(changes))),
      ({ asked }) => field(asked[0]!, "Body")
    )

  it.live("stays one of the cheap alphabet when it is cut", () =>
    Effect.gen(function* () {
      const text = yield* body({ cause: endless, name: "B\u00e4ckerei" })
      assert.isTrue(isGsm(text), text)
      assert.isTrue(text.endsWith(`... ${links.acknowledge}`), text)
      assert.isAtMost(text.length - links.acknowledge.length - 1, 306)
    })
  )

  it.live("counts what takes two places twice", () =>
    Effect.gen(function* () {
      const text = yield* body({ cause: "[]{}".repeat(200) })
      const sentence = text.slice(0, -links.acknowledge.length - 1)
      assert.isAtMost(sentence.length + (sentence.match(/[[\]{}]/g)?.length ?? 0), 306)
    })
  )

  it.live("in another alphabet has three pieces at most, without its link", () =>
    Effect.gen(function* () {
      const text = yield* body({ cause: "\u0448".repeat(2000) })
      assert.isAtMost(text.length - links.acknowledge.length - 1, 201)
    })
  )

  it.live.each<[from: string, name: string]>([
    ["12345", "From"],
    ["MGMT", "From"],
    ["MG0123456789abcdef0123456789abcdef", "MessagingServiceSid"]
  ])("is sent by %s as %s", ([from, name]) =>
    Effect.gen(function* () {
      const kind = { type: "twilio", settings: { ...twilio, from } } as const
      const { asked } = yield* told(kind, { status: 201, body: {} }, messageOf(event()))
      assert.strictEqual(field(asked[0]!, name), from)
    })
  )
})

describe("an emergency in Pushover", () => {
  const resolved = messageOf(event({ type: "incident.resolved" }))
  const cancelling = (answer: Answer, emergency = true) =>
    told(
      { type: "pushover", settings: { ...pushover, emergency } },
      (path) => (/receipts/.test(path) ? answer : ok),
      resolved
    )

  it.live("ends with the incident, before the good news", () =>
    Effect.gen(function* () {
      const { asked, exit } = yield* cancelling(ok)
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(
        asked.map(({ url }) => url.pathname),
        [`/1/receipts/cancel_by_tag/${incidentId}.json`, "/1/messages.json"]
      )
    })
  )

  it.live("that is not there keeps nobody from the good news", () =>
    Effect.gen(function* () {
      const { asked, exit } = yield* cancelling({ status: 404, body: { status: 0, errors: ["not found"] } })
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(asked.length, 2)
    })
  )

  it.live("that could not be ended now is ended later, and nothing is told twice", () =>
    Effect.gen(function* () {
      const { asked, exit } = yield* cancelling({ status: 500, body: "" })
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(asked.length, 1)
    })
  )

  it.live("is nobody's who did not ask for it", () =>
    Effect.gen(function* () {
      const { asked } = yield* cancelling(ok, false)
      assert.strictEqual(asked.length, 1)
    })
  )
})

it.live("Jira Service Management takes what Opsgenie takes", () =>
  Effect.gen(function* () {
    const settings = { apiKey: "s3cr3t00-702c-4b38-8b2f-d56326ae460b", region: "jsm" }
    const { asked } = yield* told(
      { type: "opsgenie", settings },
      { status: 202, body: {} },
      messageOf(event({ type: "test" }))
    )
    const base = "https://api.atlassian.com/jsm/ops/integration/v2/alerts"
    assert.deepStrictEqual(
      asked.map(({ url }) => url.href),
      [base, `${base}/${notificationId}/close?identifierType=alias`]
    )
    assert.strictEqual(asked[0]!.headers.authorization, `GenieKey ${settings.apiKey}`)
  })
)

it.live.each(["!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", "!room:[2001:db8::1]:8448", "!a/b:example.org"])(
  "Matrix is told the room %s, whatever its version",
  (roomId) =>
    Effect.gen(function* () {
      const settings = { server: "https://matrix.example.org", roomId, token: "syt_s3cr3t_token" }
      const { asked } = yield* told({ type: "matrix", settings }, ok, messageOf(event()))
      assert.strictEqual(asked[0]!.url.pathname.split("/")[5], encodeURIComponent(roomId))
    })
)
