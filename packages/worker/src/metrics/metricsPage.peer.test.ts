/** What Prometheus itself says of our metrics: its promtool reads the page of a worker that runs. */
import { spawnSync } from "node:child_process"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Schedule } from "effect"
import { freePort } from "../testing/freePort.ts"
import { insertMonitor, insertTenant } from "../testing/Seed.ts"
import { startWorker } from "../testing/WorkerProcess.ts"

/** What operators are told to watch (docs/operate/observe.md). */
const promised = [
  "vinsight_scheduling_lag_seconds_bucket",
  "vinsight_slots_skipped_total",
  "vinsight_checks_in_flight",
  "vinsight_results_buffered",
  "vinsight_flush_duration_seconds_bucket",
  "vinsight_results_refused_total",
  "vinsight_buckets_owned",
  "vinsight_event_loop_lag_seconds_bucket",
  "vinsight_database_round_trip_seconds_bucket",
  "vinsight_fibers",
  "nodejs_active_resources",
  "process_resident_memory_bytes",
  "effect_cluster_shards"
]

layer(TestDatabase.layer, { excludeTestServices: true })("promtool", (it) => {
  it.effect(
    "has nothing to say against a worker's metrics",
    () =>
      Effect.gen(function* () {
        const tenantId = yield* insertTenant
        yield* insertMonitor({ tenantId, intervalSeconds: 1 })
        const { port } = yield* startWorker(yield* freePort("127.0.0.1"))
        const page = yield* Effect.promise(() =>
          fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text())
        ).pipe(
          Effect.filterOrFail((text) => /^vinsight_results_written_total [1-9]/m.test(text)),
          Effect.retry(Schedule.spaced("200 millis")),
          Effect.timeout("20 seconds"),
          Effect.orDie
        )
        for (const name of promised) assert.match(page, new RegExp(`^${name}(\\{[^}]*\\})? `, "m"))
        const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], {
          input: page,
          encoding: "utf8"
        })
        assert.strictEqual(`${stdout}${stderr}`, "")
        assert.strictEqual(status, 0)
      }),
    60_000
  )
})
