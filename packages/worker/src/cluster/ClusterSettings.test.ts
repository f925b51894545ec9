import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect } from "effect"
import { prefixOf, shardingConfigOf } from "./Cluster.ts"
import { clusterSettings, defaults, problemOf } from "./ClusterSettings.ts"

const given = (environment: Readonly<Record<string, string>>) =>
  clusterSettings.parse(ConfigProvider.fromEnv({ env: { ...environment } }))

describe("the defaults", () => {
  it.effect("are what the environment leaves out", () =>
    Effect.map(given({}), (settings) => assert.deepStrictEqual(settings, { ...defaults }))
  )

  it("are those that held in chaos runs: 9 s, 3 s, 3 s, 64", () => {
    const { healthCheckSeconds, lockExpirationSeconds, lockRefreshSeconds, shards } = defaults
    assert.deepStrictEqual([lockExpirationSeconds, lockRefreshSeconds, healthCheckSeconds, shards], [9, 3, 3, 64])
  })

  it("let a refresh fail twice, and notice a dead worker while its locks last", () => {
    assert.isAtMost(defaults.lockRefreshSeconds * 3, defaults.lockExpirationSeconds)
    assert.isAtMost(defaults.healthCheckSeconds, defaults.lockExpirationSeconds)
    assert.isUndefined(problemOf(defaults))
  })

  it("leave a worker's shards to another within 15 s of its death", () => {
    const { refreshAssignmentsInterval, runnerHealthCheckInterval, shardLockExpiration } = shardingConfigOf(defaults)
    const seconds = [shardLockExpiration, runnerHealthCheckInterval, refreshAssignmentsInterval].map(Duration.toSeconds)
    assert.isAtMost(
      seconds.reduce((sum, one) => sum + one, 0),
      15
    )
  })
})

describe("settings", () => {
  it.effect("of the environment are taken", () =>
    Effect.gen(function* () {
      const settings = yield* given({
        VINSIGHT_REGION: "eu-west",
        VINSIGHT_RUNNER_HOST: "10.0.0.7",
        VINSIGHT_RUNNER_PORT: "7000",
        VINSIGHT_LOCK_EXPIRATION_SECONDS: "30",
        VINSIGHT_LOCK_REFRESH_SECONDS: "10",
        VINSIGHT_HEALTH_CHECK_SECONDS: "5",
        VINSIGHT_SHARDS: "128"
      })
      const config = shardingConfigOf(settings)
      assert.deepStrictEqual(config.assignedShardGroups, ["default", "eu-west"])
      assert.strictEqual(config.shardsPerGroup, 128)
      assert.strictEqual(Duration.toSeconds(config.shardLockExpiration), 30)
      assert.strictEqual(prefixOf(settings.region), "cluster_eu_west")
    })
  )

  it.effect.each([
    ["VINSIGHT_LOCK_REFRESH_SECONDS", "4", "set it to 12 or more"],
    ["VINSIGHT_LOCK_EXPIRATION_SECONDS", "6", "at least 3 times VINSIGHT_LOCK_REFRESH_SECONDS"],
    ["VINSIGHT_HEALTH_CHECK_SECONDS", "10", "must not be longer than VINSIGHT_LOCK_EXPIRATION_SECONDS"],
    ["VINSIGHT_LOCK_EXPIRATION_SECONDS", "0", "VINSIGHT_LOCK_EXPIRATION_SECONDS"],
    ["VINSIGHT_SHARDS", "0", "VINSIGHT_SHARDS"],
    ["VINSIGHT_RUNNER_PORT", "65536", "VINSIGHT_RUNNER_PORT"],
    ["VINSIGHT_REGION", "EU West", "Name a region with 1 to 20"],
    ["VINSIGHT_REGION", "a_b", "Name a region with 1 to 20"],
    ["VINSIGHT_REGION", "x'; DROP TABLE monitors", "Name a region with 1 to 20"]
  ])("refuse %s=%s and say what to do", ([name, value, sentence]) =>
    Effect.map(Effect.flip(given({ [name!]: value! })), ({ message }) => assert.include(message, sentence!))
  )

  it("keep tables of regions apart, and those of before", () => {
    assert.deepStrictEqual(["default", "eu", "a-b"].map(prefixOf), ["cluster", "cluster_eu", "cluster_a_b"])
  })
})
