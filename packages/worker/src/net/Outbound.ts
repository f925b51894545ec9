/**
 * The services that checks and channels reach out with, over one environment: what one more needs is its line in
 * `ways`.
 */
import { Layer } from "effect"
import { SafeMailer } from "./MailClient.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { SafeDialer } from "./SafeDialer.ts"
import { SafeDatabaseClients } from "./SafeDatabaseClients.ts"
import { SafePinger } from "./SafePinger.ts"
import { SafeDns } from "./SafeDns.ts"
import { SafeGrpc } from "./SafeGrpc.ts"
import { SafeWebSockets } from "./WebSocketsClient.ts"

const ways = Layer.mergeAll(
  SafeDialer.layerIn,
  SafeDns.layerIn,
  SafePinger.layerIn,
  SafeDatabaseClients.layerIn,
  SafeGrpc.layerIn,
  SafeWebSockets.layerIn,
  SafeMailer.layerIn
)

export const Outbound = {
  /** In a given environment, such as that of a test. */
  layerIn: ways,
  /** Reads VINSIGHT_ALLOWED_CIDRS and VINSIGHT_HOST_CONCURRENCY. */
  layer: Layer.provideMerge(ways, NetEnvironment.layer)
}
