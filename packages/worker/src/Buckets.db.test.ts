import { assert, layer } from "@effect/vitest"
import { TestBox } from "@v-insight/database/testing/TestBox"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer, Queue } from "effect"
import { TestRunner } from "effect/cluster"
import { Alarm } from "./buckets/Alarm.ts"
import { Alerting } from "./alerting/Alerting.ts"
import * as Buckets from "./Buckets.ts"
import { Capacity } from "./buckets/Capacity.ts"
import { type Change, Changes } from "./Changes.ts"
import { Checker } from "./Checker.ts"
import { defaults } from "./cluster/ClusterSettings.ts"
import { Recorder } from "./Recorder.ts"
import { Verdicts } from "./verdicts/Verdicts.ts"

const { region } = defaults

layer(TestDatabase.worker.pipe(Layer.provideMerge(TestDatabase.layer)), { excludeTestServices: true })(
  "buckets",
  (it) => {
    it.effect(
      "one that breaks starts again",
      () =>
        Effect.gen(function* () {
          let breaks = 0
          const begun = yield* Queue.unbounded<number>()
          const Broken = Layer.succeed(Changes, {
            ofBucket: (bucket) =>
              Effect.flatMap(Queue.offer(begun, bucket), () =>
                bucket === 7 && breaks++ === 0 ? Effect.die(new Error("a bug")) : Queue.unbounded()
              ),
            ofWork: Effect.never,
            ofNotifications: Effect.never,
            ofEscalations: Effect.never,
            ofAlerting: Queue.unbounded<Change>()
          })
          yield* Layer.build(
            Buckets.layer({ ...defaults, owner: "test" }).pipe(
              Layer.provide([
                TestRunner.layer,
                Verdicts.layer(region),
                Alarm.layer,
                Alerting.layer,
                Capacity.layer(1),
                TestBox
              ]),
              Layer.provide(Broken),
              Layer.provide(Recorder.layer(region)),
              Layer.provide(Layer.succeed(Checker, { run: () => Effect.never }))
            )
          )
          const isSeventh = { until: (bucket: number) => bucket === 7 }
          yield* Effect.repeat(Queue.take(begun), isSeventh)
          yield* Effect.repeat(Queue.take(begun), isSeventh).pipe(Effect.timeout("20 seconds"))
          assert.strictEqual(breaks, 2)
        }).pipe(Effect.scoped),
      40_000
    )
  }
)
