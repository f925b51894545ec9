/** Which faults there are, and which of them a run is made of. */
import { jump, skew } from "./faults/clocks.ts"
import { away, databaseKill, disconnected, hung, restart, restartImmediate, starved } from "./faults/databases.ts"
import { editsDeaf, editsHeard } from "./faults/edits.ts"
import type { Fault } from "./faults/Fault.ts"
import { databaseCut, databaseReset, workersCut, workersReset } from "./faults/networks.ts"
import { poison } from "./faults/poison.ts"
import { fiveWorkers, freeze, kill, killAll, killTwo, nap, rollingDeploy, term } from "./faults/workers.ts"

/** Each once in CI. */
const shortPlan: ReadonlyArray<Fault> = [
  kill,
  term,
  freeze,
  nap,
  jump,
  restart,
  restartImmediate,
  away,
  databaseCut,
  rollingDeploy,
  poison,
  editsHeard
]
/** Longer, or milder forms of these: each once by `--faults rest`. */
const rest: ReadonlyArray<Fault> = [
  databaseReset,
  workersCut,
  workersReset,
  hung,
  starved,
  disconnected,
  skew,
  fiveWorkers,
  editsDeaf
]
export const faults: ReadonlyArray<Fault> = [...shortPlan, ...rest, killTwo, killAll, databaseKill]

/** At least 50 killed processes: one, two and all at once, the database among them, and all others twice in between. */
const longPlan: ReadonlyArray<Fault> = [
  ...Array.from({ length: 26 }, () => kill),
  ...Array.from({ length: 7 }, () => killTwo),
  ...Array.from({ length: 2 }, () => killAll),
  ...Array.from({ length: 5 }, () => databaseKill),
  ...[...shortPlan, ...rest].filter((fault) => fault !== kill).flatMap((fault) => [fault, fault])
]

/** By names as `--list` prints them, "rest" among them, or of the kind of run. */
export const planOf = (names: string | undefined, isLong: boolean): ReadonlyArray<Fault> => {
  if (names === undefined) return isLong ? longPlan : shortPlan
  return names.split(",").flatMap((name) => {
    if (name === "rest") return rest
    const fault = faults.find(({ key }) => key === name)
    if (fault === undefined) throw new Error(`There is no fault "${name}": see --list.`)
    return [fault]
  })
}
