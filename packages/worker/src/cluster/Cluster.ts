/**
 * Which worker owns what: Effect Cluster on SQL storage, shards locked by rows that expire. The same for one worker and
 * for many.
 *
 * A region is a shard group, and a cluster of its own in the same database. One for all would tie regions together: who
 * cannot reach the workers of another region would report them dead, and nobody else may have their shards.
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { Duration, Layer, Option } from "effect"
import { ClusterWorkflowEngine, RunnerAddress, ShardingConfig, SqlMessageStorage } from "effect/cluster"
import { type ClusterSettings, defaults } from "./ClusterSettings.ts"
import * as LimitedSql from "../sql/LimitedSql.ts"
import * as ShardLocks from "./ShardLocks.ts"

/** Where the library looks after its workers, whatever the region. */
const ownGroup = "default"

/** Of the library's tables. The first region keeps the names that were there before there were several. */
export const prefixOf = (region: string): string =>
  region === defaults.region ? "cluster" : `cluster_${region.replaceAll("-", "_")}`

export const shardingConfigOf = (settings: ClusterSettings) => {
  const groups = [...new Set([ownGroup, settings.region])]
  return {
    runnerAddress: Option.some(RunnerAddress.make(settings.runnerHost, settings.runnerPort)),
    availableShardGroups: groups,
    assignedShardGroups: groups,
    shardsPerGroup: settings.shards,
    shardLockDisableAdvisory: true,
    shardLockRefreshInterval: Duration.seconds(settings.lockRefreshSeconds),
    shardLockExpiration: Duration.seconds(settings.lockExpirationSeconds),
    runnerHealthCheckInterval: Duration.seconds(settings.healthCheckSeconds),
    refreshAssignmentsInterval: Duration.seconds(1),
    entityTerminationTimeout: Duration.seconds(6),
    entityMessagePollInterval: Duration.seconds(5)
  }
}

export const layer = (settings: ClusterSettings) => {
  const shardingConfig = shardingConfigOf(settings)
  const prefix = prefixOf(settings.region)
  const storage = Layer.merge(
    SqlMessageStorage.layerWith({ prefix }).pipe(Layer.provide([NodeCrypto.layerDigest, LimitedSql.messagesLayer])),
    Layer.orDie(ShardLocks.layer(prefix))
  ).pipe(Layer.provide(ShardingConfig.layerFromEnv(shardingConfig)))
  return ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(NodeClusterSocket.layer({ storage: "byo", shardingConfig })),
    Layer.provide(storage)
  )
}
