/** Signing up, in and out, over real HTTP. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestServer } from "../testing/TestServer.ts"

const password = "correct horse battery"

layer(TestServer.layer, { excludeTestServices: true })("auth", (it) => {
  it.effect("signs up, knows the caller by token and by cookie, and signs out", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const made = yield* ask("POST", "/api/v1/auth/register", { body: { email: "Ann@Example.org", password } })
      assert.strictEqual(made.status, 201, made.text)
      assert.strictEqual(made.body?.data.tenant.name, "Example")
      assert.strictEqual(made.body?.data.role, "owner")
      const cookie = made.headers.get("set-cookie") ?? ""
      assert.match(cookie, /^vinsight_session=[\w-]{43}; /)
      for (const attribute of ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"]) assert.include(cookie, attribute)
      assert.notInclude(cookie, "Secure")

      const byCookie = { headers: { cookie: cookie.split(";")[0]! } }
      const byToken = { headers: { authorization: `Bearer ${made.body?.data.token}` } }
      for (const credential of [byCookie, byToken]) {
        const me = yield* ask("GET", "/api/v1/auth/me", credential)
        assert.strictEqual(me.body?.data.user.email, "Ann@Example.org", me.text)
      }
      const out = yield* ask("POST", "/api/v1/auth/logout", byCookie)
      assert.deepStrictEqual(out.body?.data, { signedOut: true })
      assert.match(out.headers.get("set-cookie") ?? "", /^vinsight_session=;.*Max-Age=0/)
      assert.strictEqual((yield* ask("GET", "/api/v1/auth/me", byToken)).status, 401)
    })
  )
})
