/** Signing up, in and out, over real HTTP. */
import { assert, layer } from "@effect/vitest"
import { Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { limits } from "../auth/Limits.ts"
import { TestServer } from "../testing/TestServer.ts"

interface Parameter {
  readonly in: string
  readonly name: string
}

const password = "correct horse battery"

layer(TestServer.layer, { excludeTestServices: true })("auth", (it) => {
  it.effect("defect 10: signs up, gives browsers a cookie that no script reads, and signs out", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const made = yield* ask("POST", "/api/v1/auth/register", { body: { email: "Ann@Example.org", password } })
      assert.strictEqual(made.status, 201, made.text)
      assert.strictEqual(made.body.data.tenant.name, "Example")
      assert.strictEqual(made.body.data.role, "owner")
      const cookie = made.headers.get("set-cookie") ?? ""
      assert.match(cookie, /^vinsight_session=[\w-]{43}; /)
      for (const attribute of ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"])
        assert.include(cookie, attribute)
      assert.notInclude(cookie, "Secure")

      const byCookie = { headers: { cookie: cookie.split(";")[0]! } }
      const byToken = { headers: { authorization: `Bearer ${made.body.data.token}` } }
      for (const credential of [byCookie, byToken]) {
        const me = yield* ask("GET", "/api/v1/auth/me", credential)
        assert.strictEqual(me.body.data.user.email, "Ann@Example.org", me.text)
      }
      const out = yield* ask("POST", "/api/v1/auth/logout", byCookie)
      assert.deepStrictEqual(out.body.data, { signedOut: true })
      assert.match(out.headers.get("set-cookie") ?? "", /^vinsight_session=;.*Max-Age=0/)
      assert.strictEqual((yield* ask("GET", "/api/v1/auth/me", byToken)).status, 401)
    })
  )

  it.effect("defect 10: takes no credential from an address, and the contract has none there", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice } = yield* Cast
      for (const name of [
        "token",
        "access_token",
        "accessToken",
        "authorization",
        "session",
        "vinsight_session",
        "api_key"
      ])
        for (const path of ["/api/v1/auth/me", "/api/v1/monitors", "/api/v1/stream/events"])
          assert.strictEqual((yield* ask("GET", `${path}?${name}=${alice.token}`)).status, 401, `${path} ${name}`)
      const { paths } = (yield* ask("GET", "/api/v1/openapi.json")).body
      const inAddresses: Array<string> = []
      for (const [path, methods] of Object.entries<Record<string, { parameters?: ReadonlyArray<Parameter> }>>(paths))
        for (const { parameters = [] } of Object.values(methods))
          for (const { in: where, name } of parameters)
            if (where !== "header" && where !== "cookie" && /token|secret|session|password|auth|key/i.test(name))
              inAddresses.push(path)
      // Those name one job or one incident, and are good for nothing else.
      for (const path of inAddresses) assert.match(path, /\/(heartbeats|acknowledge)\/\{token\}/)
      assert.isNotEmpty(inAddresses)
    })
  )

  it.effect("answers a wrong password and an unknown e-mail alike, in words and in time", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const email = "known@timing.example"
      yield* ask("POST", "/api/v1/auth/register", { body: { email, password } })
      const times: Record<string, Array<number>> = { "known@timing.example": [], "unknown@timing.example": [] }
      const answers = new Set<string>()
      for (let round = 0; round < 4; round++) {
        for (const [address, measured] of Object.entries(times)) {
          const started = performance.now()
          const answer = yield* ask("POST", "/api/v1/auth/login", {
            body: { email: address, password: `${password}!` }
          })
          measured.push(performance.now() - started)
          assert.strictEqual(answer.status, 401)
          answers.add(answer.text)
        }
      }
      assert.lengthOf([...answers], 1)
      const [known, unknown] = Object.values(times).map((measured) => Math.min(...measured)) as [number, number]
      // Both derive a key; looking up an account that is not there is what remains.
      assert.isBelow(Math.max(known, unknown) / Math.min(known, unknown), 2)
    })
  )

  it.effect("signs in, whatever the letters' case, with a token of its own each time", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      yield* ask("POST", "/api/v1/auth/register", {
        body: { email: "Bob@Case.example", password, tenantName: "Bob & Co" }
      })
      const taken = yield* ask("POST", "/api/v1/auth/register", { body: { email: "bob@case.EXAMPLE", password } })
      assert.deepStrictEqual([taken.status, taken.body.error.code], [409, "CONFLICT"])
      const login = () => ask("POST", "/api/v1/auth/login", { body: { email: " BOB@case.example ", password } })
      const [one, two] = [yield* login(), yield* login()]
      assert.strictEqual(one.status, 200, one.text)
      assert.strictEqual(one.body.data.tenant.name, "Bob & Co")
      assert.notStrictEqual(one.body.data.token, two.body.data.token)
    })
  )

  it.effect("stops guessing at an account, and says how long to wait; the right password then waits too", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const email = "victim@guess.example"
      yield* ask("POST", "/api/v1/auth/register", { body: { email, password } })
      const login = (email: string, password: string) =>
        ask("POST", "/api/v1/auth/login", { body: { email, password } })
      for (let tries = 0; tries < limits.loginPerAccount.burst; tries++) {
        assert.strictEqual((yield* login(tries % 2 === 0 ? email : email.toUpperCase(), "wrong password")).status, 401)
      }
      // PostgreSQL's lower() makes an "i" of it, and finds the account.
      assert.strictEqual((yield* login(email.replace("i", "\u0130"), password)).status, 429)
      const stopped = yield* login(email, password)
      assert.strictEqual(stopped.status, 429)
      assert.strictEqual(stopped.body.error.code, "RATE_LIMITED")
      const seconds = Number(stopped.headers.get("retry-after"))
      assert.strictEqual(stopped.body.error.details.retryAfterSeconds, seconds)
      assert.isTrue(seconds > 0 && seconds <= 60, String(seconds))
      assert.strictEqual((yield* login("other@guess.example", password)).status, 401)
    })
  )

  it.effect("keeps passwords, tokens and secrets out of the log, also when something fails", () =>
    Effect.gen(function* () {
      const { ask, log } = yield* TestServer
      const { mallory } = yield* Cast
      const planted = "planted-secret-in-input"
      yield* ask("POST", "/api/v1/auth/register", { body: { email: `${planted}@x.example`, password: planted } })
      yield* ask("POST", "/api/v1/auth/login", { body: { email: `${planted}@x.example`, password: `${planted}!` } })
      yield* ask("GET", `/api/v1/monitors?search=${planted}`, { headers: { authorization: `Bearer ${planted}` } })
      // Something of ours breaks: the statement fails, with the secret among its parameters.
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`ALTER TABLE alert_channels ADD CONSTRAINT broken CHECK (name <> 'breaks')`
      }).pipe(Effect.provide(TestDatabase.superuser))
      const settings = { url: `https://x.example/${planted}`, secret: planted }
      const body = { name: "breaks", type: "webhook", settings }
      const failed = yield* ask("POST", "/api/v1/alert-channels", { as: mallory, body })
      assert.strictEqual(failed.status, 500)
      const { requestId } = failed.body.error.details
      const told = log.filter((line) => line.includes(requestId))
      assert.deepInclude(JSON.parse(told[0]!).message[1], { reason: "ConstraintError 23514" })
      assert.notInclude([...log, failed.text].join("\n"), planted)
      assert.notInclude(log.join("\n"), mallory.token)
    })
  )

  it.effect("does not take a browser's cookie on the word of another site, nor beside another credential", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { eve } = yield* Cast
      const cookie = `vinsight_session=${eve.token}`
      const pause = (headers: Record<string, string>) =>
        Effect.map(
          ask("POST", "/api/v1/monitors", { body: {}, headers: { cookie, ...headers } }),
          ({ status }) => status
        )
      assert.strictEqual(yield* pause({}), 422)
      assert.strictEqual(yield* pause({ "sec-fetch-site": "same-origin" }), 422)
      assert.strictEqual(yield* pause({ "sec-fetch-site": "cross-site" }), 401)
      assert.strictEqual(yield* pause({ "sec-fetch-site": "same-site" }), 401)
      assert.strictEqual(yield* pause({ authorization: "Bearer nobody" }), 401)
      const read = yield* ask("GET", "/api/v1/auth/me", { headers: { cookie, "sec-fetch-site": "cross-site" } })
      assert.strictEqual(read.status, 200)
    })
  )
})

