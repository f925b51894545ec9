/**
 * A fault is done to the running system, and may leave a monitor unwatched for so long. A bound counts what is missing
 * beyond the monitor's interval: 0 is a check in every slot.
 */
import type { Worker } from "../fleet.ts"
import { type Scene, untilTakenFrom } from "../scene.ts"

/** The promise for a worker that dies, freezes or is cut off (R8). */
export const takeOverLimitMs = 15_000
/** One that leaves or comes hands over at once; the cluster looks every second. */
export const handOverLimitMs = 5_000
/** A database that is back is used again after at most so long (R9). */
export const returnLimitMs = 10_000
/** A worker that is asked to end does so in time (R16). */
export const exitLimitMs = 10_000
/** Nothing happened, as far as monitors are concerned. */
export const calmLimitMs = 2_000

/** What came of a fault, beside what the tables tell. */
export interface Effects {
  readonly blindLimitMs: number
  /** Until nothing belonged to the victims any more. */
  readonly takeOverMs?: number | undefined
  readonly exits?: ReadonlyArray<Exit>
  /** A process died between a delivery and its record: only then may a message come twice (R5). */
  readonly mayRepeat?: boolean
  readonly trouble?: string | undefined
  /** What was measured beside, for the report. */
  readonly note?: string
}

export interface Exit {
  readonly name: string
  readonly code: number | string
  readonly ms: number
}

export interface Fault {
  /** As `--faults` has it. */
  readonly key: string
  readonly name: string
  /** How many of the workers `act` is given. */
  readonly victims: number
  /** What the machine must have; the fault is skipped, and said to be, where it has not. */
  readonly needs?: "network" | "libfaketime"
  readonly act: (scene: Scene, victims: ReadonlyArray<Worker>) => Promise<Effects>
}

/** Waits until the victims own nothing any more. */
export const takenOver = async (scene: Scene, victims: ReadonlyArray<Worker>, since: number): Promise<Effects> => {
  const owners = victims.map(({ owner }) => owner)
  const takeOverMs = await untilTakenFrom(scene, owners, since)
  const isLate = takeOverMs === undefined || takeOverMs > takeOverLimitMs * scene.slack
  return {
    blindLimitMs: takeOverLimitMs,
    takeOverMs,
    ...(isLate ? { trouble: `taken over after ${takeOverMs ?? "more than 90,000"} ms` } : {})
  }
}

/** Asks workers to end, all at once, and waits until they have. */
export const endInOrder = (victims: ReadonlyArray<Worker>): Promise<ReadonlyArray<Exit>> => {
  const since = performance.now()
  return Promise.all(
    victims.map(async (victim) => ({
      name: victim.name,
      code: await victim.end("SIGTERM"),
      ms: performance.now() - since
    }))
  )
}
