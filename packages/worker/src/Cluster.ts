/**
 * Which worker owns what: Effect Cluster on SQL storage, advisory locks on direct connections. The same for one worker
 * and for many. Times as measured in chaos runs: with an expiration of 4 s a starved CPU loses its shards; with the
 * library's defaults (35 s, 1 min) a killed worker's monitors stay blind too long.
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import { Option } from "effect"
import { RunnerAddress } from "effect/cluster"

export const shardCount = 64

export const layer = (address: { readonly host: string; readonly port: number }) =>
  NodeClusterSocket.layer({
    storage: "sql",
    shardingConfig: {
      runnerAddress: Option.some(RunnerAddress.make(address.host, address.port)),
      shardsPerGroup: shardCount,
      shardLockRefreshInterval: "3 seconds",
      shardLockExpiration: "9 seconds",
      refreshAssignmentsInterval: "1 second",
      runnerHealthCheckInterval: "3 seconds",
      entityTerminationTimeout: "6 seconds",
      entityMessagePollInterval: "5 seconds"
    }
  })
