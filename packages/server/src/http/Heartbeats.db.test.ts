/** Jobs call in over real HTTP: what counts, what is kept, who is told, and that nothing is acknowledged too early. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Cast, type Person } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Effect, Fiber, Queue, Schedule } from "effect"
import { TestServer } from "../testing/TestServer.ts"

const monitors = "/api/v1/monitors"
const settings = { periodSeconds: 3600 }

const all = <A extends object>(query: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)

/** A monitor that jobs call: its id, and the path to call. */
const makeMonitor = Effect.fnUntraced(function* (as: Person) {
  const { ask } = yield* TestServer
  const made = yield* ask("POST", monitors, { as, body: { type: "heartbeat", settings } })
  assert.strictEqual(made.status, 201, made.text)
  const id: string = made.body.data.id
  const address = yield* ask("GET", `${monitors}/${id}/heartbeat`, { as })
  assert.strictEqual(address.status, 200, address.text)
  const { path, token } = address.body.data as { path: string; token: string }
  return { id, path, token }
})

const call = (path: string, init: RequestInit = {}) =>
  Effect.gen(function* () {
    const { url } = yield* TestServer
    return yield* Effect.promise(async () => {
      const response = await fetch(url + path, init)
      return { status: response.status, headers: response.headers, text: await response.text() }
    })
  })

const callsOf = Effect.fnUntraced(function* (id: string, as: Person, query = "") {
  const { ask } = yield* TestServer
  const answer = yield* ask("GET", `${monitors}/${id}/heartbeats${query}`, { as })
  assert.strictEqual(answer.status, 200, answer.text)
  return answer.body as {
    readonly data: ReadonlyArray<Record<string, unknown>>
    readonly meta: { readonly nextCursor: string | null }
  }
})

