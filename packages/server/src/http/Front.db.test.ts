/** What every answer has, and the paths beside the contract. */
import { assert, layer } from "@effect/vitest"
import { Keys } from "@v-insight/database/Keys"
import { Cast } from "@v-insight/database/testing/Cast"
import { testSecret } from "@v-insight/database/testing/constants"
import { Effect, Redacted } from "effect"
import { endpoints } from "../testing/endpoints.ts"
import { TestServer } from "../testing/TestServer.ts"

layer(TestServer.layer, { excludeTestServices: true })("every answer", (it) => {
  it.effect("carries the request's id, which is in the log too", () =>
    Effect.gen(function* () {
      const { ask, log } = yield* TestServer
      const given = yield* ask("GET", "/health/live", { headers: { "x-request-id": "from-the-client-1" } })
      assert.strictEqual(given.headers.get("x-request-id"), "from-the-client-1")
      for (const id of ["short", "with space and more", "x".repeat(65), '{"a":1}......']) {
        const made = yield* ask("GET", "/nowhere", { headers: { "x-request-id": id } })
        assert.match(made.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/, id)
      }
      assert.isTrue(
        log.some((line) => JSON.parse(line).message === "listening" && JSON.parse(line).annotations.port > 0)
      )
    })
  )

  it.effect("defect 11: says what a browser may do with it: nothing; and allows no other origin", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      for (const path of ["/health", "/nowhere", "/api/v1/monitors", "/api/v1/docs", "/metrics"]) {
        const { headers } = yield* ask("GET", path, { as: alice, headers: { origin: "https://evil.example" } })
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
        assert.strictEqual(headers.get("x-frame-options"), "DENY")
        assert.include(headers.get("content-security-policy"), "frame-ancestors 'none'")
        assert.isEmpty([...headers.keys()].filter((name) => name.startsWith("access-control-")))
        assert.isNull(headers.get("x-powered-by"))
      }
      const preflight = yield* ask("OPTIONS", "/api/v1/monitors", { headers: { origin: "https://evil.example" } })
      assert.strictEqual(preflight.status, 405)
      assert.isEmpty([...preflight.headers.keys()].filter((name) => name.startsWith("access-control-")))
    })
  )

  it.effect("of an unknown path is 404, of a wrong method 405 with those that are right", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const unknown = yield* ask("GET", "/api/v1/unicorns?a=b")
      assert.strictEqual(unknown.status, 404)
      assert.strictEqual(unknown.body.error.code, "NOT_FOUND")
      const allowed = (method: string, path: string) =>
        Effect.map(ask(method, path), ({ body, headers, status }) => {
          assert.strictEqual(status, 405)
          assert.strictEqual(body.error.code, "METHOD_NOT_ALLOWED")
          return headers.get("allow")
        })
      assert.strictEqual(yield* allowed("DELETE", "/api/v1/monitors"), "GET, POST, HEAD")
      assert.strictEqual(yield* allowed("POST", "/api/v1/monitors/0/"), "GET, PUT, PATCH, DELETE, HEAD")
      assert.strictEqual(yield* allowed("GET", "/api/v1/auth/login"), "POST")
      assert.strictEqual(yield* allowed("PUT", "/health"), "GET, HEAD")
      assert.strictEqual((yield* ask("HEAD", "/health")).status, 200)
    })
  )

  it.effect("believes the web server about the browser, and nobody else", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const forwarded = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" }
      const body = { password: "correct horse battery" }
      const proxy = Redacted.value(Keys.fromSecret(testSecret).proxy)
      const register = (email: string, headers: Record<string, string>) =>
        Effect.map(ask("POST", "/api/v1/auth/register", { body: { ...body, email }, headers }), (answer) => {
          assert.strictEqual(answer.status, 201, answer.text)
          return answer.headers.get("set-cookie") ?? ""
        })
      assert.match(
        yield* register("one@proxy.example", { ...forwarded, "x-vinsight-proxy": proxy }),
        /^__Host-vinsight_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/
      )
      assert.match(
        yield* register("two@proxy.example", { ...forwarded, "x-vinsight-proxy": `${proxy}x` }),
        /^vinsight_session=/
      )
      assert.match(yield* register("three@proxy.example", forwarded), /^vinsight_session=/)
    })
  )

  it.effect("over https takes the cookie that no other host can set, and only that one", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve } = yield* Cast
      const secure = {
        "x-vinsight-proxy": Redacted.value(Keys.fromSecret(testSecret).proxy),
        "x-forwarded-proto": "https"
      }
      const me = (cookie: string, headers: Record<string, string>) =>
        ask("GET", "/api/v1/auth/me", { headers: { ...headers, cookie } })
      const plain = `vinsight_session=${eve.token}`
      assert.strictEqual((yield* me(plain, {})).status, 200)
      assert.strictEqual((yield* me(plain, secure)).status, 401)
      assert.strictEqual((yield* me(`__Host-vinsight_session=old; ${plain}`, secure)).status, 401)
      const { body } = yield* me(`${plain}; __Host-vinsight_session=${alice.token}`, secure)
      assert.strictEqual(body.data.user.email, alice.email)
    })
  )

  it.effect("the contract, its page and the metrics are there", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, things } = yield* Cast
      const { body } = yield* ask("GET", "/api/v1/openapi.json")
      const { paths } = body as unknown as { paths: Record<string, Record<string, unknown>> }
      for (const { method, path } of endpoints) {
        const template = path.replaceAll(/:(\w+)/g, "{$1}")
        assert.property(paths[template.replace(/\/$/, "")] ?? paths[template], method.toLowerCase(), path)
      }
      const docs = yield* ask("GET", "/api/v1/docs")
      assert.include(docs.text, "createApiReference")
      assert.notMatch(docs.text, /<(script|link)[^>]+(src|href)="?https?:/)

      yield* ask("GET", `/api/v1/monitors/${things.monitorId}`, { as: alice })
      const { headers, text } = yield* ask("GET", "/metrics")
      assert.include(headers.get("content-type"), "text/plain")
      assert.match(text, /^vinsight_http_requests_total\{endpoint="GET \/api\/v1\/monitors\/:id",status="200"\} [1-9]/m)
      assert.match(
        text,
        /^vinsight_http_request_duration_seconds_bucket\{endpoint="GET \/api\/v1\/monitors\/:id",le="0.25"\}/m
      )
      assert.match(text, /^vinsight_database_transactions 0$/m)
      assert.notInclude(text, things.monitorId)
    })
  )

  it.effect("health is ok in the envelope", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      for (const path of ["/health", "/health/ready"]) {
        const { body } = yield* ask("GET", path)
        assert.deepStrictEqual(body, {
          data: { status: "ok", checks: { database: "up", process: "up" } },
          error: null,
          meta: {}
        })
      }
      assert.deepStrictEqual((yield* ask("GET", "/health/live")).body.data, { status: "ok" })
    })
  )

  it.effect("kinds say what they want to know, as JSON Schema", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { victor } = yield* Cast
      const [http] = (yield* ask("GET", "/api/v1/monitor-types", { as: victor })).body.data
      assert.deepInclude(http, { type: "http", label: "HTTP(S)" })
      assert.include(http.secrets, "password")
      assert.deepInclude(http.settings, { type: "object", required: ["url"] })
      assert.deepInclude(http.settings.properties.url, { type: "string", title: "URL", maxLength: 2048 })
      const [webhook] = (yield* ask("GET", "/api/v1/channel-types", { as: victor })).body.data
      assert.deepInclude(webhook, { type: "webhook", label: "Webhook", secrets: ["secret"] })
      assert.deepInclude(webhook.settings.properties.secret, { title: "Signing secret" })
    })
  )
})
