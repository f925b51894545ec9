import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { slotAt, timingOf } from "@v-insight/domain/rules/slots"
import { Effect } from "effect"
import { eventuallyWithin } from "./testing/eventually.ts"
import { freePort } from "./testing/freePort.ts"
import { certificate } from "./net/testing/Certificates.ts"
import { httpsServer } from "./net/testing/LocalServer.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant } from "./testing/Seed.ts"
import { startWorker, type WorkerProcess } from "./testing/WorkerProcess.ts"

const all = <A extends object>(query: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(asSuperuser, Effect.orDie)

/** Asks again until it is so, for at most 20 s. */
const eventually = eventuallyWithin("20 seconds")

const slotsOf = (monitorId: string) =>
  all<{ slot: number }>(
    (sql) => sql`
    SELECT to_millis(slot)::float8 AS slot FROM check_results WHERE monitor_id = ${monitorId} ORDER BY slot`
  ).pipe(Effect.map((rows) => rows.map(({ slot }) => slot)))

/** What its port answers: `GET /path`. */
const statusOf = ({ port }: WorkerProcess, asked: string) => {
  const [method, path] = asked.split(" ")
  return Effect.promise(() =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: method! }).then(({ status }) => status)
  )
}

layer(TestDatabase.layer, { excludeTestServices: true })("the worker", (it) => {
  it.effect(
    "defect 1: starts, says that it is ready, and checks",
    () =>
      Effect.gen(function* () {
        const target = yield* serve(() => ({ status: 200 }))
        const monitor = yield* insertMonitor({ tenantId: yield* insertTenant, url: target.url, intervalSeconds: 1 })
        const worker = yield* startWorker(yield* freePort("127.0.0.1"))
        assert.strictEqual(yield* statusOf(worker, "GET /health/ready"), 200)
        yield* eventually(Effect.map(slotsOf(monitor.id), (slots) => slots.length >= 2 || undefined))
        // Whoever reaches its port may ask how it is, and can make it do nothing.
        for (const inside of ["GET /", "GET /internal", "POST /api/internal/events", "GET /api/v1/monitors"])
          assert.strictEqual(yield* statusOf(worker, inside), 404, inside)
      }),
    60_000
  )

  it.effect(
    "defect 4: tells of an outage and of its end, each once",
    () =>
      Effect.gen(function* () {
        let status = 200
        const told: Array<string> = []
        const target = yield* serve(() => ({ status }))
        const hook = yield* serve(({ body }) => {
          told.push(JSON.parse(body).type)
          return { status: 204 }
        })
        const tenantId = yield* insertTenant
        yield* insertRule(tenantId, hook.url)
        const monitor = yield* insertMonitor({ tenantId, url: target.url, intervalSeconds: 1, confirmations: 1 })
        yield* startWorker(yield* freePort("127.0.0.1"))
        yield* eventually(Effect.map(slotsOf(monitor.id), (slots) => slots.length || undefined))
        status = 503
        yield* eventually(Effect.sync(() => told.includes("incident.opened") || undefined))
        status = 200
        yield* eventually(Effect.sync(() => told.includes("incident.resolved") || undefined))
        assert.deepStrictEqual(told, ["incident.opened", "incident.resolved"])
      }),
    60_000
  )

  it.effect(
    "defect 13: tells of a certificate that has expired, whichever kind of monitor meets it",
    () =>
      Effect.gen(function* () {
        const told: Array<string> = []
        const hook = yield* serve(({ body }) => {
          told.push(body)
          return { status: 204 }
        })
        const expired = yield* httpsServer("expired", (_, response) => response.end())
        const tenantId = yield* insertTenant
        yield* insertRule(tenantId, hook.url)
        const settings = { host: "127.0.0.1", port: expired.port, ca: certificate("authority") }
        for (const kind of [
          { type: "tls", settings },
          { type: "tcp", settings: { ...settings, security: "tls" } },
          { type: "http", settings: { url: `https://127.0.0.1:${expired.port}/`, ca: settings.ca } }
        ]) {
          yield* insertMonitor({ tenantId, kind, intervalSeconds: 1 })
        }
        yield* startWorker(yield* freePort("127.0.0.1"))
        yield* eventually(Effect.sync(() => told.length >= 3 || undefined))
        for (const body of told) {
          assert.include(body, "incident.opened")
          assert.include(body, "The certificate has expired.")
        }
      }),
    60_000
  )

  it.effect(
    "defect 3: what fails less often in a row than the monitor allows opens no incident and tells nobody",
    () =>
      Effect.gen(function* () {
        let asked = 0
        const told: Array<string> = []
        // Two tries of three fail; the third one in a row would be one too many.
        const target = yield* serve(() => ({ status: ++asked % 3 === 0 ? 200 : 503 }))
        const hook = yield* serve(({ body }) => {
          told.push(body)
          return { status: 204 }
        })
        const tenantId = yield* insertTenant
        yield* insertRule(tenantId, hook.url)
        const { id } = yield* insertMonitor({ tenantId, url: target.url, intervalSeconds: 1, confirmations: 2 })
        yield* startWorker(yield* freePort("127.0.0.1"))
        yield* eventually(Effect.map(slotsOf(id), (slots) => slots.length >= 1 || undefined))
        assert.isAtLeast(asked, 3)
        assert.deepStrictEqual(yield* all((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${id}`), [])
        assert.deepStrictEqual(told, [])
      }),
    60_000
  )

  it.effect(
    "defect 5: a monitor with a long interval is evaluated: what is due fails, is confirmed and told at once",
    () =>
      Effect.gen(function* () {
        const hourMs = 3_600_000
        const told: Array<string> = []
        const target = yield* serve(() => ({ status: 503 }))
        const hook = yield* serve(({ body }) => {
          told.push(JSON.parse(body).data.monitor.id)
          return { status: 204 }
        })
        const tenantId = yield* insertTenant
        yield* insertRule(tenantId, hook.url)
        const monitors = yield* Effect.forEach([1, 6, 24], (hours) =>
          Effect.map(
            insertMonitor({ tenantId, url: target.url, intervalSeconds: hours * 3600, confirmations: 2 }),
            ({ id }) => ({ id, due: slotAt(timingOf(id, hours * hourMs), Date.now()), intervalMs: hours * hourMs })
          )
        )
        // All was well when each was last looked at, one interval ago.
        for (const { due, id, intervalMs } of monitors) {
          const last = due - intervalMs
          yield* all(
            (sql) => sql`
              UPDATE monitor_state SET status = 'up', since_ms = ${last}, last_slot_ms = ${last}, checked_at = from_millis(${last}::bigint)
              WHERE monitor_id = ${id}`
          )
        }
        yield* startWorker(yield* freePort("127.0.0.1"))
        yield* eventually(Effect.sync(() => told.length >= monitors.length || undefined))
        assert.sameMembers(
          told,
          monitors.map(({ id }) => id)
        )
        for (const { due, id } of monitors) {
          const [slot] = yield* slotsOf(id)
          assert.isAtLeast(slot!, due)
        }
      }),
    60_000
  )

  it.effect(
    "killed in mid-run and started again: no slot twice, at most one missing beside those of the time without a worker",
    () =>
      Effect.gen(function* () {
        const intervalSeconds = 5
        const intervalMs = intervalSeconds * 1000
        // What was checked so shortly before the end may not have been written.
        const unwrittenMs = 1_500
        const target = yield* serve(() => ({ status: 200 }))
        const tenantId = yield* insertTenant
        const monitors = yield* Effect.replicateEffect(
          insertMonitor({ tenantId, url: target.url, intervalSeconds }),
          40
        )
        const runnerPort = yield* freePort("127.0.0.1")
        const first = yield* startWorker(runnerPort)
        yield* eventually(
          Effect.map(
            Effect.forEach(monitors, ({ id }) => slotsOf(id)),
            (all) => all.every((slots) => slots.length > 0) || undefined
          )
        )
        yield* Effect.sleep("3 seconds")
        const goneAt = Date.now()
        assert.strictEqual(yield* first.end("SIGKILL"), "SIGKILL")
        yield* startWorker(runnerPort)
        // On a machine with much to do, starting a process takes longer than an interval.
        const backAt = Date.now()
        const isAttended = (slot: number): boolean => slot < goneAt - unwrittenMs || slot > backAt
        const before = yield* Effect.forEach(monitors, ({ id }) => slotsOf(id))
        yield* eventually(
          Effect.map(
            Effect.forEach(monitors, ({ id }) => slotsOf(id)),
            (all) => all.every((slots, index) => slots.length >= before[index]!.length + 2) || undefined
          )
        )
        for (const { id } of monitors) {
          const slots = yield* slotsOf(id)
          assert.strictEqual(new Set(slots).size, slots.length, "a slot was written twice")
          for (const [index, slot] of slots.slice(1).entries()) {
            const missing: Array<number> = []
            for (let due = slots[index]! + intervalMs; due < slot; due += intervalMs) missing.push(due)
            assert.isAtMost(missing.filter(isAttended).length, 1, "more than one slot in a row is missing")
          }
        }
      }),
    90_000
  )

  it.effect(
    "stops on SIGTERM with everything written, and exits 0",
    () =>
      Effect.gen(function* () {
        const target = yield* serve(() => ({ status: 200 }))
        const tenantId = yield* insertTenant
        const monitor = yield* insertMonitor({ tenantId, url: target.url, intervalSeconds: 1 })
        const worker = yield* startWorker(yield* freePort("127.0.0.1"))
        yield* eventually(Effect.map(slotsOf(monitor.id), (slots) => slots.length || undefined))
        assert.strictEqual(yield* worker.end("SIGTERM"), 0)
        const [state] = yield* all<{ slot: number }>(
          (sql) => sql`
        SELECT last_slot_ms::float8 AS slot FROM monitor_state WHERE monitor_id = ${monitor.id}`
        )
        assert.strictEqual((yield* slotsOf(monitor.id)).at(-1), state?.slot)
      }),
    60_000
  )
})
