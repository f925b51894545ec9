/**
 * Who holds which shards: rows that expire, in place of the library's advisory locks, which are gone with a connection.
 * Shards that are given up together are given up in one statement. The library's own way is a statement per shard, one
 * after the other on one connection, each to end within the 3 s of a refresh: when a worker came to a busy machine, the
 * others gave up 20 to 40 shards at once, missed that, and stopped all their buckets (chaos: blind for 11 s).
 */
import { PgClient } from "@effect/sql-pg"
import { Deferred, Duration, Effect, Layer, Option } from "effect"
import {
  ClusterError,
  type RunnerAddress,
  RunnerStorage,
  type ShardId,
  ShardingConfig,
  SqlRunnerStorage
} from "effect/cluster"
import * as ShardCount from "./ShardCount.ts"
import { limited } from "../sql/TimeLimit.ts"

/** How long a shard that is given up waits for others. */
const gatherFor = "20 millis"
/** A deletion that takes longer is tried again by the cluster. */
const releaseWithin = "3 seconds"

interface Release {
  readonly shards: Array<string>
  readonly done: Deferred.Deferred<void, ClusterError.PersistenceError>
}

/** As the library writes it. */
const nameOf = ({ group, id }: ShardId.ShardId): string => `${group}:${id}`
const holderOf = ({ host, port }: RunnerAddress.RunnerAddress): string => `${host}:${port}`

/** Shards are released by their holder only, so that one gathering is enough. */
const make = Effect.fnUntraced(function* (prefix: string) {
  const sql = yield* PgClient.PgClient
  const storage = yield* SqlRunnerStorage.make({ prefix })
  const { runnerAddress, shardLockExpiration, shardsPerGroup } = yield* ShardingConfig.ShardingConfig
  yield* ShardCount.agree({
    prefix,
    address: Option.match(runnerAddress, { onNone: () => "", onSome: holderOf }),
    shards: shardsPerGroup,
    expirationSeconds: Math.ceil(Duration.toSeconds(shardLockExpiration))
  })
  const scope = yield* Effect.scope
  let gathering: Release | undefined

  const releaseAll = (address: RunnerAddress.RunnerAddress, { done, shards }: Release) =>
    // cross-tenant: shards belong to nobody
    sql`
      DELETE FROM ${sql(`${prefix}_locks`)}
      WHERE address = ${holderOf(address)}
        AND shard_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(shards)}::jsonb))`.pipe(
      (deletion) => limited(deletion, releaseWithin),
      Effect.asVoid,
      ClusterError.PersistenceError.refail,
      (released) => Deferred.into(released, done)
    )

  const release = (address: RunnerAddress.RunnerAddress, shardId: ShardId.ShardId) =>
    Effect.suspend(() => {
      if (gathering !== undefined) {
        gathering.shards.push(nameOf(shardId))
        return Deferred.await(gathering.done)
      }
      const started: Release = { shards: [nameOf(shardId)], done: Deferred.makeUnsafe() }
      gathering = started
      return Effect.sleep(gatherFor).pipe(
        Effect.andThen(
          Effect.suspend(() => {
            gathering = undefined
            return releaseAll(address, started)
          })
        ),
        // Whoever asked first may be interrupted, the others still wait.
        Effect.forkIn(scope),
        Effect.andThen(Deferred.await(started.done))
      )
    })

  return RunnerStorage.RunnerStorage.of({ ...storage, release })
})

/** `prefix`: of the library's tables. */
export const layer = (prefix: string) => Layer.effect(RunnerStorage.RunnerStorage, make(prefix))
