/** What happens to workers: killed, asked to end, frozen, come, go, replaced by the next version. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Worker } from "../fleet.ts"
import { type Scene, untilCalm } from "../scene.ts"
import { endInOrder, type Exit, type Fault, handOverLimitMs, takenOver, takeOverLimitMs } from "./Fault.ts"

const frozenMs = 20_000
const napMs = 4_000

const killed = (key: string, name: string, victims: number): Fault => ({
  key,
  name,
  victims,
  act: async (scene, victims) => {
    const since = Date.now()
    await Promise.all(victims.map((victim) => victim.end("SIGKILL")))
    // Nobody is left to take over: as their supervisor would, start them again.
    if (scene.workers.every((worker) => !worker.isAlive())) {
      await Promise.all(scene.workers.map((worker) => worker.start()))
      return { blindLimitMs: takeOverLimitMs, mayRepeat: true }
    }
    return { ...(await takenOver(scene, victims, since)), mayRepeat: true }
  }
})
export const kill = killed("kill", "kill -9", 1)
export const killTwo = killed("kill-two", "kill -9 of two", 2)
export const killAll = killed("kill-all", "kill -9 of all", 3)

export const term: Fault = {
  key: "term",
  name: "SIGTERM",
  victims: 1,
  act: async (scene, victims) => {
    const since = Date.now()
    const [exits, effects] = await Promise.all([endInOrder(victims), takenOver(scene, victims, since)])
    return { ...effects, blindLimitMs: handOverLimitMs, exits }
  }
}

export const freeze: Fault = {
  key: "freeze",
  name: "SIGSTOP 20 s",
  victims: 1,
  act: async (scene, victims) => {
    const since = Date.now()
    for (const victim of victims) victim.signal("SIGSTOP")
    const [effects] = await Promise.all([takenOver(scene, victims, since), sleep(frozenMs)])
    for (const victim of victims) victim.signal("SIGCONT")
    return effects
  }
}

/** Too short to lose anything: it wakes up with checks under way whose time is over, and still owns its monitors. */
export const nap: Fault = {
  key: "nap",
  name: "SIGSTOP 4 s",
  victims: 1,
  act: async (_, victims) => {
    for (const victim of victims) victim.signal("SIGSTOP")
    await sleep(napMs)
    for (const victim of victims) victim.signal("SIGCONT")
    return { blindLimitMs: napMs + handOverLimitMs }
  }
}

/** Follows whatever ended workers. */
export const join: Fault = {
  key: "join",
  name: "join",
  victims: 0,
  act: async ({ workers }) => {
    await Promise.all(workers.filter((worker) => !worker.isAlive()).map((worker) => worker.start()))
    return { blindLimitMs: handOverLimitMs }
  }
}

/** All of them at once, on an empty cluster. */
export const begin: Fault = {
  ...join,
  key: "start",
  name: "start",
  act: async (scene, victims) => ({ ...(await join.act(scene, victims)), blindLimitMs: takeOverLimitMs })
}

/** A new version goes out under load: one worker ends, its successor starts, then the next, without a pause. */
export const rollingDeploy: Fault = {
  key: "rolling-deploy",
  name: "rolling deploy",
  victims: 3,
  act: async (_, victims) => {
    const exits: Array<Exit> = []
    for (const victim of victims) {
      exits.push(...(await endInOrder([victim])))
      await victim.start()
    }
    return { blindLimitMs: handOverLimitMs, exits }
  }
}

/** Two more come, one after the other, and go again: each time a fair share moves. */
export const fiveWorkers: Fault = {
  key: "five-workers",
  name: "two more come and go",
  victims: 0,
  act: async (scene) => {
    const exits: Array<Exit> = []
    for (const spare of scene.spares) await turn(scene, spare, () => spare.start())
    for (const spare of scene.spares) await turn(scene, spare, async () => exits.push(...(await endInOrder([spare]))))
    return { blindLimitMs: handOverLimitMs, exits }
  }
}

const turn = async (scene: Scene, { name }: Worker, act: () => Promise<unknown>): Promise<void> => {
  const since = Date.now()
  await act()
  if ((await untilCalm(scene, since)) === undefined) throw new Error(`No calm after ${name} came or went.`)
}
