/** Deliveries that wait, as rows: they outlive the worker that took them on. */
import { Layer } from "effect"
import { PersistedQueue } from "effect/persistence"
import * as LimitedSql from "./LimitedSql.ts"

/** A worker that dies between send and acknowledgement gives its deliveries back after the expiration. */
const times = {
  pollInterval: "500 millis",
  lockRefreshInterval: "10 seconds",
  lockExpiration: "30 seconds"
} as const

export const layer = PersistedQueue.layer.pipe(
  Layer.provideMerge(Layer.provide(PersistedQueue.layerStoreSql(times), LimitedSql.queueLayer))
)
