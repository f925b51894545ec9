/** The webhook channel type (domain/channel-types/webhook.ts) over the real dialer, as a receiver sees it. */
import { createHmac } from "node:crypto"
import type { IncomingMessage, RequestListener } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import type { Message } from "@v-insight/domain/channel-types/ChannelType"
import { ChannelSpec, deliver } from "@v-insight/domain/channel-types/registry"
import { NotificationEvent } from "@v-insight/domain/model/Notification"
import { Effect, Schema } from "effect"
import { httpServer, httpsServer, tcpServer } from "./testing/LocalServer.ts"
import { channelServices } from "./testing/TestDialer.ts"

const event = Schema.decodeSync(NotificationEvent)({
  type: "incident.opened",
  timestamp: "2026-11-21T12:00:00.000Z",
  data: {
    incident: {
      id: "0193f3a0-0000-7000-8000-000000000001",
      status: "open",
      trigger: "down",
      severity: "critical",
      startedAt: "2026-11-21T11:59:00.000Z",
      resolvedAt: null,
      cause: { code: "connection_refused", message: "gr\u00fcn \u{1f534} refused" }
    },
    monitor: { id: "0193f3a0-0000-7000-8000-000000000002", name: "Shop", type: "http", tags: ["a"] },
    check: null
  }
})
const message: Message = { id: "0193f3a0-0000-7000-8000-00000000000a", event }

const send = (settings: Readonly<Record<string, unknown>>, told = message) =>
  Effect.flatMap(Schema.decodeUnknownEffect(ChannelSpec)({ type: "webhook", settings }), (spec) =>
    deliver(spec, told)
  ).pipe(Effect.provide(channelServices()))

interface Received {
  readonly method: string | undefined
  readonly headers: IncomingMessage["headers"]
  readonly body: Buffer
}

const receiver = (answer: RequestListener = (_, response) => response.end("thanks")) => {
  const received: Array<Received> = []
  const listener: RequestListener = (request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      received.push({ method: request.method, headers: request.headers, body: Buffer.concat(parts) })
      answer(request, response)
    })
  }
  return { received, listener }
}

