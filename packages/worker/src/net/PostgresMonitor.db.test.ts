/** The postgres kind against a real PostgreSQL: the one that all tests share. */
import { assert, describe, it } from "@effect/vitest"
import { testServer } from "@v-insight/database/testing/TestDatabase"
import { Effect, Schedule } from "effect"
import { certificate, type CertificateName } from "./testing/Certificates.ts"
import { tcpServer } from "./testing/LocalServer.ts"
import { postgresTlsProxy } from "./testing/PostgresTlsProxy.ts"
import { checkPostgres } from "./testing/TestDatabaseClients.ts"

const server = () => {
  const url = testServer()
  return {
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    encryption: "disable"
  }
}

const check = (changes: Readonly<Record<string, unknown>> = {}, timeoutMs = 5_000) =>
  checkPostgres({ ...server(), ...changes }, { timeoutMs })

describe("a query", () => {
  it.live("that answers is up", () =>
    Effect.gen(function* () {
      const outcome = yield* check()
      assert.strictEqual(outcome.error, null)
      assert.strictEqual(outcome.status, "up")
      assert.match(outcome.detail!.traits["server version"]!, /^\d+/)
      assert.strictEqual(outcome.address, server().host)
      const { connectUs, firstByteUs, totalUs, transferUs } = outcome.timings
      assert.strictEqual(connectUs! + firstByteUs! + transferUs!, totalUs)
    })
  )

  it.live("is judged by its first value and its rows", () =>
    Effect.gen(function* () {
      const asserting = (query: string, source: string, operator: string, expected: unknown) =>
        Effect.map(
          check({ query, assertions: [{ source, operator, expected }] }),
          ({ error, status }) => error?.message ?? status
        )
      const three = "SELECT n * 1.5, 'x' FROM generate_series(1, 3) n"
      assert.strictEqual(yield* asserting(three, "body", "equals", "1.5"), "up")
      assert.strictEqual(yield* asserting(three, "rows", "equals", 3), "up")
      assert.strictEqual(
        yield* asserting(three, "rows", "less_than", 3),
        "Expected that number of rows is less than 3, but it is 3."
      )
      assert.strictEqual(yield* asserting("SELECT 1 WHERE false", "rows", "equals", 0), "up")
      assert.include(yield* asserting("SELECT NULL", "body", "equals", "x"), "there is none")
      assert.strictEqual(yield* asserting("SELECT true, now()", "body", "equals", "t"), "up")
      assert.strictEqual(yield* asserting("SELECT 'Zürich'", "body", "equals", "Zürich"), "up")
    })
  )

  it.live("is one statement that cannot write", () =>
    Effect.gen(function* () {
      for (const [query, words] of [
        ["CREATE TABLE planted (id int)", "read-only transaction"],
        ["SELECT 1; SELECT 2", "multiple commands"],
        ["COMMIT; CREATE TABLE planted (id int)", "multiple commands"],
        ["SELECT nothing", "does not exist"],
        ["SELECT $1::int", "bind message supplies 0 parameters"]
      ] as const) {
        const { error, status } = yield* check({ query })
        assert.strictEqual(status, "down")
        assert.strictEqual(error?.code, "query_failed")
        assert.include(error?.message, words)
      }
    })
  )

  it.live("is read as far as its rows are counted", () =>
    Effect.gen(function* () {
      const query = "SELECT n FROM generate_series(1, 2000000) n"
      const outcome = yield* check({ query, assertions: [{ source: "rows", operator: "equals", expected: 1000 }] })
      assert.strictEqual(outcome.status, "up")
    })
  )

  it.live("is not read beyond 4 MiB", () =>
    Effect.gen(function* () {
      const outcome = yield* check({ query: "SELECT repeat('x', 50000000)" })
      assert.strictEqual(outcome.error?.code, "too_much")
    })
  )

  it.live("is stopped when the time is over, on the server too", () =>
    Effect.gen(function* () {
      const name = `sleep ${Math.round(performance.now())}`
      const started = performance.now()
      const outcome = yield* check({ query: `SELECT pg_sleep(30), '${name}'` }, 1_000)
      assert.isBelow(performance.now() - started, 2_000)
      assert.include(outcome.error?.code, "timeout_")
      const running = `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%${name.replace("sleep", "sl%p")}%' AND pid <> pg_backend_pid()`
      const gone = yield* check({ query: running }).pipe(
        Effect.map(({ detail }) => detail?.response?.body ?? "0"),
        Effect.repeat({ until: (count) => count === "0", schedule: Schedule.spaced("50 millis"), times: 100 })
      )
      assert.strictEqual(gone, "0")
    })
  )
})

