/** What is merged is not told, and what is no longer merged is. */
import { assert, layer } from "@effect/vitest"
import { serve } from "@v-insight/database/testing/servers"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { insertRule, insertTenant } from "../testing/Seed.ts"
import { eventually, insertIncident, line, lookNow, Notifying, query, resolve, type Told } from "./testing/Scene.ts"

const Worker = Notifying.pipe(Layer.provideMerge(TestDatabase.layer))

const receiver = Effect.gen(function* () {
  const got: Array<string> = []
  const { url } = yield* serve(({ body }) => {
    got.push(JSON.parse(body).type)
    return { status: 204 }
  })
  const tenantId = yield* insertTenant
  const rule = yield* insertRule(tenantId, url)
  return { got, told: { tenantId, ...rule } satisfies Told & { readonly ruleId: string } }
})
const merge = (id: string, into: string) =>
  query((sql) => sql`UPDATE incidents SET merged_into_id = ${into} WHERE id = ${id}`)

layer(Worker, { excludeTestServices: true })("an incident that is merged", (it) => {
  it.effect("is told of when the other one is over and it is not", () =>
    Effect.gen(function* () {
      const { got, told } = yield* receiver
      const root = yield* insertIncident([told], [{ type: "incident.opened" }])
      yield* line(root.id, "incident.opened", ({ status }) => status === "sent")
      const merged = yield* insertIncident([told], [{ type: "incident.opened", dueIn: 3600 }])
      const over = yield* insertIncident([told], [{ type: "incident.opened", dueIn: 3600 }])
      for (const { id } of [merged, over]) {
        yield* merge(id, root.id)
        yield* lookNow(id)
        yield* line(id, "incident.opened", ({ status }) => status === "suppressed")
      }
      yield* query((sql) => sql`UPDATE incidents SET resolved_at = now() WHERE id = ${over.id}`)
      yield* resolve(root.id)
      yield* lookNow(root.id)
      const sent = yield* line(merged.id, "incident.opened", ({ status }) => status === "sent")
      assert.deepStrictEqual(sent.codes, ["merged", "unmerged", "told"])
      assert.deepStrictEqual(got, ["incident.opened", "incident.opened"])
      const rows = yield* query<object>(
        (sql) => sql`
          SELECT e.kind, e.user_id, i.merged_into_id, e.message LIKE '%is over.' AS says
          FROM incidents i
          LEFT JOIN incident_events e ON e.incident_id = i.id
          WHERE i.id IN (${merged.id}, ${over.id})
          ORDER BY i.id = ${over.id}`
      )
      assert.deepStrictEqual(rows, [
        { kind: "unmerged", user_id: null, merged_into_id: null, says: true },
        { kind: null, user_id: null, merged_into_id: root.id, says: null }
      ])
    })
  )

  it.effect("is not repeated, and goes on being repeated when it is one of its own again", () =>
    Effect.gen(function* () {
      const { got, told } = yield* receiver
      yield* query((sql) => sql`UPDATE alert_rules SET repeat_seconds = 3600 WHERE id = ${told.ruleId}`)
      const root = yield* insertIncident([told], [])
      const merged = yield* insertIncident([told], [{ type: "incident.opened" }])
      yield* line(merged.id, "incident.repeated", ({ status }) => status === "pending")
      yield* merge(merged.id, root.id)
      yield* lookNow(merged.id)
      yield* line(merged.id, "incident.repeated", ({ status }) => status === "suppressed")
      assert.deepStrictEqual(got, ["incident.opened"])
      yield* resolve(root.id)
      yield* lookNow(root.id)
      const sent = yield* line(merged.id, "incident.repeated", ({ status }) => status === "sent")
      assert.deepStrictEqual(sent.codes, ["merged", "unmerged", "told"])
      const repeats = query<object>(
        (sql) => sql`SELECT id FROM notifications WHERE incident_id = ${merged.id} AND type = 'incident.repeated'`
      )
      yield* eventually(Effect.map(repeats, ({ length }) => length === 2 || undefined))
    })
  )
})
