/** Takes the time to compute from PostgreSQL: all its processes are stopped and go on. */
import { readdirSync } from "node:fs"
import { parentOf } from "../bench/processes.ts"

export interface Pace {
  readonly stop: () => void
  readonly resume: () => void
}

export const makePace = (postmaster: number): Pace => {
  const send = (signal: NodeJS.Signals): void => {
    for (const pid of [postmaster, ...childrenOf(postmaster)]) {
      try {
        process.kill(pid, signal)
      } catch {
        // It ended meanwhile.
      }
    }
  }
  return { stop: () => send("SIGSTOP"), resume: () => send("SIGCONT") }
}

const childrenOf = (parent: number): ReadonlyArray<number> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent)
