/**
 * npm run test:chaos -- --api: the API's promises under kills and load, on real processes. Some five minutes.
 *   -- --api --long         at least 52 kills and 10,000 acknowledged writes
 *   -- --api --only R1,R15  these promises
 *   -- --seed, --slack      as for the workers
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { databaseAway } from "./api/away.ts"
import { burst } from "./api/burst.ts"
import { kill } from "./api/kills.ts"
import { slowClients } from "./api/loris.ts"
import { migrations } from "./api/migrate.ts"
import { surprises } from "./api/programs.ts"
import { type Finding, openScene, type Scene } from "./api/scene.ts"
import { stopInOrder } from "./api/stop.ts"

type Trial = (scene: Scene) => Promise<Finding | ReadonlyArray<Finding>>

const trials: Readonly<Record<string, Trial>> = {
  R17: migrations,
  R16: stopInOrder,
  R15: slowClients,
  R9: databaseAway,
  R14: burst,
  R1: kill
}

export interface Wanted {
  readonly isLong: boolean
  readonly seed: number
  readonly slack: number
  /** Promises, comma separated; all of them unless given. R7 is tried with R1. */
  readonly only: string | undefined
}

/** Whether all promises were kept. */
export const tryApi = async ({ only, ...options }: Wanted): Promise<boolean> => {
  const names = only?.split(",") ?? Object.keys(trials)
  const unknown = names.find((name) => !Object.hasOwn(trials, name))
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${Object.keys(trials).join(", ")}`)
  const folder = mkdtempSync(path.join(tmpdir(), "v-insight-chaos-api-"))
  chmodSync(folder, 0o755)
  console.log(`seed ${options.seed}: ${names.join(", ")}`)
  const scene = await openScene(folder, options)
  let isGood = false
  try {
    const complaints: Array<string> = []
    for (const name of names) {
      const found = await trials[name]!(scene)
      for (const finding of Array.isArray(found) ? (found as ReadonlyArray<Finding>) : [found as Finding]) {
        const figures = Object.entries(finding.figures).map(([what, value]) => `${what}: ${value}`)
        console.log(`${finding.promise.padEnd(4)} ${figures.join(", ")}`)
        complaints.push(...finding.complaints.map((complaint) => `${finding.promise}: ${complaint}`))
      }
    }
    complaints.push(...surprises)
    for (const complaint of complaints) console.log(`BROKEN: ${complaint}`)
    isGood = complaints.length === 0
    console.log(isGood ? `PASSED with seed ${options.seed}` : `FAILED with seed ${options.seed}; logs are in ${folder}`)
  } finally {
    await scene.stop()
    if (isGood) rmSync(folder, { recursive: true, force: true })
  }
  return isGood
}
