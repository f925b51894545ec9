/** What happens to the network: one worker without the database, one without the other workers. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Cut, Network } from "../network.ts"
import { calmLimitMs, type Fault, takenOver, takeOverLimitMs } from "./Fault.ts"

const cutMs = 20_000
/** What was sent just before and after the cut comes to light. */
const aftershockMs = 5_000

/** It must not write any more once another owns what it had; the trespassers' table tells. */
const withoutDatabase = (how: Cut): Fault => ({
  key: `database-cut-${how}`,
  name: `cut off from PostgreSQL 20 s, ${how}`,
  victims: 1,
  needs: "network",
  act: async (scene, victims) => {
    const since = Date.now()
    const { databaseAddress } = networkOf(scene)
    for (const victim of victims) victim.place?.cut([databaseAddress], how)
    const [effects] = await Promise.all([takenOver(scene, victims, since), sleep(cutMs)])
    for (const victim of victims) victim.place?.heal()
    await sleep(aftershockMs)
    return effects
  }
})
export const databaseCut = withoutDatabase("silent")
export const databaseReset = withoutDatabase("reset")

/** All reach the database. A cut without a word is not noticed so soon, and changes nothing until then. */
const withoutOthers = (how: Cut): Fault => ({
  key: `workers-cut-${how}`,
  name: `cut off from other workers 20 s, ${how}`,
  victims: 1,
  needs: "network",
  act: async ({ workers }, victims) => {
    const others = workers.filter((worker) => !victims.includes(worker)).map(({ host }) => host)
    for (const victim of victims) victim.place?.cut(others, how)
    await sleep(cutMs)
    for (const victim of victims) victim.place?.heal()
    await sleep(aftershockMs)
    return { blindLimitMs: how === "silent" ? calmLimitMs : takeOverLimitMs }
  }
})
export const workersCut = withoutOthers("silent")
export const workersReset = withoutOthers("reset")

const networkOf = ({ network }: { readonly network: Network | undefined }): Network => {
  if (network === undefined) throw new Error("There is no network of our own.")
  return network
}