layer(TestServer.layer, { excludeTestServices: true })("a job", (it) => {
  it.effect("calls by GET, HEAD and POST, at four kinds of addresses", () =>
    Effect.gen(function* () {
      const { mallory } = yield* Cast
      const { id, path, token } = yield* makeMonitor(mallory)
      assert.match(token, /^[A-Za-z0-9_-]{32}$/)
      assert.strictEqual(path, `/api/v1/heartbeats/${token}`)
      for (const method of ["GET", "HEAD", "POST"]) {
        for (const end of ["", "/start", "/fail", "/0", "/7", "/255"]) {
          const answer = yield* call(path + end, { method, headers: { "user-agent": "curl/8" } })
          assert.strictEqual(answer.status, 200, answer.text)
          assert.strictEqual(answer.text, method === "HEAD" ? "" : '{"data":"OK","error":null,"meta":{}}')
        }
      }
      const { data } = yield* callsOf(id, mallory)
      assert.deepStrictEqual(
        data.map(({ exitCode, kind, method, number }) => [number, method, kind, exitCode]),
        ["POST", "HEAD", "GET"].flatMap((method, block) =>
          [
            ["fail", 255],
            ["fail", 7],
            ["success", 0],
            ["fail", null],
            ["start", null],
            ["success", null]
          ].map(([kind, exitCode], index) => [18 - block * 6 - index, method, kind, exitCode])
        )
      )
      assert.deepInclude(data[0], { userAgent: "curl/8", address: "127.0.0.1", body: null, isTruncated: false })
      // How long it took is told by what ends it, and by nothing after that.
      assert.isTrue(
        data.every(
          ({ durationMs, kind }, index) =>
            (durationMs !== null) === (data[index + 1]?.["kind"] === "start" && kind !== "start")
        )
      )
      for (const wrong of ["/256", "/0x10", "/1e2", "/-1", "/1.5", "/done", "/0/1"])
        assert.oneOf((yield* call(path + wrong)).status, [404, 422], wrong)
    })
  )

  it.effect("may send along whatever it likes", () =>
    Effect.gen(function* () {
      const { mallory } = yield* Cast
      const { id, path } = yield* makeMonitor(mallory)
      const bodies: ReadonlyArray<readonly [NonNullable<RequestInit["body"]>, string, string | null, boolean]> = [
        ["done", "text/plain", "done", false],
        ["a=1", "application/x-www-form-urlencoded", "a=1", false],
        ["{not json", "application/json", "{not json", false],
        [Uint8Array.from([0x61, 0x00, 0xff]), "application/octet-stream", "a\ufffd\ufffd", false],
        [`${"x".repeat(9_999)}€`, "text/plain", "x".repeat(9_999), true],
        ["x".repeat(1_000_000), "", "x".repeat(10_000), true],
        ["", "multipart/form-data", null, false]
      ]
      for (const [body, type, text, isTruncated] of bodies) {
        const answer = yield* call(path, { method: "POST", body, headers: type === "" ? {} : { "content-type": type } })
        assert.strictEqual(answer.status, 200, answer.text)
        const [newest] = (yield* callsOf(id, mallory, "?limit=1")).data
        assert.deepInclude(newest, { body: text, isTruncated }, type)
      }
      const large = yield* call(path, { method: "POST", body: "x".repeat(1_200_000) })
      assert.strictEqual(large.status, 413)
    })
  )

  it.effect("is heard from wherever it runs: cookies and origins of browsers do not matter", () =>
    Effect.gen(function* () {
      const { alice, things } = yield* Cast
      const answer = yield* call(`/api/v1/heartbeats/${things.heartbeatToken}`, {
        method: "POST",
        headers: {
          cookie: `vinsight_session=${alice.token}`,
          origin: "https://elsewhere.example",
          "sec-fetch-site": "cross-site"
        }
      })
      assert.strictEqual(answer.status, 200, answer.text)
    })
  )

  it.effect("has its newest hundred calls kept, to be read on by cursor", () =>
    Effect.gen(function* () {
      const { mallory } = yield* Cast
      const { id, path } = yield* makeMonitor(mallory)
      yield* Effect.forEach(Array.from({ length: 107 }), () => call(path), { concurrency: 8 })
      const seen: Array<unknown> = []
      let cursor: string | null = ""
      while (cursor !== null) {
        const page: Effect.Success<ReturnType<typeof callsOf>> = yield* callsOf(id, mallory, `?limit=30${cursor}`)
        seen.push(...page.data.map(({ number }) => number))
        cursor = page.meta.nextCursor === null ? null : `&cursor=${page.meta.nextCursor}`
      }
      assert.deepStrictEqual(
        seen,
        Array.from({ length: 100 }, (_, index) => 107 - index)
      )
      const { ask } = yield* TestServer
      const bad = yield* ask("GET", `${monitors}/${id}/heartbeats?cursor=MQ`, { as: mallory })
      assert.strictEqual(bad.status, 422)
    })
  )

  it.effect("that calls too often is told to wait, and nobody else is", () =>
    Effect.gen(function* () {
      const { mallory } = yield* Cast
      const [chatty, quiet] = [yield* makeMonitor(mallory), yield* makeMonitor(mallory)]
      const answers = yield* Effect.forEach(Array.from({ length: 140 }), () => call(chatty.path), { concurrency: 8 })
      const refused = answers.filter(({ status }) => status === 429)
      assert.isAbove(refused.length, 5)
      assert.strictEqual(refused[0]?.headers.get("retry-after"), "1")
      const strays = yield* Effect.forEach(Array.from({ length: 80 }), () =>
        call(`/api/v1/heartbeats/${"x".repeat(32)}`)
      )
      assert.isTrue(strays.slice(0, 60).every(({ status }) => status === 404))
      assert.isTrue(strays.some(({ status }) => status === 429))
      assert.strictEqual((yield* call(quiet.path)).status, 200)
    })
  )

  it.effect("of 2,000 calls over 20 tokens loses none that was acknowledged", () =>
    Effect.gen(function* () {
      const { olga } = yield* Cast
      const made = yield* Effect.replicateEffect(makeMonitor(olga), 20)
      const calls = Array.from({ length: 2000 }, (_, index) => made[index % made.length]!)
      const answers = yield* Effect.forEach(calls, ({ path }) => call(path), { concurrency: 64 })
      assert.isTrue(answers.every(({ status }) => status === 200))
      for (const { id } of made) {
        const [kept] = yield* all<{ calls: number; rows: number; first: number; last: number }>(
          (sql) => sql`
          SELECT s.calls::integer AS calls, count(*)::integer AS rows, min(number)::integer AS first, max(number)::integer AS last
          FROM heartbeat_state s JOIN heartbeats h ON h.monitor_id = s.monitor_id
          WHERE s.monitor_id = ${id} GROUP BY s.calls`
        )
        assert.deepStrictEqual(kept, { calls: 100, rows: 100, first: 1, last: 100 })
      }
    })
  )
})