const mode = (ask: TestServer["Service"]["ask"]) =>
  Effect.map(ask("GET", "/api/v1/auth/sign-up"), ({ body }) => body.data)

layer(TestServer.layerWith({ VINSIGHT_SIGNUP: "closed" }), { excludeTestServices: true })("closed sign-up", (it) => {
  it.effect("takes nobody", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      assert.deepStrictEqual(yield* mode(ask), { mode: "closed", isOpen: false })
      const answer = yield* ask("POST", "/api/v1/auth/register", { body: { email: "a@b.example", password } })
      assert.deepStrictEqual([answer.status, answer.body.error.code], [403, "FORBIDDEN"])
    })
  )
})

layer(TestServer.layerWith({ VINSIGHT_SIGNUP: "first" }), { excludeTestServices: true })(
  "sign-up of the first",
  (it) => {
    it.effect("takes one, makes it the operator, and closes, however many come at once", () =>
      Effect.gen(function* () {
        const { ask } = yield* TestServer
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`TRUNCATE users CASCADE`
        }).pipe(Effect.provide(TestDatabase.superuser))
        assert.deepStrictEqual(yield* mode(ask), { mode: "first", isOpen: true })
        const answers = yield* Effect.forEach(
          ["one", "two", "three"],
          (name) => ask("POST", "/api/v1/auth/register", { body: { email: `${name}@first.example`, password } }),
          { concurrency: "unbounded" }
        )
        assert.sameMembers(
          answers.map(({ status }) => status),
          [201, 403, 403]
        )
        const { body } = answers.find(({ status }) => status === 201)!
        assert.isTrue(body.data.user.isOperator)
        assert.deepStrictEqual(yield* mode(ask), { mode: "first", isOpen: false })
      })
    )
  }
)
