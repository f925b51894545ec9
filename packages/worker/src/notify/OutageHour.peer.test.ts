/**
 * R6 in virtual time: a provider is away for an hour, in each way there is, and returns. A minute or two of
 * real time.
 */
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { insertRule, insertTenant } from "../testing/Seed.ts"
import { insertIncident, query } from "./testing/Scene.ts"
import { type Mode, virtualNotifier } from "./testing/VirtualTime.ts"

const minuteMs = 60_000
const awayMs = 60 * minuteMs
const backWithinMs = 5 * minuteMs

/** A quarter of an hour of each. */
const course: ReadonlyArray<Mode> = ["hanging", "500", "reset", "429"]

layer(TestDatabase.layer, { excludeTestServices: true })("a provider that is away for an hour", (it) => {
  it.effect(
    "is told everything within five minutes of its return, by the same ids; nobody else waits",
    () =>
      Effect.gen(function* () {
        let mode: Mode = "well"
        const { pass, tries } = yield* virtualNotifier((host) => (host.startsWith("dead") ? mode : "well"))
        const tenantId = yield* insertTenant
        const dead = { tenantId, ...(yield* insertRule(tenantId, "https://dead.example/hook")) }
        const well = { tenantId, ...(yield* insertRule(tenantId, "https://well.example/hook")) }
        yield* query((sql) => sql`UPDATE alert_channels SET budget_messages = 1000 WHERE tenant_id = ${tenantId}`)
        const writtenAt = new Map<string, number>()
        const write = Effect.fnUntraced(function* (channel: typeof dead) {
          const { id: incidentId } = yield* insertIncident([channel], [{ type: "incident.opened" }])
          const [row] = yield* query<{ id: string }>(
            (sql) => sql`SELECT id FROM notifications WHERE incident_id = ${incidentId}`
          )
          writtenAt.set(row!.id, yield* Clock.currentTimeMillis)
          return row!.id
        })
        const began = yield* Clock.currentTimeMillis
        const toDead: Array<string> = []
        const toWell: Array<string> = []
        for (let minute = 0; minute < awayMs / minuteMs; minute++) {
          mode = course[Math.floor(minute / 15)]!
          toDead.push(yield* write(dead))
          if (minute === 0) for (let more = 0; more < 10; more++) toDead.push(yield* write(dead))
          toWell.push(yield* write(well))
          yield* pass(60)
        }
        mode = "well"
        const returned = yield* Clock.currentTimeMillis
        assert.isAtLeast(returned - began, awayMs)
        yield* pass(backWithinMs / 1000)

        const takenAt = new Map(tries.filter(({ isTaken }) => isTaken).map(({ at, id }) => [id, at]))
        const lateness = toDead.map((id) => (takenAt.get(id) ?? Number.POSITIVE_INFINITY) - returned)
        const delays = toWell
          .map((id) => (takenAt.get(id) ?? Number.POSITIVE_INFINITY) - writtenAt.get(id)!)
          .sort((a, b) => a - b)
        const p99 = delays[Math.ceil(delays.length * 0.99) - 1]!
        const attempts = tries.filter(({ id }) => toDead.includes(id)).length
        yield* Effect.log(
          `${toDead.length} messages, ${attempts} tries: the last was told ${Math.round(Math.max(...lateness) / 1000)} s after the return; ` +
            `another channel's p99 delay was ${Math.round(p99 / 1000)} s`
        )
        assert.isAtMost(Math.max(...lateness), backWithinMs)
        assert.isBelow(p99, 10_000)
        assert.deepStrictEqual(new Set(tries.map(({ id }) => id)), new Set([...toDead, ...toWell]), "no other ids")
        assert.strictEqual(tries.filter(({ isTaken }) => isTaken).length, toDead.length + toWell.length, "none twice")
        const ledger = yield* query<{ status: string; lines: number; attempts: number }>(
          (sql) => sql`
            SELECT n.status, count(*)::integer AS lines, sum(n.attempts)::integer AS attempts
            FROM notifications n WHERE tenant_id = ${tenantId} GROUP BY n.status`
        )
        assert.deepStrictEqual(ledger, [
          { status: "sent", lines: toDead.length + toWell.length, attempts: tries.length }
        ])
      }).pipe(Effect.scoped, Effect.provide(TestClock.layer())),
    300_000
  )
})
