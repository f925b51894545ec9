/**
 * Targets stand as witnesses when the operator named none, and targets belong to tenants. Here is one who lets all of
 * hers fall silent at once, so that somebody else's outage looks like ours: a worker in a network namespace, servers at
 * addresses as the internet has them.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Redacted } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { eventuallyWithin } from "../testing/eventually.ts"
import { namespace } from "../testing/namespace.ts"
import { asSuperuser, insertMonitor, insertTenant } from "../testing/Seed.ts"
import { startWorker } from "../testing/WorkerProcess.ts"

const networks = 10
const intervalSeconds = 2

const all = <A extends object>(query: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(asSuperuser, Effect.orDie)

const eventually = eventuallyWithin("20 seconds")

const serverAt = (address: string) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: Effect.Effect<void> }>((resume) => {
      const server = createServer((_, response) => response.end("ok\n"))
      const close = Effect.sync(() => (server.closeAllConnections(), void server.close()))
      server.listen(0, address, () =>
        resume(Effect.succeed({ url: `http://${address}:${(server.address() as AddressInfo).port}/`, close }))
      )
    }),
    ({ close }) => close
  )

const statuses = (monitors: ReadonlyArray<{ readonly id: string }>) =>
  Effect.map(
    all<{ id: string; status: string; incident: boolean }>(
      (sql) => sql`SELECT monitor_id AS id, status, is_incident_open AS incident FROM monitor_state`
    ),
    (rows) => rows.filter(({ id }) => monitors.some((monitor) => monitor.id === id))
  )

const scene = Effect.gen(function* () {
  const place = yield* namespace(1, 2 * networks)
  const serversFrom = (first: number) =>
    Effect.forEach(
      Array.from({ length: networks }, (_, index) => place.afar(first + index)),
      serverAt
    )
  const [ofAlice, ofMallory] = [yield* serversFrom(1), yield* serversFrom(1 + networks)]
  const watched = Effect.fnUntraced(function* (servers: typeof ofAlice) {
    const tenantId = yield* insertTenant
    return yield* Effect.forEach(servers, ({ url }) => insertMonitor({ tenantId, url, intervalSeconds }))
  })
  const start = Effect.gen(function* () {
    const { workerUrl } = yield* TestDatabase
    yield* startWorker(0, {
      prefix: place.prefix,
      environment: {
        VINSIGHT_HOST: place.address,
        VINSIGHT_WORKER_DATABASE_URL: (yield* place.reaching(new URL(Redacted.value(workerUrl)))).href
      }
    })
  })
  return { place, ofAlice, ofMallory, watched, start }
})

layer(TestDatabase.layer, { excludeTestServices: true })("witnesses that nobody named", (it) => {
  it.effect(
    "a tenant whose targets all fall silent hides nobody else's outage",
    () =>
      Effect.gen(function* () {
        const { ofAlice, ofMallory, start, watched } = yield* scene
        const alices = yield* watched(ofAlice.slice(0, 1))
        const mallorys = yield* watched(ofMallory)
        yield* start
        const isAll = (status: string) =>
          Effect.map(
            statuses([...alices, ...mallorys]),
            (found) => found.every((one) => one.status === status) || undefined
          )
        yield* eventually(isAll("up"))
        yield* Effect.forEach([...ofMallory, ofAlice[0]!], ({ close }) => close)
        yield* eventually(Effect.map(statuses(alices), (found) => found.every(({ incident }) => incident) || undefined))
      }).pipe(Effect.scoped),
    60_000
  )

  it.effect(
    "a tenant with targets in several networks is not down while nothing answers anybody",
    () =>
      Effect.gen(function* () {
        const { ofAlice, ofMallory, place, start, watched } = yield* scene
        const monitors = [...(yield* watched(ofAlice)), ...(yield* watched(ofMallory))]
        yield* start
        const isAll = (status: string) =>
          Effect.map(statuses(monitors), (found) => found.every((one) => one.status === status) || undefined)
        yield* eventually(isAll("up"))
        yield* place.mute
        yield* eventually(isAll("unknown"))
        yield* Effect.sleep("8 seconds")
        yield* place.unmute
        yield* eventually(isAll("up"))
        const ids = JSON.stringify(monitors.map(({ id }) => id))
        const incidents = yield* all(
          (sql) => sql`
            SELECT monitor_id FROM incidents WHERE monitor_id IN (SELECT jsonb_array_elements_text(${ids}::jsonb)::uuid)`
        )
        assert.deepStrictEqual(incidents, [])
      }).pipe(Effect.scoped),
    60_000
  )
})