describe("signing in", () => {
  it.live("says who was refused and what is missing", () =>
    Effect.gen(function* () {
      const wrong = yield* check({ password: "wrong" })
      assert.strictEqual(wrong.error?.code, "authentication_failed")
      assert.strictEqual(wrong.status, "down")
      const empty = yield* check({ password: "" })
      assert.strictEqual(empty.error?.code, "authentication_failed")
      const nobody = yield* check({ user: "nobody_here" })
      assert.strictEqual(nobody.error?.code, "authentication_failed")
      const missing = yield* check({ database: "no_such_database" })
      assert.strictEqual(missing.error?.code, "database_missing")
      assert.include(missing.error?.message, "no_such_database")
      for (const outcome of [wrong, empty]) assert.notInclude(JSON.stringify(outcome), server().password)
    })
  )

  it.live("takes nothing from the worker's own surroundings", () =>
    Effect.gen(function* () {
      const own = {
        PGUSER: "x",
        PGPASSWORD: server().password,
        PGDATABASE: "x",
        PGHOST: "x",
        PGPORT: "1",
        PGOPTIONS: "-c x=y",
        PGSSLMODE: "require",
        PGREPLICATION: "true",
        PGSSLNEGOTIATION: "nonsense",
        PGAPPNAME: "x",
        PGCLIENTENCODING: "LATIN1"
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => Object.assign(process.env, own)),
        () =>
          Effect.sync(() => {
            for (const name of Object.keys(own)) delete process.env[name]
          })
      )
      assert.strictEqual((yield* check({ password: "" })).error?.code, "authentication_failed")
      const query = "SELECT current_setting('application_name') || current_setting('client_encoding') || current_user"
      const expected = `V-InsightUTF8${server().user}`
      const outcome = yield* check({ query, assertions: [{ source: "body", operator: "equals", expected }] })
      assert.strictEqual(outcome.error, null)
    })
  )

  it.live("insists on TLS unless told otherwise", () =>
    Effect.gen(function* () {
      const outcome = yield* check({ encryption: "verify" })
      assert.strictEqual(outcome.error?.code, "tls_not_offered")
    })
  )
})

describe("TLS", () => {
  const through = Effect.fnUntraced(function* (
    name: CertificateName,
    changes: Readonly<Record<string, unknown>>,
    after?: string
  ) {
    const { port } = yield* postgresTlsProxy(name, server().port, after)
    return yield* check({ host: "localhost", port, ...changes })
  })

  it.live("is judged before anything is said", () =>
    Effect.gen(function* () {
      const good = yield* through("valid", { encryption: "verify" })
      assert.strictEqual(good.error, null)
      assert.isNotNull(good.certificate)
      assert.strictEqual(good.detail?.tlsVersion, "TLSv1.3")
      assert.isAbove(good.timings.tlsUs!, 0)
      for (const [name, code] of [
        ["expired", "tls_expired"],
        ["wrong-host", "tls_host"],
        ["self-signed", "tls_untrusted"]
      ] as const) {
        const bad = yield* through(name, { encryption: "verify" })
        assert.strictEqual(bad.error?.code, code)
        assert.isNotNull(bad.certificate)
        assert.strictEqual((yield* through(name, { encryption: "require" })).status, "up")
      }
      const own = { encryption: "verify", ca: certificate("self-signed") }
      assert.strictEqual((yield* through("self-signed", own)).status, "up")
      assert.strictEqual((yield* through("valid", own)).error?.code, "tls_untrusted")
    })
  )

  it.live("does not take words from before the handshake for the server's", () =>
    Effect.gen(function* () {
      const outcome = yield* through("valid", { encryption: "require" }, "R\0\0\0\b\0\0\0\0")
      assert.strictEqual(outcome.error?.code, "protocol")
    })
  )
})

it.live("an inside address is not dialled", () =>
  Effect.gen(function* () {
    const canary = yield* tcpServer((socket) => socket.end())
    for (const host of ["127.0.0.1", "127.1", "::ffff:127.0.0.1", "localhost"]) {
      const { address, error, timings } = yield* checkPostgres(
        { ...server(), host, port: canary.port },
        { allowed: [] }
      )
      assert.strictEqual(error?.code, "blocked")
      assert.strictEqual(address, null)
      assert.strictEqual(timings.totalUs, 0)
    }
    assert.strictEqual(canary.hits(), 0)
    yield* check({ port: canary.port })
    assert.strictEqual(canary.hits(), 1)
  })
)
