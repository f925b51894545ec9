/**
 * R5: a worker is killed between a receiver's taking a message and the ledger's knowing of it. Nothing is lost, and only
 * what was under way at that moment comes twice, with the same id. Half a minute passes until the dead worker's lock ends.
 */
import { assert, layer } from "@effect/vitest"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Latch } from "effect"
import { eventuallyWithin } from "../testing/eventually.ts"
import { freePort } from "../testing/freePort.ts"
import { insertRule, insertTenant } from "../testing/Seed.ts"
import { startWorker } from "../testing/WorkerProcess.ts"
import { insertIncident, query } from "./testing/Scene.ts"

const messages = 30
const eventually = eventuallyWithin("120 seconds")

layer(TestDatabase.layer, { excludeTestServices: true })(
  "a worker that is killed between send and acknowledgement",
  (it) => {
    it.effect(
      "loses nothing, and tells twice only what was under way",
      () =>
        Effect.gen(function* () {
          const got: Array<string> = []
          const reached = Latch.makeUnsafe(false)
          const state = { holds: true }
          const { url } = yield* serve(({ headers }) => {
            got.push(headers["webhook-id"]!)
            // Taken, but the answer never comes.
            if (state.holds && got.length > messages / 2) {
              reached.openUnsafe()
              return new Promise(() => {})
            }
            return { status: 204 }
          })
          const tenantId = yield* insertTenant
          const rule = { tenantId, ...(yield* insertRule(tenantId, url)) }
          yield* query((sql) => sql`UPDATE alert_channels SET budget_messages = 1000 WHERE tenant_id = ${tenantId}`)
          const first = yield* startWorker(yield* freePort("127.0.0.1"))
          for (let count = 0; count < messages; count++) yield* insertIncident([rule], [{ type: "incident.opened" }])
          yield* reached.await
          yield* first.end("SIGKILL")
          const before = [...got]
          const taken = yield* query<{ id: string }>(
            (sql) => sql`SELECT id FROM notifications WHERE tenant_id = ${tenantId} AND status = 'sent'`
          )
          state.holds = false
          const killed = performance.now()
          yield* startWorker(yield* freePort("127.0.0.1"))
          yield* eventually(
            Effect.map(
              query<{ sent: number }>(
                (sql) =>
                  sql`SELECT count(*)::integer AS sent FROM notifications WHERE tenant_id = ${tenantId} AND status = 'sent'`
              ),
              ([row]) => (row!.sent === messages ? true : undefined)
            )
          )
          const counts = new Map<string, number>()
          for (const id of got) counts.set(id, (counts.get(id) ?? 0) + 1)
          const twice = [...counts].filter(([, count]) => count > 1).map(([id]) => id)
          const underWay = before.filter((id) => !taken.some((row) => row.id === id))
          yield* Effect.log(
            `${messages} messages, ${underWay.length} under way when it was killed: all told ${Math.round((performance.now() - killed) / 1000)} s later, ${twice.length} twice`
          )
          assert.strictEqual(counts.size, messages, "nothing is lost")
          assert.deepStrictEqual(new Set(twice), new Set(underWay), "doubled only there")
          assert.isAtMost(twice.length, 2, "at most two at once to one channel")
          assert.isTrue([...counts.values()].every((count) => count <= 2))
        }).pipe(Effect.scoped),
      240_000
    )
  }
)
