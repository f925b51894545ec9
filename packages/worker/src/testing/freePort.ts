/** A TCP port of this machine that is free at this moment, for a server of a test. */
import { probePort } from "@v-insight/database/probePort"
import { Effect } from "effect"

export const freePort = (host: string): Effect.Effect<number> => Effect.orDie(probePort(host))
