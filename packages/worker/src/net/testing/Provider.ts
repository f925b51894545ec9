/**
 * A receiver of messages as its manual describes it: on loopback, whatever host our code asks for, so that the real dialer
 * carries the request and nothing leaves this machine.
 */
import type { IncomingHttpHeaders } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import type { DeliveryFailed, Message } from "@v-insight/domain/channel-types/ChannelType"
import {
  ChannelSpec,
  channelTypes,
  type ChannelTypeName,
  deliver,
  secretsOf
} from "@v-insight/domain/channel-types/registry"
import { type NotificationEvent, NotificationType } from "@v-insight/domain/model/Notification"
import type { Dialer } from "@v-insight/domain/monitor-types/Dialer"
import { Effect, Schema } from "effect"
import { event, messageOf } from "./events.ts"
import { httpServer } from "./LocalServer.ts"
import { channelServices, testDialer } from "./TestDialer.ts"

export interface Asked {
  readonly method: string
  /** As our code wrote it. */
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body, by its content type. */
  readonly body: unknown
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const bodyOf = (type: string | undefined, text: string): unknown =>
  type === "application/x-www-form-urlencoded" ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text)

const provider = Effect.fnUntraced(function* (answerOf: Answer | ((path: string) => Answer)) {
  const asked: Array<Asked> = []
  const urls: Array<URL> = []
  const { port } = yield* httpServer((request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const { headers, method = "" } = request
      const text = Buffer.concat(parts).toString("utf8")
      asked.push({ method, url: urls[asked.length]!, headers, text, body: bodyOf(headers["content-type"], text) })
      const answer = typeof answerOf === "function" ? answerOf(urls[asked.length - 1]!.pathname) : answerOf
      const body = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body)
      response.writeHead(answer.status, answer.headers ?? {}).end(body)
    })
  })
  const real = testDialer()
  const dialer: Dialer["Service"] = {
    ...real,
    exchange: (request) => {
      urls.push(request.url)
      const { pathname, search } = request.url
      return real.exchange({ ...request, url: new URL(`http://127.0.0.1:${port}${pathname}${search}`) })
    }
  }
  return { asked, dialer }
})

export interface Manual {
  readonly type: ChannelTypeName
  readonly settings: Readonly<Record<string, unknown>>
  /** Settings that it refuses. */
  readonly wrong: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** What a request must look like; throws when it does not. */
  readonly check: (asked: Asked, event: NotificationEvent) => void
  readonly ok: Answer
  /** `words` stand in the sentence for people. */
  readonly refusals: ReadonlyArray<{
    readonly answer: Answer
    readonly isPermanent: boolean
    readonly words: string
    readonly retryAfterMs?: number
  }>
  /** Requests of one delivery; one unless given. */
  readonly requests?: (event: NotificationEvent) => number
}

/** Decodes what was sent as the manual has it: nothing more, nothing longer. */
export const shaped = <S extends Schema.Top & { readonly DecodingServices: never }>(
  schema: S,
  value: unknown
): S["Type"] => Schema.decodeUnknownSync(schema, { onExcessProperty: "error", errors: "all" })(value)

/** At most so many UTF-16 code units, and well-formed: no character was cut in two. */
export const Text = (length: number) =>
  Schema.String.check(
    Schema.isBetweenLength(1, length),
    Schema.makeFilter((text: string) => text.isWellFormed())
  )

const hostile = {
  name: `@everyone <!channel> <users/all> @**all** [x](https://evil.example) <https://evil.example|y> <b>&"</b> **y** {{title}} \u{1f468}\u200d\u{1f469}\u200d\u{1f467}`,
  cause: "</script><a href='https://evil.example'>@here <@U0001> <t:0:R> <at>All</at> `code` /restart"
}
/** Twice as long as JSON, six times as HTML. */
const quoted = { name: '"'.repeat(120), cause: '"\\'.repeat(5000) }
const long = { name: "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}".repeat(40), cause: "\u{1f600} x".repeat(5000) }

