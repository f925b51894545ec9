/** R6 in real time, over real sockets: a provider is away for a minute, in each way there is, and returns. */
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Fiber, Layer } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { eventuallyWithin } from "../testing/eventually.ts"
import { insertRule, insertTenant } from "../testing/Seed.ts"
import { insertIncident, Notifying, query } from "./testing/Scene.ts"

const quarterMs = 15_000
/** After a minute of failures a try comes at least every 40 s. */
const eventually = eventuallyWithin("120 seconds")

type Mode = "well" | "hanging" | "500" | "reset" | "429"

const startProvider = Effect.acquireRelease(
  Effect.callback<{
    readonly url: string
    readonly tries: Array<{ readonly id: string; readonly at: number; readonly isTaken: boolean }>
    mode: Mode
    readonly close: () => void
  }>((resume) => {
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        const { mode } = provider
        provider.tries.push({
          id: String(request.headers["webhook-id"]),
          at: performance.now(),
          isTaken: mode === "well"
        })
        if (mode === "reset") request.socket.resetAndDestroy()
        else if (mode !== "hanging") {
          response.writeHead(mode === "well" ? 204 : Number(mode), mode === "429" ? { "Retry-After": "3" } : {}).end()
        }
      })
    })
    const close = () => {
      server.closeAllConnections()
      server.close()
    }
    const provider = {
      url: "",
      tries: [] as Array<{ id: string; at: number; isTaken: boolean }>,
      mode: "well" as Mode,
      close
    }
    server.listen(0, "127.0.0.1", () => {
      provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      resume(Effect.succeed(provider))
    })
  }),
  ({ close }) => Effect.sync(close)
)

layer(Notifying.pipe(Layer.provideMerge(TestDatabase.layer)), { excludeTestServices: true })(
  "a provider that is away for a minute",
  (it) => {
    it.effect(
      "is told everything after its return, by the same ids; nobody else waits",
      () =>
        Effect.gen(function* () {
          const dead = yield* startProvider
          const well = yield* startProvider
          const tenantId = yield* insertTenant
          const toDead = { tenantId, ...(yield* insertRule(tenantId, dead.url)) }
          const toWell = { tenantId, ...(yield* insertRule(tenantId, well.url)) }
          yield* query((sql) => sql`UPDATE alert_channels SET budget_messages = 1000 WHERE tenant_id = ${tenantId}`)
          const writtenAt = new Map<string, number>()
          const write = Effect.fnUntraced(function* (channel: typeof toDead) {
            const { id } = yield* insertIncident([channel], [{ type: "incident.opened" }])
            const at = performance.now()
            const [row] = yield* query<{ id: string }>(
              (sql) => sql`SELECT id FROM notifications WHERE incident_id = ${id}`
            )
            writtenAt.set(row!.id, at)
            return row!.id
          })
          const deadIds: Array<string> = []
          const wellIds: Array<string> = []
          const writing = yield* Effect.gen(function* () {
            deadIds.push(yield* write(toDead))
            wellIds.push(yield* write(toWell))
            yield* Effect.sleep("500 millis")
          }).pipe(Effect.forever, Effect.forkScoped)
          for (const mode of ["hanging", "500", "reset", "429"] as const) {
            dead.mode = mode
            yield* Effect.sleep(quarterMs)
          }
          yield* Fiber.interrupt(writing)
          dead.mode = "well"
          const returned = performance.now()
          const taken = ({ tries }: typeof dead) =>
            new Map(tries.filter(({ isTaken }) => isTaken).map(({ at, id }) => [id, at]))
          yield* eventually(
            Effect.sync(
              () =>
                (deadIds.every((id) => taken(dead).has(id)) && wellIds.every((id) => taken(well).has(id))) || undefined
            )
          )
          const lateness = deadIds.map((id) => taken(dead).get(id)! - returned)
          const delays = wellIds.map((id) => taken(well).get(id)! - writtenAt.get(id)!).sort((a, b) => a - b)
          const p99 = delays[Math.ceil(delays.length * 0.99) - 1]!
          yield* Effect.log(
            `${deadIds.length} messages, ${dead.tries.length} tries: the last was told ${Math.round(Math.max(...lateness) / 1000)} s after the return; ` +
              `another channel's p99 delay over ${delays.length} messages was ${Math.round(p99)} ms`
          )
          assert.isBelow(p99, 10_000)
          const known = new Set(deadIds)
          assert.isTrue(
            dead.tries.every(({ id }) => known.has(id)),
            "ids stay"
          )
          assert.strictEqual(dead.tries.filter(({ isTaken }) => isTaken).length, deadIds.length, "none twice")
        }).pipe(Effect.scoped),
      300_000
    )
  }
)
