/**
 * A port for a program that is killed and started again under the same address. Not one of those that the kernel gives
 * to outgoing connections (32768 and above on Linux): while the program is gone, a client could be given its port.
 */
import { probePort } from "@v-insight/database/probePort"
import { Effect, Option } from "effect"
import { randomInt } from "node:crypto"

const range = { first: 15_000, last: 32_000 }
const maxTries = 100

export const steadyPort = async (host: string): Promise<number> => {
  for (let tries = 0; tries < maxTries; tries++) {
    const wanted = randomInt(range.first, range.last)
    const port = await Effect.runPromise(Effect.option(probePort(host, wanted)))
    if (Option.isSome(port)) return port.value
  }
  throw new Error(`No port of ${host} from ${range.first} to ${range.last} is free`)
}
