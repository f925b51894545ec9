/** What a monitor keeps secret goes to its target and nowhere else, although the target repeats all of it. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { sealPayload } from "@v-insight/database/repo/WorkRequestRepo"
import { SecretBox, type Secrets } from "@v-insight/database/SecretBox"
import { serve } from "@v-insight/database/testing/servers"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import type { IncidentEvidence } from "@v-insight/domain/model/Incident"
import { monitorTypeNames, secretsOf } from "@v-insight/domain/monitor-types/registry"
import { Effect, Layer, Stream } from "effect"
import { eventuallyWithin } from "./testing/eventually.ts"
import { freePort } from "./testing/freePort.ts"
import { startEcho } from "./testing/Echo.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant, newId } from "./testing/Seed.ts"
import { startWorker } from "./testing/WorkerProcess.ts"

const planted = "planted-7Kq2xW9"

/** Each kind takes what it knows of these. */
const settingsAt = (port: number) => ({
  url: `http://127.0.0.1:${port}/`,
  host: "127.0.0.1",
  port,
  auth: "basic",
  user: "watcher",
  username: "watcher",
  security: "none",
  encryption: "disable",
  allowPlainLogin: true,
  steps: [{ name: "Log in", url: `http://127.0.0.1:${port}/`, method: "POST", body: "p={{password}}" }]
})
const secrets: Readonly<Record<string, unknown>> = {
  password: `${planted}-password`,
  token: `${planted}-token`,
  variables: { password: `${planted}-variable` }
}
const secretsFor = (type: string): Secrets =>
  Object.fromEntries(
    secretsOf(type)
      .filter((name) => name in secrets)
      .map((name) => [name, secrets[name]])
  )

const query = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

/** Asks again until it is so, for at most 30 s. */
const eventually = eventuallyWithin("30 seconds")

/** A monitor that is checked at once, with sealed secrets. */
const insertSecretMonitor = Effect.fnUntraced(function* (tenantId: string, type: string, settings: Secrets) {
  const monitor = yield* insertMonitor({ tenantId, kind: { type, settings } })
  const box = yield* SecretBox
  const sealed = yield* box.seal(secretsFor(type), { tenantId, rowId: monitor.id })
  yield* query((sql) => sql`UPDATE monitors SET secrets = ${sealed}::bytea WHERE id = ${monitor.id}`)
  return monitor.id
})

const insertTry = Effect.fnUntraced(function* (tenantId: string, type: string, settings: Secrets) {
  const id = newId()
  const box = yield* SecretBox
  const spec: Secrets = { type, settings: { ...settings, ...secretsFor(type) }, timeoutSeconds: 3 }
  const payload = yield* sealPayload(box, spec, { tenantId, rowId: id })
  yield* query(
    (sql) => sql`
      INSERT INTO work_requests (tenant_id, id, kind, payload, expires_at)
      VALUES (${tenantId}, ${id}, 'try', ${payload}::jsonb, now() + interval '1 minute')`
  )
})

/** Every row of every table as text. */
const everything = Effect.gen(function* () {
  const tables = yield* query<{ name: string }>(
    (sql) => sql`
      SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema IN ('public', 'worker') AND table_type = 'BASE TABLE'`
  )
  const texts = yield* Effect.forEach(tables, ({ name }) =>
    query<{ text: string }>(
      (sql) => sql`SELECT coalesce(string_agg(t::text, E'\n'), '') AS text FROM ${sql.literal(name)} t`
    )
  )
  return texts.map(([row]) => row!.text).join("\n")
})

const holdsSecret = (text: string): boolean =>
  [planted, Buffer.from(planted).toString("hex"), Buffer.from(planted).toString("base64").slice(0, 18)].some(
    (spelling) => text.includes(spelling)
  )

