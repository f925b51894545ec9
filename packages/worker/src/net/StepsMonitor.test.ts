/** The steps monitor type (domain/monitor-types/steps.ts) over the real dialer and real servers. */
import type { RequestListener, ServerResponse } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { CheckEvidence } from "@v-insight/domain/monitor-types/CheckEvidence"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Effect, Schema } from "effect"
import { httpServer } from "./testing/LocalServer.ts"
import { checkServices } from "./testing/TestDialer.ts"

const check = (settings: Readonly<Record<string, unknown>>, timeoutMs = 2_000) =>
  Effect.flatMap(Schema.decodeUnknownEffect(MonitorSpec)({ type: "steps", settings }), (spec) =>
    runCheck(spec, { timeoutMs })
  ).pipe(Effect.provide(checkServices()))

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))

const password = "p/ss wörd&"
const csrf = "c5rf-0123"
const session = "sess-89ab=="
const bearer = "tok-cdef"

/** A shop as they are: a form with a hidden field, a login that redirects with a cookie, and an API behind a token. */
const shop: RequestListener = (request, response) => {
  const parts: Array<Buffer> = []
  request.on("data", (part: Buffer) => parts.push(part))
  request.on("end", () => {
    const body = Buffer.concat(parts).toString()
    const { authorization, cookie } = request.headers
    const url = new URL(request.url!, "http://shop")
    switch (url.pathname) {
      case "/form":
        return void response.end(`<form><input name="csrf" value="${csrf}"></form>`)
      case "/login":
        if (new URLSearchParams(body).get("csrf") !== csrf) return json(response, 403, { csrf: "wrong" })
        if (body !== `csrf=${csrf}&password=${password}`) return json(response, 401, { got: body })
        return void response
          .writeHead(302, { location: "/home", "set-cookie": [`theme=dark`, `sid=${session}; Path=/; HttpOnly`] })
          .end()
      case "/token":
        if (cookie !== `sid=${session}`) return json(response, 401, { cookie })
        return json(response, 200, { data: [{ token: bearer, user: 7 }] })
      default:
        if (authorization !== `Bearer ${bearer}`) return json(response, 401, { authorization })
        return json(response, 200, { path: url.pathname, q: url.searchParams.get("q"), echo: [bearer, session] })
    }
  })
}

const journey = (port: number) => {
  const origin = `http://127.0.0.1:${port}`
  return [
    {
      name: "Form",
      url: `${origin}/form`,
      extract: [{ name: "csrf", from: "body", property: 'name="csrf" value="([^"]+)"' }]
    },
    {
      name: "Log in",
      url: `${origin}/login`,
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "csrf={{csrf}}&password={{password}}",
      expectedStatus: 302,
      followRedirects: false,
      extract: [{ name: "sid", from: "cookie", property: "sid" }]
    },
    {
      name: "Token",
      url: `${origin}/token`,
      headers: { Cookie: "sid={{sid}}" },
      extract: [
        { name: "token", from: "json", property: "$.data[0].token" },
        { name: "user", from: "json", property: "$.data[-1].user" }
      ]
    },
    {
      name: "Orders",
      url: `${origin}/users/{{user}}?q={{password}}`,
      headers: { Authorization: "Bearer {{token}}" },
      assertions: [
        { source: "json", property: "$.path", operator: "equals", expected: "/users/7" },
        { source: "json", property: "$.q", operator: "exists" }
      ]
    }
  ]
}

