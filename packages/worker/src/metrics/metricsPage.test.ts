import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { fibersAlive, layer as Fibers } from "./Fibers.ts"
import { withHelp } from "./metricsPage.ts"
import { processMetrics } from "./processMetrics.ts"

describe("the page of metrics", () => {
  it("explains what comes without a word, and nothing twice", () => {
    const page = [
      "# TYPE effect_cluster_shards gauge",
      "effect_cluster_shards 64",
      "# TYPE effect_cluster_runners gauge",
      "effect_cluster_runners 3",
      "# HELP vinsight_buckets_owned Buckets",
      "# TYPE vinsight_buckets_owned gauge",
      "vinsight_buckets_owned 64",
      ""
    ]
    const explained = [
      "# HELP effect_cluster_shards Shards whose lock this worker holds",
      ...page.slice(0, 2),
      "# HELP effect_cluster_runners Workers that the cluster knows",
      ...page.slice(2)
    ]
    assert.deepStrictEqual(withHelp(page.join("\n")).split("\n"), explained)
    assert.deepStrictEqual(withHelp(explained.join("\n")).split("\n"), explained)
  })

  it("tells what this process uses, each with a word of what it means", () => {
    const page = processMetrics()
    const names = new Set(Array.from(page.matchAll(/^(\w+)(?:\{type="\w+"\})? [\d.e+]+$/gm), ([, name]) => name))
    assert.deepStrictEqual(
      [...names],
      Array.from(page.matchAll(/^# HELP (\w+) \S/gm), ([, name]) => name)
    )
    assert.include([...names], "process_resident_memory_bytes")
  })

  it.effect("counts the fibers that live, and forgets those that ended, however they did", () =>
    Effect.gen(function* () {
      const before = fibersAlive()
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(Effect.never))
      yield* Effect.forkChild(Effect.void)
      yield* Effect.forkChild(Effect.die("broken"))
      yield* Effect.yieldNow
      assert.strictEqual(fibersAlive() - before, 3)
      yield* Effect.forEach(fibers, (fiber) => Fiber.interrupt(fiber))
      assert.strictEqual(fibersAlive(), before)
    }).pipe(Effect.provide(Fibers))
  )
})
