/** Nobody is asked whether our network is there: every failure counts against its target. */
import { Layer } from "effect"
import { Connectivity } from "../connectivity/Connectivity.ts"
import { NetEnvironment } from "../net/NetEnvironment.ts"
import { OwnResolver } from "../net/OwnResolver.ts"
import { testEnvironment } from "../net/testing/TestDialer.ts"
import { OperatorAlerts } from "../operator/OperatorAlerts.ts"

export const Believing = Connectivity.layerOf({ kind: "off" }, 1).pipe(
  Layer.provide(Layer.succeed(NetEnvironment, testEnvironment())),
  Layer.provide(OwnResolver.layer),
  Layer.provideMerge(OperatorAlerts.layer("default"))
)