layer(Layer.merge(TestDatabase.worker, TestBox).pipe(Layer.provideMerge(TestDatabase.layer)), {
  excludeTestServices: true
})("secrets in the worker", (it) => {
  it.effect(
    "are in no table, message, metric or line of the log, whatever the target makes of them",
    () =>
      Effect.gen(function* () {
        const types = monitorTypeNames.filter((type) => Object.keys(secretsFor(type)).length > 0)
        const echo = yield* startEcho
        const settings = settingsAt(echo.port)
        const hooked: Array<string> = []
        const hook = yield* serve(({ body }) => {
          hooked.push(body)
          return { status: 500, body: body.slice(0, 100) }
        })
        const tenantId = yield* insertTenant
        yield* insertRule(tenantId, hook.url)
        const monitors = yield* Effect.forEach(types, (type) => insertSecretMonitor(tenantId, type, settings))
        yield* Effect.forEach(types, (type) => insertTry(tenantId, type, settings))
        // One that cannot be opened is not looked at, and harms no other.
        const [spoilt] = monitors
        yield* query((sql) => sql`UPDATE monitors SET secrets = '\\x01ff' WHERE id = ${spoilt!}`)
        const again = yield* insertSecretMonitor(tenantId, types[0]!, settings)

        const messages: Array<string> = []
        const pg = yield* PgClient.PgClient
        for (const channel of ["live", "work_answered", "work_progress", "monitor_changed", "notifications_pending"]) {
          const queue = yield* pg.listen(channel)
          yield* Stream.fromQueue(queue).pipe(
            Stream.runForEach(({ payload }) => Effect.sync(() => messages.push(payload))),
            Effect.forkScoped
          )
        }
        const worker = yield* startWorker(yield* freePort("127.0.0.1"))
        const done = query<{ checked: number; answered: number; opened: number }>(
          (sql) => sql`
            SELECT (SELECT count(DISTINCT monitor_id)::integer FROM check_results WHERE tenant_id = ${tenantId}) AS checked,
              (SELECT count(*)::integer FROM work_requests WHERE answered_at IS NOT NULL) AS answered,
              (SELECT count(*)::integer FROM incidents WHERE tenant_id = ${tenantId}) AS opened`
        )
        yield* eventually(
          Effect.map(done, ([row]) =>
            row!.checked === monitors.length + 1 && row!.answered === types.length && hooked.length > 0
              ? row
              : undefined
          )
        )
        const [unreadable] = yield* query<{ status: string; code: string }>(
          (sql) => sql`SELECT status, error_code AS code FROM check_results WHERE monitor_id = ${spoilt!}`
        )
        assert.deepStrictEqual(unreadable, { status: "unknown", code: "invalid_settings" })

        // The target was told, and what it repeated was kept, without the secrets.
        assert.isTrue(echo.heard.some(holdsSecret))
        const [incident] = yield* query<{ evidence: IncidentEvidence }>(
          (sql) => sql`SELECT evidence FROM incidents WHERE monitor_id = ${again}`
        )
        assert.include(incident?.evidence.firstBad.detail?.response?.body ?? "", "[secret]")
        const answers = yield* query<{ body: string | null }>(
          (sql) => sql`SELECT answer -> 'data' -> 'detail' -> 'response' ->> 'body' AS body FROM work_requests`
        )
        assert.isTrue(answers.some(({ body }) => body?.includes("[secret]")))

        const metrics = yield* Effect.promise(async () =>
          (await fetch(`http://127.0.0.1:${worker.port}/metrics`)).text()
        )
        for (const [where, text] of Object.entries({
          tables: yield* everything,
          messages: messages.join("\n"),
          metrics,
          log: worker.log.join("\n"),
          hook: hooked.join("\n")
        })) {
          assert.isNotEmpty(text, where)
          assert.isFalse(holdsSecret(text), where)
        }
        assert.strictEqual(yield* worker.end("SIGTERM"), 0)
        assert.isFalse(holdsSecret(worker.log.join("\n")))
      }).pipe(Effect.scoped),
    90_000
  )

  it.effect(
    "an incident tells what changed between the last good and the first bad answer",
    () =>
      Effect.gen(function* () {
        let version = "1"
        const target = yield* serve(() => ({
          status: version === "1" ? 200 : 503,
          headers: { server: `shop/${version}`, "content-type": "text/plain" },
          body: `version ${version}`
        }))
        const tenantId = yield* insertTenant
        const { bucket, id } = yield* insertMonitor({ tenantId, url: target.url, intervalSeconds: 1 })
        const worker = yield* startWorker(yield* freePort("127.0.0.1"))
        const lastGood = query<{ traits: object | null }>(
          (sql) => sql`SELECT last_good -> 'traits' AS traits FROM monitor_state WHERE monitor_id = ${id}`
        )
        yield* eventually(Effect.map(lastGood, ([row]) => row?.traits ?? undefined))
        version = "2"
        const incidents = query<{ evidence: IncidentEvidence }>(
          (sql) => sql`SELECT evidence FROM incidents WHERE monitor_id = ${id}`
        )
        const { firstBad, lastGood: before } = yield* eventually(Effect.map(incidents, ([row]) => row?.evidence))
        const names = Object.keys({ ...firstBad.traits, ...before?.traits })
        const changed = names.filter((name) => firstBad.traits[name] !== before?.traits[name])
        assert.include(changed, "server")
        assert.notInclude(changed, "content-type")
        assert.deepStrictEqual([before?.traits["server"], firstBad.traits["server"]], ["shop/1", "shop/2"])
        assert.strictEqual(firstBad.detail?.response?.body, "version 2")
        assert.isBelow(Date.parse(before!.at), Date.parse(firstBad.at))

        // Whoever asks for a check is shown the answer, although no incident opens with it.
        const request = newId()
        yield* query(
          (sql) => sql`
            WITH asked AS (
              INSERT INTO work_requests (tenant_id, id, kind, monitor_id, expires_at)
              VALUES (${tenantId}, ${request}, 'run', ${id}, now() + interval '1 minute')
            )
            SELECT pg_notify('work_requested', ${`run ${tenantId} ${request} ${bucket}`})`
        )
        const answered = query<{ body: string }>(
          (sql) => sql`
            SELECT answer -> 'data' -> 'detail' -> 'response' ->> 'body' AS body FROM work_requests
            WHERE id = ${request} AND answered_at IS NOT NULL`
        )
        assert.strictEqual(yield* eventually(Effect.map(answered, ([row]) => row?.body)), "version 2")
        const kept = yield* query<{ kept: number }>(
          (sql) => sql`
            SELECT count(*)::integer AS kept FROM check_results
            WHERE monitor_id = ${id} AND detail -> 'response' <> 'null'::jsonb`
        )
        assert.deepStrictEqual(kept, [{ kept: 0 }])
        assert.strictEqual(yield* worker.end("SIGTERM"), 0)
      }).pipe(Effect.scoped),
    60_000
  )
})
