/** The worker: what is due is checked, decided, recorded, told. Layers from the outside in; they close in reverse. */
import "effect/schema/SchemaJITCompiler/enable"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import { run } from "@v-insight/database/Process"
import { SecretBox } from "@v-insight/database/SecretBox"
import { Effect, Layer } from "effect"
import { PersistedQueue } from "effect/persistence"
import * as Buckets from "./Buckets.ts"
import { Alarm } from "./Alarm.ts"
import { Capacity } from "./Capacity.ts"
import { Changes } from "./Changes.ts"
import { Checker } from "./Checker.ts"
import * as Cluster from "./Cluster.ts"
import { Connectivity } from "./connectivity/Connectivity.ts"
import * as DatabaseClock from "./DatabaseClock.ts"
import * as Fibers from "./Fibers.ts"
import { freePort } from "./FreePort.ts"
import * as Health from "./Health.ts"
import * as Heartbeats from "./Heartbeats.ts"
import * as Housekeeper from "./Housekeeper.ts"
import { Outbound } from "./net/Outbound.ts"
import * as Notifier from "./Notifier.ts"
import { OperatorAlerts } from "./operator/OperatorAlerts.ts"
import * as OperatorWebhook from "./operator/OperatorWebhook.ts"
import * as Presence from "./Presence.ts"
import { Recorder } from "./Recorder.ts"
import * as Requests from "./Requests.ts"
import * as Rollups from "./Rollups.ts"
import { settings } from "./Settings.ts"
import { Verdicts } from "./Verdicts.ts"

/** A worker that dies between send and acknowledgement gives its deliveries back after the expiration. */
const queueTimes = {
  pollInterval: "500 millis",
  lockRefreshInterval: "10 seconds",
  lockExpiration: "30 seconds"
} as const

const Worker = Layer.unwrap(
  Effect.gen(function* () {
    const { capacity, cluster: wanted, host, port, retentionDays } = yield* settings
    const runnerPort = wanted.runnerPort === 0 ? yield* freePort(wanted.runnerHost) : wanted.runnerPort
    const cluster = { ...wanted, runnerPort }
    const { region } = cluster
    const owner = `${cluster.runnerHost}:${runnerPort}`
    // What stands further below is built first and closed last: buckets stop, the cluster gives its locks back, what
    // was decided is written and told, and only then the connections close.
    return Health.layer({ host, port }).pipe(
      Layer.merge(Buckets.layer({ ...cluster, owner })),
      Layer.provide(Cluster.layer(cluster)),
      Layer.provide(Presence.layer(region)),
      Layer.merge(Layer.mergeAll(Notifier.layer, Requests.layer(owner), OperatorWebhook.layer({ owner, region }))),
      Layer.provide([Checker.layer, Alarm.layer, Capacity.layer(capacity)]),
      Layer.provide(Connectivity.layer),
      Layer.provide([Outbound.layer, Heartbeats.layer]),
      Layer.provide(Verdicts.layer(region)),
      Layer.provide([Recorder.layer(region), Changes.layer]),
      Layer.merge(Rollups.layer),
      Layer.provide(Housekeeper.layer(retentionDays)),
      Layer.provide(OperatorAlerts.layer(region)),
      Layer.provide(PersistedQueue.layer),
      Layer.provide(PersistedQueue.layerStoreSql(queueTimes)),
      Layer.provide([SecretBox.layer, NodeCrypto.layer]),
      Layer.provide(Keys.layer),
      Layer.provide(DatabaseClock.layer),
      Layer.provide(Connections.workerLayer),
      Layer.provide(Fibers.layer)
    )
  })
)

run(Worker, "VINSIGHT_WORKER_PORT")