/** What Standard Webhooks 1.0 tells receivers to compute, from the specification and not from our code. */
const signatureOf = (secret: Buffer, { body, headers }: Received): string => {
  const head = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.`
  const signed = Buffer.concat([Buffer.from(head), body])
  return `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`
}

const key = Buffer.from("0123456789abcdef0123456789abcdef")

describe("a webhook", () => {
  it.live.each<[kind: string, secret: string, bytes: Buffer]>([
    ["as Standard Webhooks writes it", `whsec_${key.toString("base64")}`, key],
    ["in base64 alone", key.toString("base64"), key],
    ["as it was typed", "correct horse battery staple", Buffer.from("correct horse battery staple")]
  ])("is signed with a secret %s", ([, secret, bytes]) =>
    Effect.gen(function* () {
      const { listener, received } = receiver()
      const { port } = yield* httpServer(listener)
      const before = Math.floor(Date.now() / 1000)
      const report = yield* send({ url: `http://127.0.0.1:${port}/hook`, secret })
      assert.deepStrictEqual(
        { ...report, durationMs: 0 },
        { delivered: true, status: 200, answer: "thanks", error: null, durationMs: 0 }
      )
      const [request] = received
      assert.strictEqual(request!.method, "POST")
      assert.strictEqual(request!.headers["content-type"], "application/json")
      assert.strictEqual(request!.headers["webhook-id"], message.id)
      assert.approximately(Number(request!.headers["webhook-timestamp"]), before, 2)
      assert.strictEqual(request!.headers["webhook-signature"], signatureOf(bytes, request!))
      assert.deepStrictEqual(JSON.parse(request!.body.toString()), event)
    })
  )

  it.live("that repeats what it got does not give away the link that acknowledges to who may only read", () =>
    Effect.gen(function* () {
      const token = "AZ8".repeat(30) + "-_"
      const links = {
        incident: "https://status.example/incidents/1",
        acknowledge: `https://status.example/acknowledge/${token}`
      }
      const { port } = yield* httpServer((request, response) => request.pipe(response))
      const report = yield* send({ url: `http://127.0.0.1:${port}/echo` }, { ...message, event: { ...event, links } })
      assert.include(report.answer, "Shop")
      assert.notInclude(report.answer, token)
      assert.include(report.answer, "acknowledge/[secret]")
    })
  )

  it.live("without a secret is not signed", () =>
    Effect.gen(function* () {
      const { listener, received } = receiver()
      const { port } = yield* httpServer(listener)
      yield* send({ url: `http://127.0.0.1:${port}/` })
      assert.isUndefined(received[0]!.headers["webhook-signature"])
    })
  )

  it.live.each<[code: number, isPermanent: boolean]>([
    [400, false],
    [401, false],
    [404, false],
    [410, true],
    [429, false],
    [500, false],
    [503, false]
  ])("answered with %i has failed, for good: %s", ([code, isPermanent]) =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => response.writeHead(code).end("no"))
      const failure = yield* Effect.flip(send({ url: `http://127.0.0.1:${port}/` }))
      assert.strictEqual(failure._tag, "DeliveryFailed")
      if (failure._tag !== "DeliveryFailed") return
      assert.strictEqual(failure.permanent, isPermanent)
      assert.strictEqual(failure.status, code)
      assert.strictEqual(failure.answer, "no")
      assert.strictEqual(failure.reason.message, `The receiver answered ${code}, expected 2xx.`)
    })
  )

  it.live.each<[header: string | undefined, retryAfterMs: number | null]>([
    [undefined, null],
    ["120", 120_000],
    ["0", 0],
    ["soon", null],
    ["-5", null],
    ["99999999", null],
    ["Wed, 21 Oct 2026 07:28:00 GMT", null]
  ])("takes Retry-After %j as %j", ([header, retryAfterMs]) =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) =>
        response.writeHead(429, header === undefined ? {} : { "retry-after": header }).end()
      )
      const failure = yield* Effect.flip(send({ url: `http://127.0.0.1:${port}/` }))
      if (failure._tag !== "DeliveryFailed") return assert.fail(failure._tag)
      assert.strictEqual(failure.retryAfterMs, retryAfterMs)
    })
  )

  it.live("does not follow redirects", () =>
    Effect.gen(function* () {
      const target = yield* httpServer((_, response) => response.end())
      const { port } = yield* httpServer((_, response) =>
        response.writeHead(307, { location: `http://127.0.0.1:${target.port}/` }).end()
      )
      const failure = yield* Effect.flip(send({ url: `http://127.0.0.1:${port}/` }))
      if (failure._tag !== "DeliveryFailed") return assert.fail(failure._tag)
      assert.strictEqual(failure.status, 307)
      assert.isFalse(failure.permanent)
      assert.strictEqual(target.hits(), 0)
    })
  )

  it.live("that meets nobody, or a stranger, is tried again", () =>
    Effect.gen(function* () {
      const resetting = yield* tcpServer((socket) => socket.once("data", () => socket.resetAndDestroy()))
      const stranger = yield* httpsServer("wrong-host", (_, response) => response.end())
      for (const [url, code] of [
        ["http://127.0.0.1:1/", "connection_refused"],
        ["http://nowhere.test/", "dns_failed"],
        [`http://127.0.0.1:${resetting.port}/`, "connection_reset"],
        [`https://localhost:${stranger.port}/`, "tls_host"]
      ] as const) {
        const failure = yield* Effect.flip(send({ url }))
        if (failure._tag !== "DeliveryFailed") return assert.fail(failure._tag)
        assert.strictEqual(failure.reason.code, code)
        assert.isFalse(failure.permanent)
        assert.isNull(failure.status)
      }
    })
  )

  it.live("keeps the beginning of the answer as text that can be stored", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) =>
        response.end(Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.alloc(5_000, 0x61)]))
      )
      const report = yield* send({ url: `http://127.0.0.1:${port}/` })
      assert.isAtMost(report.answer!.length, 2_048)
      assert.isTrue(report.answer!.isWellFormed())
      assert.notInclude(report.answer, "\0")
    })
  )
})

describe("a webhook with a body of its own", () => {
  it.live("posts it filled in, signed as it goes out", () =>
    Effect.gen(function* () {
      const { listener, received } = receiver()
      const { port } = yield* httpServer(listener)
      const template = '{"text": "{{title}}: {{incident.cause}}", "n": 1}'
      yield* send({ url: `http://127.0.0.1:${port}/`, secret: "correct horse battery staple", template })
      const [request] = received
      assert.deepStrictEqual(JSON.parse(request!.body.toString()), {
        text: "Shop is down: gr\u00fcn \u{1f534} refused",
        n: 1
      })
      const signature = signatureOf(Buffer.from("correct horse battery staple"), request!)
      assert.strictEqual(request!.headers["webhook-signature"], signature)
    })
  )
})