layer(TestServer.layer, { excludeTestServices: true })("the address of a job", (it) => {
  it.effect("is for those who may change monitors; a new one ends the old one", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { alice, eve, victor } = yield* Cast
      const { id, path } = yield* makeMonitor(alice)
      const seenBy = (as: Person) =>
        Effect.map(ask("GET", `${monitors}/${id}/heartbeat`, { as }), ({ body }) => body.data)
      assert.deepStrictEqual(yield* seenBy(victor), { token: null, path: null })
      assert.strictEqual((yield* seenBy(eve)).path, path)
      const rotated = yield* ask("POST", `${monitors}/${id}/heartbeat/rotate`, { as: eve })
      assert.strictEqual(rotated.status, 200)
      assert.notStrictEqual(rotated.body.data.path, path)
      assert.strictEqual((yield* call(path)).status, 404)
      assert.strictEqual((yield* call(rotated.body.data.path)).status, 200)
      assert.notInclude(JSON.stringify((yield* ask("GET", monitors, { as: victor })).body), rotated.body.data.token)
    })
  )

  it.effect("lives as long as its monitor is one that jobs call", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const { id, path } = yield* makeMonitor(mallory)
      const change = (method: string, end: string, body?: object) =>
        ask(method, `${monitors}/${id}${end}`, { as: mallory, body })
      yield* change("POST", "/pause")
      assert.strictEqual((yield* call(path)).status, 200)
      yield* change("DELETE", "")
      assert.strictEqual((yield* call(path)).status, 404)
      yield* change("POST", "/restore")
      assert.strictEqual((yield* call(path)).status, 200)
      assert.lengthOf((yield* callsOf(id, mallory)).data, 2)
      yield* change("PUT", "", { type: "http", settings: { url: "https://blog.example/" } })
      assert.strictEqual((yield* call(path)).status, 404)
      assert.strictEqual((yield* change("GET", "/heartbeats")).status, 404)
      assert.strictEqual((yield* change("POST", "/heartbeat/rotate")).status, 404)
      yield* change("PUT", "", { type: "heartbeat", settings })
      assert.strictEqual((yield* call(path)).status, 404)
      const again = yield* change("GET", "/heartbeat")
      assert.strictEqual((yield* call(again.body.data.path)).status, 200)
    })
  )

  it.effect("is not resumed into a delay: what was missed while paused is not missed", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const { id } = yield* makeMonitor(mallory)
      const since = Effect.map(
        all<{ since: number }>(
          (sql) => sql`
          SELECT to_millis(expected_since)::float8 AS since FROM heartbeat_state WHERE monitor_id = ${id}`
        ),
        ([row]) => row!.since
      )
      const made = yield* since
      yield* ask("POST", `${monitors}/${id}/resume`, { as: mallory })
      assert.strictEqual(yield* since, made)
      yield* ask("POST", `${monitors}/${id}/pause`, { as: mallory })
      yield* ask("POST", `${monitors}/${id}/resume`, { as: mallory })
      assert.isAbove(yield* since, made)
    })
  )

  it.effect("has settings that can be met, or none", () =>
    Effect.gen(function* () {
      const { ask } = yield* TestServer
      const { mallory } = yield* Cast
      const refused = (settings: object) =>
        Effect.map(
          ask("POST", monitors, { as: mallory, body: { type: "heartbeat", settings } }),
          ({ body, status }) => {
            assert.strictEqual(status, 422)
            return (body.error.details.issues as ReadonlyArray<{ path: string }>).map(({ path }) => path)
          }
        )
      assert.deepStrictEqual(yield* refused({ cron: "0 0 31 2 *" }), ["settings.cron"])
      assert.deepStrictEqual(yield* refused({ cron: "0 0 * * *", periodSeconds: 60 }), ["settings.cron"])
      assert.deepStrictEqual(yield* refused({}), ["settings.periodSeconds"])
      assert.deepStrictEqual(yield* refused({ cron: "0 0 * * *", timeZone: "Mars/Base" }), ["settings.timeZone"])
    })
  )
})