describe("steps", () => {
  it.live("log in and look at what lies behind, adding up their times", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer(shop)
      const outcome = yield* check({ steps: journey(port), variables: { password } })
      assert.isNull(outcome.error)
      assert.strictEqual(outcome.status, "up")
      assert.strictEqual(outcome.httpStatus, 200)
      assert.strictEqual(hits(), 4)
      const { totalUs, ...parts } = outcome.timings
      assert.strictEqual(
        Object.values(parts).reduce<number>((sum, us) => sum + (us ?? 0), 0),
        totalUs
      )
      assert.deepStrictEqual(
        outcome.detail?.assertions.map(({ assertion, isMet }) => [assertion, isMet]),
        [
          ["Step 4 (Orders): JSON $.path equals /users/7", true],
          ["Step 4 (Orders): JSON $.q exists", true]
        ]
      )
      assert.isNull(outcome.detail?.response)
    })
  )

  it.live("show the last answer to who looks, without any value", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer(shop)
      const outcome = yield* check({ steps: journey(port), variables: { password } }).pipe(
        Effect.provideService(CheckEvidence, true)
      )
      assert.include(outcome.detail?.response?.body, '"path":"/users/7"')
      const told = JSON.stringify(outcome)
      for (const value of [password, csrf, session, bearer, encodeURIComponent(password)])
        assert.notInclude(told, value)
    })
  )

  it.live("end with the first that fails, and say which, without any value", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer(shop)
      const outcome = yield* check({ steps: journey(port), variables: { password: "wrong-secret" } })
      assert.strictEqual(outcome.status, "down")
      assert.deepStrictEqual(outcome.error, {
        code: "unexpected_status",
        message: "Step 2 (Log in): The status is 401, expected 302."
      })
      assert.strictEqual(hits(), 2)
      assert.isNotNull(outcome.detail?.response)
      assert.notInclude(JSON.stringify(outcome), "wrong-secret")
      assert.notInclude(JSON.stringify(outcome), csrf)
    })
  )

  it.live("name what they did not find", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => json(response, 200, { a: null, b: "x".repeat(5000), c: {} }))
      const step = { name: "One", url: `http://127.0.0.1:${port}/` }
      const failing = (extraction: object) =>
        Effect.map(check({ steps: [{ ...step, extract: [{ name: "v", ...extraction }] }, step] }), ({ error }) => error)
      assert.deepStrictEqual(yield* failing({ from: "json", property: "$.a" }), {
        code: "extraction_failed",
        message: "Step 1 (One): Nothing was found for {{v}} in the JSON at $.a."
      })
      assert.include(
        (yield* failing({ from: "json", property: "$.b" }))?.message,
        "What was found for {{v}} is longer than 4 KB."
      )
      assert.include((yield* failing({ from: "header", property: "x-no" }))?.message, "in the header x-no")
      assert.include((yield* failing({ from: "cookie", property: "sid" }))?.message, "in the cookie sid")
      assert.include((yield* failing({ from: "body", property: "z+" }))?.message, "in the body by the pattern z+")
      assert.isNull(yield* failing({ from: "json", property: "$.c" }))
      assert.isNull(yield* failing({ from: "status" }))
    })
  )

  it.live("hide what a bad answer holds, and what was found beside something missing", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((request, response) =>
        json(response, request.url === "/bad" ? 500 : 200, { token: "tok-secret" })
      )
      const token = { name: "token", from: "json", property: "$.token" }
      const step = (path: string, extract: ReadonlyArray<object>) =>
        check({ steps: [{ name: "One", url: `http://127.0.0.1:${port}${path}`, extract }] })
      const bad = yield* step("/bad", [token])
      assert.strictEqual(bad.error?.code, "unexpected_status")
      const missing = yield* step("/", [token, { name: "b", from: "json", property: "$.b" }])
      assert.strictEqual(missing.error?.code, "extraction_failed")
      for (const outcome of [bad, missing]) {
        assert.include(outcome.detail?.response?.body, '{"token":')
        assert.notInclude(JSON.stringify(outcome), "tok-secret")
      }
    })
  )

  it.live("never put a line break into a header", () =>
    Effect.gen(function* () {
      const evil = "a\r\nX-Evil: 1"
      const { hits, port } = yield* httpServer((_, response) => json(response, 200, { evil }))
      const url = `http://127.0.0.1:${port}/`
      const outcome = yield* check({
        steps: [
          { name: "Get", url, extract: [{ name: "evil", from: "json", property: "$.evil" }] },
          { name: "Send", url, headers: { "X-Value": "{{evil}}" } }
        ]
      })
      assert.deepStrictEqual(outcome.error, {
        code: "unusable_value",
        message:
          'Step 2 (Send): The header "X-Value" gets a line break or a character HTTP cannot carry with the values that are put into it.'
      })
      assert.strictEqual(hits(), 1)
    })
  )

  it.live("percent-encode in URLs, so that no value changes where they go", () =>
    Effect.gen(function* () {
      const urls: Array<string> = []
      const { port } = yield* httpServer((request, response) => {
        urls.push(request.url!)
        response.end()
      })
      yield* check({
        steps: [{ name: "One", url: `http://127.0.0.1:${port}/a/{{v}}/b?c={{v}}` }],
        variables: { v: "../x?y=z#&@e/ü" }
      })
      assert.deepStrictEqual(urls, ["/a/..%2Fx%3Fy%3Dz%23%26%40e%2F%C3%BC/b?c=..%2Fx%3Fy%3Dz%23%26%40e%2F%C3%BC"])
    })
  )

  it.live("go on after a soft assertion, and are degraded", () =>
    Effect.gen(function* () {
      const { hits, port } = yield* httpServer((_, response) => void response.end("ok"))
      const url = `http://127.0.0.1:${port}/`
      const soft = { source: "body", operator: "equals", expected: "no", severity: "degraded" }
      const outcome = yield* check({
        steps: [
          { name: "One", url, assertions: [soft] },
          { name: "Two", url, assertions: [{ source: "body", operator: "equals", expected: "ok" }] }
        ]
      })
      assert.strictEqual(outcome.status, "degraded")
      assert.strictEqual(outcome.error?.message, "Step 1 (One): Expected that body equals no, but it is ok.")
      assert.strictEqual(hits(), 2)
      assert.deepStrictEqual(
        outcome.detail?.assertions.map(({ isMet }) => isMet),
        [false, true]
      )
    })
  )

  it.live("send no variable to where a redirect leads", () =>
    Effect.gen(function* () {
      const other = yield* httpServer((_, response) => response.end())
      // Like a login page that leads wherever its query says.
      const { port } = yield* httpServer((request, response) => {
        const location = new URL(request.url!, "http://x").searchParams.get("to") ?? String(request.headers["x-to"])
        response.writeHead(302, { location }).end()
      })
      const [url, away] = [`http://127.0.0.1:${port}/`, `http://127.0.0.1:${other.port}/?`]
      const variables = { password, other: "not in it" }
      const to = (location: string) => `${url}?to=${encodeURIComponent(location)}`
      for (const step of [
        { url: `${to(away)}{{password}}` },
        { url: `${to("/?to=")}${encodeURIComponent(encodeURIComponent(away))}{{password}}` },
        { url, headers: { "X-To": `${away}{{other}}` } }
      ]) {
        const { error } = yield* check({ steps: [{ name: "Out", ...step }], variables })
        assert.strictEqual(error?.code, "redirect_with_variable")
      }
      assert.strictEqual(other.hits(), 0)
      assert.strictEqual((yield* check({ steps: [{ name: "Out", url: to(away) }], variables })).status, "up")
    })
  )

  it.live("share one time limit", () =>
    Effect.gen(function* () {
      const { port } = yield* httpServer((_, response) => void setTimeout(() => response.end(), 300))
      const url = `http://127.0.0.1:${port}/`
      const started = performance.now()
      const outcome = yield* check({ steps: ["A", "B", "C", "D"].map((name) => ({ name, url })) }, 700)
      assert.strictEqual(outcome.status, "down")
      assert.match(outcome.error!.message, /^Step [123] \([ABC]\): /)
      assert.isBelow(performance.now() - started, 1_700)
      assert.isAtLeast(outcome.timings.totalUs!, 650_000)
    })
  )

  it.live("say nothing of the target that is not looked at", () =>
    Effect.gen(function* () {
      const outcome = yield* check({ steps: [{ name: "In", url: "http://10.0.0.1/" }] })
      assert.deepStrictEqual(outcome.error, {
        code: "blocked",
        message: "Step 1 (In): This address is not allowed as a target here."
      })
      assert.isNull(outcome.detail)
    })
  )
})
