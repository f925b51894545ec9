/**
 * Which worker owns what: Effect Cluster on SQL storage, shards locked by rows that expire. The same for one worker
 * and for many. Times as measured in chaos runs: with an expiration of 4 s a starved CPU loses its shards; with the
 * library's defaults (35 s, 1 min) a killed worker's monitors stay blind too long.
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { Layer, Option } from "effect"
import { RunnerAddress, ShardingConfig, SqlMessageStorage } from "effect/cluster"
import * as ShardLocks from "./ShardLocks.ts"

export const shardCount = 64

export const layer = (address: { readonly host: string; readonly port: number }) => {
  const shardingConfig = {
    runnerAddress: Option.some(RunnerAddress.make(address.host, address.port)),
    shardsPerGroup: shardCount,
    shardLockDisableAdvisory: true,
    shardLockRefreshInterval: "3 seconds",
    shardLockExpiration: "9 seconds",
    refreshAssignmentsInterval: "1 second",
    runnerHealthCheckInterval: "3 seconds",
    entityTerminationTimeout: "6 seconds",
    entityMessagePollInterval: "5 seconds"
  } as const
  const storage = Layer.merge(
    SqlMessageStorage.layer.pipe(Layer.provide(NodeCrypto.layerDigest)),
    Layer.orDie(ShardLocks.layer)
  ).pipe(Layer.provide(ShardingConfig.layerFromEnv(shardingConfig)))
  return NodeClusterSocket.layer({ storage: "byo", shardingConfig }).pipe(Layer.provide(storage))
}
