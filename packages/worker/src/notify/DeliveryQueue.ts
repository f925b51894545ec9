/** Deliveries that wait, as rows: they outlive the worker that took them on. */
import { Context, Effect, Layer } from "effect"
import { PersistedQueue } from "effect/persistence"
import { SqlClient } from "effect/sql"
import * as LimitedSql from "../sql/LimitedSql.ts"

/**
 * A worker that dies between send and acknowledgement gives its deliveries back after the expiration. What this worker
 * puts into a queue wakes its own takers at once; they ask for what others left behind.
 */
const times = {
  pollInterval: "5 seconds",
  lockRefreshInterval: "10 seconds",
  lockExpiration: "30 seconds"
} as const

/** The queue's own client: what is offered within its transactions is part of them. */
export class DeliverySql extends Context.Service<DeliverySql, SqlClient.SqlClient>()(
  "@v-insight/worker/notify/DeliveryQueue/DeliverySql"
) {}

const Shared = Layer.effect(
  DeliverySql,
  Effect.gen(function* () {
    return yield* SqlClient.SqlClient
  })
)

export const layer = PersistedQueue.layer.pipe(
  Layer.provideMerge(PersistedQueue.layerStoreSql(times)),
  Layer.merge(Shared),
  Layer.provide(LimitedSql.queueLayer)
)
