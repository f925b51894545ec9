/** A free TCP port of this machine, for a cluster address that nobody chose. */
import { probePort } from "@v-insight/database/probePort"
import { Effect } from "effect"

export const freePort = (host: string): Effect.Effect<number> => Effect.orDie(probePort(host))
