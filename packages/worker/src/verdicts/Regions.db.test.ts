import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import { eventuallyWithin } from "../testing/eventually.ts"
import { freePort } from "../testing/freePort.ts"
import { asSuperuser, insertMonitor, insertRule, insertTenant } from "../testing/Seed.ts"
import { startWorker } from "../testing/WorkerProcess.ts"

const all = <A extends object>(query: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, query).pipe(asSuperuser, Effect.orDie)

const eventually = eventuallyWithin("40 seconds")

layer(TestDatabase.layer, { excludeTestServices: true })("workers of two regions in one database", (it) => {
  it.effect(
    "own the buckets of their own, tell of one outage once, and do not vote when they are gone",
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
        const monitor = yield* insertMonitor({
          tenantId,
          url: target.url,
          intervalSeconds: 1,
          regions: ["eu", "us"],
          quorum: 2
        })
        const [euPort, usPort] = [yield* freePort("127.0.0.1"), yield* freePort("127.0.0.1")]
        yield* startWorker(euPort, { environment: { VINSIGHT_REGION: "eu" } })
        const us = yield* startWorker(usPort, { environment: { VINSIGHT_REGION: "us" } })
        const verdict = (wanted: string) =>
          eventually(
            Effect.map(
              all<{ status: string }>(
                (sql) => sql`SELECT status FROM monitor_verdicts WHERE monitor_id = ${monitor.id}`
              ),
              ([row]) => (row?.status === wanted ? true : undefined)
            )
          )
        yield* verdict("up")
        assert.deepStrictEqual(
          yield* all(
            (sql) =>
              sql`SELECT DISTINCT region, owner FROM check_buckets WHERE bucket = ${monitor.bucket} ORDER BY region`
          ),
          [
            { region: "eu", owner: `127.0.0.1:${euPort}` },
            { region: "us", owner: `127.0.0.1:${usPort}` }
          ]
        )
        status = 503
        yield* verdict("down")
        yield* eventually(Effect.sync(() => told.length || undefined))
        status = 200
        yield* verdict("up")
        yield* eventually(Effect.sync(() => told.includes("incident.resolved") || undefined))
        yield* us.end("SIGKILL")
        yield* verdict("unknown")
        assert.deepStrictEqual(told, ["incident.opened", "incident.resolved"])
        assert.lengthOf(yield* all((sql) => sql`SELECT 1 FROM incidents WHERE monitor_id = ${monitor.id}`), 1)
      }),
    180_000
  )
})
