import { assert, describe, it } from "@effect/vitest"
import { withHelp } from "./metricsPage.ts"

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
})
