/**
 * What is due. Monitors fall into buckets; each bucket is a singleton of the cluster, and its owner runs one Bucket: a
 * heap of due times in memory. An owner that turns out not to be one any more throws its memory away and starts again
 * from the tables; one whose shard goes to another worker checks on until that one has begun (buckets/Handover).
 */
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { bucketCount } from "@v-insight/domain/rules/buckets"
import { Duration, Effect, Layer } from "effect"
import { EntityId, Sharding, Singleton } from "effect/cluster"
import * as Bucket from "./buckets/Bucket.ts"
import * as Handover from "./buckets/Handover.ts"
import type { ClusterSettings } from "./cluster/ClusterSettings.ts"
import { logDefect } from "./Defect.ts"

/** Beyond the cluster's lock refresh: by then a worker that lost its shards knows it and does not take them back. */
const slackSeconds = 1
const restartAfter = "500 millis"

export const layer = (
  options: { readonly owner: string } & Pick<ClusterSettings, "region" | "shards" | "lockRefreshSeconds">
) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { lockRefreshSeconds, region, shards } = options
      const retakeAfter = Duration.seconds(lockRefreshSeconds + slackSeconds)
      const sharding = yield* Sharding.Sharding
      const { own, stop } = yield* Handover.make(region, yield* Bucket.make(options))

      /** A singleton must never end: the cluster would not start it again, and its monitors would be blind in silence. */
      const forever = (bucket: number) =>
        own(bucket).pipe(
          Effect.catchTags({
            LeaseLost: ({ why }) =>
              Effect.logWarning("A bucket starts again").pipe(
                Effect.annotateLogs({ bucket, reason: why }),
                Effect.andThen(Effect.sleep(retakeAfter))
              ),
            SqlError: (error) =>
              Effect.logWarning("A bucket cannot start").pipe(
                Effect.annotateLogs({ bucket, reason: describeSqlError(error) }),
                Effect.andThen(Effect.sleep(restartAfter))
              )
          }),
          Effect.catchDefect((defect) =>
            logDefect("A bucket broke", defect).pipe(
              Effect.annotateLogs({ bucket }),
              Effect.andThen(Effect.sleep(retakeAfter))
            )
          ),
          Effect.forever
        )

      /** The cluster places a singleton by the hash of its name; names are picked that spread the buckets evenly. */
      const nameOf = (bucket: number): string => {
        for (let salt = 0; ; salt++) {
          const name = `bucket/${bucket}/${salt}`
          if (sharding.getShardId(EntityId.make(name), region).id === (bucket % shards) + 1) return name
        }
      }

      const singletons = Array.from({ length: bucketCount }, (_, bucket) =>
        Singleton.make(nameOf(bucket), forever(bucket), { shardGroup: region })
      )
      // First of all at the end: what the cluster interrupts from then on has nobody who begins.
      return Layer.effectDiscard(Effect.addFinalizer(() => stop)).pipe(
        Layer.provide(Layer.mergeAll(...(singletons as [Layer.Layer<never, never, Sharding.Sharding>])))
      )
    })
  )
