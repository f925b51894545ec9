/** What the http and steps types can do, against nginx: compression, chunks, redirects, credentials, HTTP/2. */
import { assert, describe, it } from "@effect/vitest"
import { http } from "@v-insight/domain/monitor-types/http"
import { steps } from "@v-insight/domain/monitor-types/steps"
import { Effect } from "effect"
import { nginx } from "../testing/peers/nginx.ts"
import { certificate, key } from "./testing/Certificates.ts"
import { checkOf, verdict } from "./testing/checkOf.ts"

const check = checkOf(http)

const site = nginx({
  files: {
    "state.json": JSON.stringify({ state: "ready", items: Array.from({ length: 500 }, (_, id) => ({ id })) }),
    "large.txt": `${"line\n".repeat(100_000)}the end`,
    "client.crt": certificate("client"),
    users: "jo:{PLAIN}s3cret\n"
  },
  server: `
    gzip on; gzip_types application/json text/plain; gzip_min_length 1;
    keepalive_timeout 60s;
    ssl_client_certificate www/client.crt;
    ssl_verify_client optional;
    location /login { add_header Set-Cookie "sid=abc-123; HttpOnly" always; return 302 /home; }
    location /home { if ($cookie_sid != abc-123) { return 403; } return 200 "at home"; }
    location /loop { return 302 /loop; }
    location /members { auth_basic members; auth_basic_user_file www/users; try_files /state.json =404; }
    location /mutual { if ($ssl_client_verify != SUCCESS) { return 403; } return 200 "$ssl_client_s_dn"; }
    location /method { return 200 "$request_method"; }
    location /protocol { return 200 "$server_protocol"; }`
})

const json = (property: string, operator: string, expected: string | number) => ({
  source: "json",
  property,
  operator,
  expected
})

describe("nginx", () => {
  it.live("is judged by what stands in compressed and chunked answers, on a connection it would keep alive", () =>
    Effect.gen(function* () {
      const { httpPort, httpsPort } = yield* site
      for (const origin of [`http://127.0.0.1:${httpPort}`, `https://localhost:${httpsPort}`]) {
        for (const coding of ["identity", "gzip"]) {
          const headers = { "Accept-Encoding": coding }
          const outcome = yield* check({
            url: `${origin}/state.json`,
            headers,
            assertions: [
              json("$.state", "equals", "ready"),
              json("$.items[-1].id", "equals", 499),
              { source: "header", property: "content-type", operator: "equals", expected: "application/json" },
              coding === "gzip"
                ? { source: "header", property: "transfer-encoding", operator: "equals", expected: "chunked" }
                : { source: "header", property: "content-length", operator: "exists" }
            ]
          })
          assert.strictEqual(verdict(outcome), "up", JSON.stringify(outcome.detail?.assertions))
          const large = yield* check({
            url: `${origin}/large.txt`,
            headers,
            assertions: [
              { source: "body", operator: "contains", expected: "the end" },
              { source: "body_bytes", operator: "equals", expected: 500_007 }
            ]
          })
          assert.strictEqual(verdict(large), "up", JSON.stringify(large.detail?.assertions))
        }
      }
    })
  )

  it.live("redirects once, and in a loop", () =>
    Effect.gen(function* () {
      const { httpPort } = yield* site
      const url = `http://127.0.0.1:${httpPort}`
      assert.strictEqual(verdict(yield* check({ url: `${url}/loop` })), "down too_many_redirects")
      const there = yield* check({ url: `${url}/login`, expectedStatus: 403 })
      assert.strictEqual(verdict(there), "up")
      assert.deepStrictEqual(there.detail?.redirects, [`${url}/home`])
    })
  )

  it.live("lets in who has the password, and who has a certificate", () =>
    Effect.gen(function* () {
      const { httpsPort } = yield* site
      const origin = `https://localhost:${httpsPort}`
      const members = (password: string) =>
        check({ url: `${origin}/members`, auth: "basic", username: "jo", password, ca: certificate("authority") })
      assert.strictEqual(verdict(yield* members("s3cret")), "up")
      assert.strictEqual((yield* members("wrong")).httpStatus, 401)
      const identity = { clientCertificate: certificate("client"), clientKey: key }
      assert.strictEqual((yield* check({ url: `${origin}/mutual` })).httpStatus, 403)
      const mutual = yield* check({
        url: `${origin}/mutual`,
        ...identity,
        assertions: [{ source: "body", operator: "contains", expected: "CN=V-Insight test client" }]
      })
      assert.strictEqual(verdict(mutual), "up", JSON.stringify(mutual.detail))
    })
  )

  it.live.each(["GET", "POST", "PUT", "PURGE", "PROPFIND", "M-SEARCH"])("hears the method %s", (method) =>
    Effect.gen(function* () {
      const { httpPort } = yield* site
      const heard = yield* check({
        url: `http://127.0.0.1:${httpPort}/method`,
        method,
        assertions: [{ source: "body", operator: "equals", expected: method }]
      })
      assert.strictEqual(verdict(heard), "up", JSON.stringify(heard.error))
    })
  )

  it.live("speaks HTTP/2 when it is asked to", () =>
    Effect.gen(function* () {
      const { httpsPort } = yield* site
      const over = (httpVersion: string, expected: string) =>
        check({
          url: `https://localhost:${httpsPort}/protocol`,
          httpVersion,
          headers: { "Accept-Encoding": "identity" },
          assertions: [{ source: "body", operator: "equals", expected }]
        })
      assert.strictEqual(verdict(yield* over("1.1", "HTTP/1.1")), "up")
      assert.strictEqual(verdict(yield* over("2", "HTTP/2.0")), "up")
    })
  )

  it.live("is logged in to by steps", () =>
    Effect.gen(function* () {
      const { httpPort } = yield* site
      const origin = `http://127.0.0.1:${httpPort}`
      const login = {
        name: "Log in",
        url: `${origin}/login`,
        expectedStatus: 302,
        followRedirects: false,
        extract: [{ name: "sid", from: "cookie", property: "sid" }]
      }
      const home = (Cookie: string) => ({ name: "Home", url: `${origin}/home`, headers: { Cookie } })
      assert.strictEqual(verdict(yield* checkOf(steps)({ steps: [login, home("sid={{sid}}")] })), "up")
      const outside = yield* checkOf(steps)({ steps: [login, home("sid=other")] })
      assert.strictEqual(outside.error?.message, "Step 2 (Home): The status is 403, expected 200-299.")
    })
  )
})