const sendTo = (dialer: Dialer["Service"], { settings, type }: Pick<Manual, "settings" | "type">, message: Message) =>
  Effect.flatMap(Schema.decodeUnknownEffect(ChannelSpec)({ type, settings }), (spec) => deliver(spec, message)).pipe(
    Effect.provide(channelServices(dialer))
  )

/** What a receiver that answers so was asked for one message, and what became of it. */
export const told = Effect.fnUntraced(function* (
  kind: Pick<Manual, "settings" | "type">,
  answer: Answer | ((path: string) => Answer),
  message: Message
) {
  const { asked, dialer } = yield* provider(answer)
  const exit = yield* Effect.exit(sendTo(dialer, kind, message))
  return { asked, exit }
})

/** All that is shown of every kind. */
export const follows = (manual: Manual): void => {
  const { check, ok, refusals, requests = () => 1, settings, type, wrong } = manual
  const secrets = secretsOf(type).map((name) => String(settings[name]))

  describe(`a message by ${type}`, () => {
    for (const [kind, changes] of Object.entries({ plain: {}, hostile, long, quoted })) {
      it.live.each(NotificationType.literals)(`says %s as the manual has it, with a ${kind} name`, (notification) =>
        Effect.gen(function* () {
          const { asked, dialer } = yield* provider(ok)
          const said = event({ ...changes, type: notification })
          const report = yield* sendTo(dialer, manual, messageOf(said))
          assert.isTrue(report.delivered)
          assert.strictEqual(report.status, ok.status)
          assert.strictEqual(asked.length, requests(said))
          for (const request of asked) {
            assert.strictEqual(request.headers["user-agent"], "V-Insight")
            check(request, said)
          }
        })
      )
    }

    it.live("does without links and severities, as messages of older versions do", () =>
      Effect.gen(function* () {
        const { asked, dialer } = yield* provider(ok)
        const { data, ...rest } = event({ hasLinks: false })
        const { severity: _, trigger: __, ...incident } = data.incident!
        const old = { ...rest, data: { ...data, incident } } as unknown as NotificationEvent
        yield* sendTo(dialer, manual, messageOf(old))
        check(asked[0]!, event({ hasLinks: false }))
      })
    )

    it.live.each(refusals)(
      "takes $answer.status $answer.body as it is meant",
      ({ answer, isPermanent, retryAfterMs, words }) =>
        Effect.gen(function* () {
          const { dialer } = yield* provider(answer)
          const failure = (yield* Effect.flip(sendTo(dialer, manual, messageOf(event())))) as DeliveryFailed
          assert.strictEqual(failure._tag, "DeliveryFailed")
          assert.strictEqual(failure.permanent, isPermanent)
          assert.strictEqual(failure.status, answer.status)
          assert.strictEqual(failure.retryAfterMs, retryAfterMs ?? null)
          assert.include(failure.reason.message, words)
        })
    )

    it.live("keeps its secrets to itself, whatever the receiver repeats", () =>
      Effect.gen(function* () {
        const echo = JSON.stringify({ message: secrets, error: secrets.map((secret) => secret.slice(8)) })
        const { dialer } = yield* provider({ status: 400, body: echo })
        const failure = yield* Effect.flip(sendTo(dialer, manual, messageOf(event())))
        const spec = yield* Schema.decodeUnknownEffect(ChannelSpec)({ type, settings })
        const target = channelTypes[type].target(spec.settings as never)
        assert.isAbove(target.length, 0)
        for (const secret of secrets) {
          assert.notInclude(JSON.stringify(failure), secret)
          assert.notInclude(target, secret)
        }
      })
    )

    it.effect.each(wrong)("refuses the settings %j", (changes) =>
      Effect.flip(Schema.decodeUnknownEffect(ChannelSpec)({ type, settings: { ...settings, ...changes } }))
    )
  })
}
