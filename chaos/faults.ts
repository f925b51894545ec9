/**
 * What is done to the running system, and for how long it may leave a monitor unwatched by it. A bound counts what is
 * missing beyond the monitor's interval: 0 is a check in every slot.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { canSetClocks, type Worker } from "./fleet.ts"
import { type Scene, untilTakenFrom } from "./scene.ts"

/** The promise for a worker that dies or freezes (R8). */
const takeOverLimitMs = 15_000
/** One that leaves or comes hands over at once; the cluster looks every second. */
const handOverLimitMs = 5_000
/** A database that is back is used again after at most so long (R9). */
const returnLimitMs = 10_000
/** A worker that is asked to end does so in time (R16). */
export const exitLimitMs = 10_000
/** Nothing happened, as far as monitors are concerned. */
export const calmLimitMs = 2_000
const frozenMs = 20_000
const napMs = 4_000
const setClockMs = 6_000
const absentMs = 30_000
/** Workers find out within three seconds that their locks went with the connections: calm before that is none. */
const aftershockMs = 8_000

/** What came of a fault, beside what the tables tell. */
export interface Effects {
  readonly blindLimitMs: number
  /** Until nothing belonged to the victims any more. */
  readonly takeOverMs?: number | undefined
  /** How long PostgreSQL was not there. */
  readonly absentMs?: number
  readonly exits?: ReadonlyArray<{ readonly name: string; readonly code: number | string; readonly ms: number }>
  readonly trouble?: string
}

export interface Fault {
  readonly name: string
  readonly victims: number
  readonly act: (scene: Scene, victims: ReadonlyArray<Worker>) => Promise<Effects>
}

const takenOver = async (scene: Scene, victims: ReadonlyArray<Worker>, since: number): Promise<Effects> => {
  const owners = victims.map(({ owner }) => owner)
  const takeOverMs = await untilTakenFrom(scene, owners, since)
  const isLate = takeOverMs === undefined || takeOverMs > takeOverLimitMs
  return {
    blindLimitMs: takeOverLimitMs,
    takeOverMs,
    ...(isLate ? { trouble: `taken over after ${takeOverMs ?? "more than 90,000"} ms` } : {})
  }
}

const kill: Fault = {
  name: "kill -9",
  victims: 1,
  act: async (scene, victims) => {
    const since = Date.now()
    await Promise.all(victims.map((victim) => victim.end("SIGKILL")))
    // Nobody is left to take over: as their supervisor would, start them again.
    if (scene.workers.every((worker) => !worker.isAlive())) {
      await Promise.all(scene.workers.map((worker) => worker.start()))
      return { blindLimitMs: takeOverLimitMs }
    }
    return takenOver(scene, victims, since)
  }
}

export const endInOrder = async (victims: ReadonlyArray<Worker>): Promise<NonNullable<Effects["exits"]>> => {
  const since = performance.now()
  return Promise.all(
    victims.map(async (victim) => ({
      name: victim.name,
      code: await victim.end("SIGTERM"),
      ms: performance.now() - since
    }))
  )
}

const term: Fault = {
  name: "SIGTERM",
  victims: 1,
  act: async (scene, victims) => {
    const since = Date.now()
    const [exits, effects] = await Promise.all([endInOrder(victims), takenOver(scene, victims, since)])
    return { ...effects, blindLimitMs: handOverLimitMs, exits }
  }
}

const freeze: Fault = {
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
const nap: Fault = {
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
  name: "start",
  act: async (scene, victims) => ({ ...(await join.act(scene, victims)), blindLimitMs: takeOverLimitMs })
}

const database = (name: string, how: "fast" | "immediate" | "kill", awayMs = 0): Fault => ({
  name,
  victims: 0,
  act: async ({ database }) => {
    const since = Date.now()
    await database.stop(how)
    await sleep(awayMs)
    await database.start()
    const absentMs = Date.now() - since
    await sleep(aftershockMs)
    return { blindLimitMs: absentMs + returnLimitMs, absentMs }
  }
})

/** Days beyond the last partition, an hour before what was recorded, and right again. */
const clock: Fault = {
  name: "clock +8 days, -1 hour",
  victims: 0,
  act: async ({ workers }) => {
    for (const offset of ["+8d", "-1h", "+0"]) {
      workers.at(-1)?.setClock(offset)
      await sleep(setClockMs)
    }
    return { blindLimitMs: calmLimitMs }
  }
}

const gentle = [
  ...(canSetClocks ? [clock] : []),
  term,
  freeze,
  nap,
  database("PostgreSQL restart, fast", "fast"),
  database("PostgreSQL restart, immediate", "immediate"),
  database("PostgreSQL away 30 s", "fast", absentMs)
]

/** Each once. */
export const shortPlan: ReadonlyArray<Fault> = [kill, ...gentle]

/** At least 50 killed processes: one, two and all at once, the database among them, and each of the others in between. */
export const longPlan: ReadonlyArray<Fault> = [
  ...Array.from({ length: 26 }, () => kill),
  ...Array.from({ length: 7 }, () => ({ ...kill, name: "kill -9 of two", victims: 2 })),
  ...Array.from({ length: 2 }, () => ({ ...kill, name: "kill -9 of all", victims: 3 })),
  ...Array.from({ length: 5 }, () => database("PostgreSQL kill -9", "kill")),
  ...gentle,
  ...gentle
]
