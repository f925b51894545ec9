/** One workspace with more dead channels than there are lanes: in virtual time, so that a busy machine changes nothing. */
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { insertRule, insertTenant } from "../testing/Seed.ts"
import { insertIncident, linesOf, query } from "./testing/Scene.ts"
import { virtualNotifier } from "./testing/VirtualTime.ts"

const dead = 600
const messages = 10
const withinMs = 10_000
/** Due for long: PostgreSQL's clock runs ahead of the virtual one. */
const opening = { type: "incident.opened", dueIn: -600 }

layer(TestDatabase.layer, { excludeTestServices: true })("a workspace with 600 dead channels", (it) => {
  it.effect("keeps nobody else's message waiting", () =>
    Effect.gen(function* () {
      const { heard, pass, tries } = yield* virtualNotifier((host) => (host === "dead.example" ? "500" : "well"))
      const [many, few] = [yield* insertTenant, yield* insertTenant]
      const first = yield* insertRule(many, "https://dead.example/hook")
      const well = { tenantId: few, ...(yield* insertRule(few, "https://well.example/hook")) }
      const storm = yield* insertIncident([{ tenantId: many, ...first }], [opening])
      yield* query(
        (sql) => sql`
          WITH more AS (
            INSERT INTO alert_channels (tenant_id, id, name, type, settings)
            SELECT tenant_id, uuid_v7(), name || n, type, settings
            FROM alert_channels, generate_series(2, ${dead}::integer) n
            WHERE tenant_id = ${many}
            RETURNING tenant_id, id
          )
          INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, due_at, event)
          SELECT m.tenant_id, uuid_v7(), n.incident_id, m.id, n.type, n.due_at, n.event
          FROM more m
          JOIN notifications n ON n.incident_id = ${storm.id}`
      )
      yield* query((sql) => sql`SELECT pg_notify('notifications_pending', '')`)
      yield* heard(storm.id)
      assert.isAbove(tries.length, 100, "they are tried")
      const waits: Array<number> = []
      for (let count = 0; count < messages; count++) {
        const incident = yield* insertIncident([well], [opening])
        const [row] = yield* linesOf(incident.id)
        const at = yield* Clock.currentTimeMillis
        yield* heard(incident.id)
        const taken = () => tries.find(({ id }) => id === row!.id)
        for (let second = 0; second < withinMs / 1000 && taken() === undefined; second++) yield* pass(1)
        waits.push((taken()?.at ?? Number.POSITIVE_INFINITY) - at)
      }
      assert.isBelow(Math.max(...waits), withinMs)
      // And all of those that are dead have their turn.
      for (let second = 0; second < 300 && triedOnce(tries) < dead; second++) yield* pass(1)
      assert.strictEqual(triedOnce(tries), dead)
    }).pipe(Effect.scoped, Effect.provide(TestClock.layer()))
  )
})

const triedOnce = (tries: ReadonlyArray<{ readonly host: string; readonly id: string }>): number =>
  new Set(tries.filter(({ host }) => host === "dead.example").map(({ id }) => id)).size
