/** The mysql kind against MariaDB. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mariadb, type Mariadb } from "../testing/peers/mariadb.ts"
import { certificate } from "./testing/Certificates.ts"
import { checkMysql } from "./testing/TestDatabaseClients.ts"

const against = (server: Mariadb, changes: Readonly<Record<string, unknown>> = {}, timeoutMs?: number) =>
  checkMysql(
    { host: "127.0.0.1", ...server, encryption: "disable", ...changes },
    timeoutMs === undefined ? {} : { timeoutMs }
  )

describe("MariaDB", () => {
  it.live("answers queries, and says what is wrong with others", () =>
    Effect.gen(function* () {
      const server = yield* mariadb()
      const check = (changes: Readonly<Record<string, unknown>> = {}, timeoutMs?: number) =>
        against(server, changes, timeoutMs)
      const up = yield* check()
      assert.strictEqual(up.error, null)
      assert.strictEqual(up.status, "up")
      assert.include(up.detail?.traits["server version"], "MariaDB")

      const asserting = (query: string, source: string, operator: string, expected: unknown) =>
        Effect.map(
          check({ query, assertions: [{ source, operator, expected }] }),
          ({ error, status }) => error?.message ?? status
        )
      assert.strictEqual(yield* asserting("SELECT 1.50 UNION SELECT 2", "body", "equals", "1.50"), "up")
      assert.strictEqual(yield* asserting("SELECT 1 UNION SELECT 2", "rows", "equals", 2), "up")
      assert.strictEqual(yield* asserting("SELECT 1 WHERE FALSE", "rows", "equals", 0), "up")
      assert.include(yield* asserting("SELECT NULL", "body", "equals", "x"), "there is none")
      assert.strictEqual(yield* asserting("SELECT 'Zürich'", "body", "equals", "Zürich"), "up")
      assert.strictEqual(yield* asserting("SELECT seq FROM seq_1_to_100000", "rows", "equals", 1000), "up")

      const failing: ReadonlyArray<[changes: Readonly<Record<string, unknown>>, code: string]> = [
        [{ password: "wrong" }, "authentication_failed"],
        [{ password: "" }, "authentication_failed"],
        [{ user: "nobody" }, "authentication_failed"],
        [{ database: "missing" }, "database_missing"],
        [{ query: "SELECT nothing" }, "query_failed"],
        [{ query: "CREATE TABLE planted (id INT)" }, "query_failed"],
        [{ query: "DROP DATABASE shop" }, "query_failed"],
        [{ query: "SELECT 1; SELECT 2" }, "query_failed"],
        [{ query: "SELECT REPEAT('x', 8000000)" }, "too_much"],
        [{ encryption: "verify" }, "tls_not_offered"]
      ]
      for (const [changes, code] of failing) {
        const outcome = yield* check(changes)
        assert.strictEqual(outcome.error?.code, code, JSON.stringify(changes))
        assert.strictEqual(outcome.status, "down")
        assert.notInclude(JSON.stringify(outcome), server.password)
      }
      assert.strictEqual((yield* check({ user: "open", password: "", database: "" })).status, "up")

      const started = performance.now()
      const slow = yield* check({ query: "SELECT SLEEP(30)" }, 1_000)
      assert.include(slow.error?.code, "timeout_")
      assert.isBelow(performance.now() - started, 2_000)
    })
  )

  it.live("speaks TLS, and is judged as others are", () =>
    Effect.gen(function* () {
      const server = yield* mariadb({ tls: "valid" })
      const good = yield* against(server, { encryption: "verify" })
      assert.strictEqual(good.error, null)
      assert.match(good.detail!.tlsVersion!, /^TLSv1\.[23]$/)
      assert.isNotNull(good.certificate)
      const query = {
        query: "SHOW STATUS LIKE 'Ssl_cipher'",
        assertions: [{ source: "rows", operator: "equals", expected: 1 }]
      }
      assert.strictEqual((yield* against(server, { encryption: "require", ...query })).status, "up")
      const otherwise = yield* against(server, { encryption: "verify", serverName: "elsewhere.test" })
      assert.strictEqual(otherwise.error?.code, "tls_host")
      const strangers = yield* against(server, { encryption: "verify", ca: certificate("self-signed") })
      assert.strictEqual(strangers.error?.code, "tls_untrusted")
      assert.strictEqual(
        (yield* against(server, { encryption: "require", password: "wrong" })).error?.code,
        "authentication_failed"
      )
    })
  )

  it.live("that is gone is down", () =>
    Effect.gen(function* () {
      const server = yield* Effect.scoped(mariadb())
      const outcome = yield* against(server)
      assert.strictEqual(outcome.status, "down")
      assert.strictEqual(outcome.error?.code, "connection_refused")
    })
  )
})
