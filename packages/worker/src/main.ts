/** The worker: what is due is checked, decided, recorded, told. Layers from the outside in; they close in reverse. */
import "effect/schema/SchemaJITCompiler/enable"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import { run } from "@v-insight/database/Process"
import { SecretBox } from "@v-insight/database/SecretBox"
import { Effect, Layer } from "effect"
import { Alarm } from "./buckets/Alarm.ts"
import { Alerting } from "./alerting/Alerting.ts"
import * as Buckets from "./Buckets.ts"
import { Capacity } from "./buckets/Capacity.ts"
import { Changes } from "./Changes.ts"
import { Checker } from "./Checker.ts"
import * as Cluster from "./cluster/Cluster.ts"
import { Connectivity } from "./connectivity/Connectivity.ts"
import * as DatabaseClock from "./clock/DatabaseClock.ts"
import * as DeliveryQueue from "./notify/DeliveryQueue.ts"
import * as Escalations from "./escalation/Escalations.ts"
import * as Fibers from "./metrics/Fibers.ts"
import * as Health from "./Health.ts"
import * as Heartbeats from "./Heartbeats.ts"
import * as Housekeeper from "./Housekeeper.ts"
import * as Links from "./notify/Links.ts"
import { Outbound } from "./net/Outbound.ts"
import * as Notifier from "./Notifier.ts"
import { OperatorAlerts } from "./operator/OperatorAlerts.ts"
import * as OperatorWebhook from "./operator/OperatorWebhook.ts"
import * as Presence from "./cluster/Presence.ts"
import { Recorder } from "./Recorder.ts"
import * as Requests from "./Requests.ts"
import * as Rollups from "./Rollups.ts"
import { runnerOf } from "./cluster/Runner.ts"
import { settings } from "./Settings.ts"
import { Verdicts } from "./verdicts/Verdicts.ts"

const Worker = Layer.unwrap(
  Effect.gen(function* () {
    const { capacity, cluster, host, port, retentionDays } = yield* settings
    const runner = yield* runnerOf(cluster)
    // What stands further below is built first and closed last: buckets stop, the cluster gives its locks back, what
    // was decided is written and told, and only then the connections close.
    return Health.layer({ host, port }).pipe(
      Layer.merge(Layer.mergeAll(Buckets.layer(runner), Escalations.layer(runner.region))),
      Layer.provide(Cluster.layer(runner)),
      Layer.provide(Presence.layer(runner.region)),
      Layer.merge(Layer.mergeAll(Notifier.layer, Requests.layer(runner.owner), OperatorWebhook.layer(runner))),
      Layer.provide([Checker.layer, Alarm.layer, Alerting.layer, Capacity.layer(capacity)]),
      Layer.provide(Connectivity.layer),
      Layer.provide([Outbound.layer, Heartbeats.layer]),
      Layer.provide(Verdicts.layer(runner.region)),
      Layer.provide([Recorder.layer(runner.region), Changes.layer]),
      Layer.merge(Rollups.layer),
      Layer.provide(Housekeeper.layer(retentionDays)),
      Layer.provide([OperatorAlerts.layer(runner.region), DeliveryQueue.layer]),
      Layer.provide([SecretBox.layer, Links.layer, NodeCrypto.layer]),
      Layer.provide(Keys.layer),
      Layer.provide(DatabaseClock.layer),
      Layer.provide(Connections.workerLayer),
      Layer.provide(Fibers.layer)
    )
  })
)

run(Worker, "VINSIGHT_WORKER_PORT")