layer(TestServer.layer, { excludeTestServices: true })("a call", (it) => {
  it.effect("is told to the worker when it is committed", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const told = yield* sql.listen("job_called")
      const { mallory } = yield* Cast
      const { id, path } = yield* makeMonitor(mallory)
      yield* call(`${path}/fail`)
      const { payload } = yield* Queue.take(told)
      assert.strictEqual(payload, `${bucketOf(id)} ${id} fail`)
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.superuser))
  )

  /** Keeps the state's row locked, so that calls wait in the middle of their transaction. */
  const held = <A, E, R>(monitorId: string, use: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      return yield* sql.withTransaction(
        Effect.andThen(sql`SELECT 1 FROM heartbeat_state WHERE monitor_id = ${monitorId} FOR UPDATE`, use)
      )
    }).pipe(Effect.provide(TestDatabase.superuser))

  /** The connections that wait for it; a transaction remembers what it saw of others unless told not to. */
  const waiters = Effect.andThen(
    all((sql) => sql`SELECT pg_stat_clear_snapshot()`),
    all<{ pid: number }>(
      (sql) => sql`
      SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%UPDATE heartbeat_state%'`
    )
  )
  const until = (isSo: (count: number) => boolean) =>
    waiters.pipe(
      Effect.repeat({ until: (rows) => isSo(rows.length), schedule: Schedule.spaced("20 millis") }),
      Effect.andThen(waiters),
      Effect.timeout("5 seconds")
    )

  it.effect("is not acknowledged before the commit, and not when its connection dies before that", () =>
    Effect.gen(function* () {
      const { mallory } = yield* Cast
      const { id, path } = yield* makeMonitor(mallory)
      const [early, answer] = yield* held(
        id,
        Effect.gen(function* () {
          const calling = yield* Effect.forkChild(call(path))
          const [waiter] = yield* until((count) => count > 0)
          const early = calling.pollUnsafe()
          yield* all((sql) => sql`SELECT pg_terminate_backend(${waiter!.pid})`)
          return [early, yield* Fiber.join(calling)] as const
        })
      )
      assert.isUndefined(early)
      assert.strictEqual(answer.status, 503, answer.text)
      assert.strictEqual(answer.headers.get("retry-after"), "2")
      assert.lengthOf((yield* callsOf(id, mallory)).data, 0)
      assert.strictEqual((yield* call(path)).status, 200)
      assert.lengthOf((yield* callsOf(id, mallory)).data, 1)
    })
  )

  it.effect("whose client has gone before the commit is not there", () =>
    Effect.gen(function* () {
      const { mallory } = yield* Cast
      const { url } = yield* TestServer
      const { id, path } = yield* makeMonitor(mallory)
      yield* held(
        id,
        Effect.gen(function* () {
          const controller = new AbortController()
          const gone = fetch(url + path, { signal: controller.signal }).then(
            () => "answered",
            () => "gone"
          )
          yield* until((count) => count > 0)
          controller.abort()
          assert.strictEqual(yield* Effect.promise(() => gone), "gone")
          // Its transaction ends without a commit while the row is still locked.
          yield* until((count) => count === 0)
        })
      )
      assert.lengthOf((yield* callsOf(id, mallory)).data, 0)
    })
  )

  it.effect("that the database refuses at the commit is refused", () =>
    Effect.gen(function* () {
      const { mallory } = yield* Cast
      const { id, path } = yield* makeMonitor(mallory)
      yield* all(
        (sql) => sql`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'at the commit'; END $$`
      )
      yield* all(
        (sql) => sql`
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON heartbeats DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()`
      )
      const answer = yield* call(path)
      yield* all((sql) => sql`DROP TRIGGER late ON heartbeats`)
      assert.strictEqual(answer.status, 500, answer.text)
      assert.notInclude(answer.text, "at the commit")
      assert.lengthOf((yield* callsOf(id, mallory)).data, 0)
    })
  )
})

layer(TestServer.layer, { excludeTestServices: true })("that calls can be received", (it) => {
  const spans = all<{ ms: number; ageMs: number }>(
    (sql) => sql`
    SELECT (to_millis(until) - to_millis(since))::float8 AS ms, (to_millis(clock_timestamp()) - to_millis(until))::float8 AS "ageMs"
    FROM heartbeat_reception ORDER BY since DESC`
  )

  it.effect("is noted all the time, and a pause of ours shows as one", () =>
    Effect.gen(function* () {
      yield* spans.pipe(
        Effect.repeat({ until: ([row]) => row !== undefined && row.ms > 0, schedule: Schedule.spaced("100 millis") }),
        Effect.timeout("8 seconds")
      )
      const grown = yield* spans
      assert.lengthOf(grown, 1)
      assert.isBelow(grown[0]!.ageMs, 4_000)
      yield* all(
        (sql) => sql`
        UPDATE heartbeat_reception SET since = since - interval '1 hour', until = until - interval '1 minute'`
      )
      const after = yield* spans.pipe(
        Effect.repeat({ until: (rows) => rows.length > 1, schedule: Schedule.spaced("100 millis") }),
        Effect.timeout("8 seconds")
      )
      assert.lengthOf(after, 2)
      assert.isBelow(after[0]!.ageMs, 4_000)
    })
  )
})
