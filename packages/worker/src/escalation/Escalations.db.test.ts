/** Escalations in workers as they really run. */
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect } from "effect"
import {
  insertChannel,
  insertEscalation,
  insertPerson,
  insertPolicy,
  insertSchedule,
  outcomeOf
} from "../testing/EscalationSeed.ts"
import { eventuallyWithin } from "../testing/eventually.ts"
import { freePort } from "../testing/freePort.ts"
import { insertTenant } from "../testing/Seed.ts"
import { startWorker } from "../testing/WorkerProcess.ts"

const eventually = eventuallyWithin("60 seconds")
/** Another worker takes over after 3 s. */
const environment = {
  VINSIGHT_LOCK_EXPIRATION_SECONDS: "3",
  VINSIGHT_LOCK_REFRESH_SECONDS: "1",
  VINSIGHT_HEALTH_CHECK_SECONDS: "1"
}

layer(TestDatabase.layer, { excludeTestServices: true })("an escalation", (it) => {
  it.effect(
    "that sleeps when its worker is killed goes on with another one, and takes each step once",
    () =>
      Effect.gen(function* () {
        const tenantId = yield* insertTenant
        const phone = yield* insertChannel(tenantId, "Phone")
        const pager = yield* insertChannel(tenantId, "Pager")
        const ana = yield* insertPerson(tenantId, "ana", [phone])
        const scheduleId = yield* insertSchedule(tenantId, "Primary", [ana.id])
        const policyId = yield* insertPolicy(tenantId, [
          { waitSeconds: 0, targets: [{ type: "channel", channelId: pager }] },
          { waitSeconds: 10, targets: [{ type: "schedule", scheduleId }] }
        ])
        const first = yield* startWorker(yield* freePort("127.0.0.1"), { environment })
        const escalation = yield* insertEscalation(tenantId, policyId)
        yield* eventually(Effect.map(outcomeOf(escalation), ({ told }) => told.length === 1 || undefined))
        yield* startWorker(yield* freePort("127.0.0.1"), { environment })
        assert.strictEqual(yield* first.end("SIGKILL"), "SIGKILL")
        yield* eventually(Effect.map(outcomeOf(escalation), ({ isEnded }) => isEnded || undefined))
        const { timeline, told } = yield* outcomeOf(escalation)
        assert.deepStrictEqual(timeline, [
          "Step 1: told Pager.",
          `Step 2: told ${ana.email} (on call by Primary) by Phone.`,
          "The escalation ended: all of its steps were gone through, and nobody has acknowledged."
        ])
        assert.deepStrictEqual(told, ["Pager 1", "Phone 1"])
      }),
    120_000
  )
})
