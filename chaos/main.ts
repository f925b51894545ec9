/**
 * npm run test:chaos: three workers on one PostgreSQL, killed, frozen, stopped, started, their database restarted and
 * taken away; then the tables are asked whether everything promised was kept. Two to three minutes.
 *   -- --long           at least 50 kills, some 20 minutes
 *   -- --seed 7         the same monitors, faults and victims again
 *   -- --monitors 1000  in place of 300
 *   -- --slack 3        everything may take three times as long, where other things run beside it
 * With Debian's libfaketime installed, one worker's clock is set forth and back as well.
 */
import { mkdtempSync, chmodSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { startDatabase } from "./database.ts"
import { makeDice } from "./dice.ts"
import {
  begin,
  calmLimitMs,
  type Effects,
  endInOrder,
  exitLimitMs,
  type Fault,
  join,
  longPlan,
  shortPlan
} from "./faults.ts"
import { bundleInto, canSetClocks, makeWorker, surprises } from "./fleet.ts"
import { type Act, judge, readTables } from "./judge.ts"
import { insertMonitors } from "./monitors.ts"
import { print } from "./print.ts"
import { type Scene, untilCalm } from "./scene.ts"
import { startTarget } from "./target.ts"
import { makeWitness } from "./witness.ts"

/** Between one fault and the next, so that each is judged for itself. */
const restMs = { least: 1_000, more: 3_000 }
/** What was told of before the end may still be under way. */
const deliveredWithinMs = 30_000

const { values } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    monitors: { type: "string", default: "300" },
    slack: { type: "string", default: "1" }
  }
})
const seed = Number(values.seed)
const count = Number(values.monitors)
const dice = makeDice(seed)
const plan = dice.shuffle(values.long ? longPlan : shortPlan)
console.log(`seed ${seed}, ${count} monitors, ${plan.length} faults`)

const folder = mkdtempSync(path.join(tmpdir(), "v-insight-chaos-"))
chmodSync(folder, 0o755)
const main = bundleInto(folder)
const database = await startDatabase(folder)
const target = await startTarget(seed)
let isGood = false
try {
  const monitors = await insertMonitors(database, target, dice, count)
  const workers = await Promise.all(
    ["w1", "w2", "w3"].map((name, index) =>
      makeWorker(name, {
        main,
        folder,
        databaseUrl: database.workerUrl,
        // One is enough: the others' clocks are right, as is the database's.
        hasSetClock: canSetClocks && index === 2
      })
    )
  )
  const scene: Scene = { database, workers, monitors, dice }
  const witness = makeWitness(database)
  const acts: Array<Act> = []

  /** Does it, waits until all is well again, and rests. */
  const perform = async ({ act, name, victims }: Fault): Promise<void> => {
    await witness.look()
    const since = Date.now()
    const chosen = dice.shuffle(workers).slice(0, victims)
    const effects: Effects = await act(scene, chosen)
    const calmMs = await untilCalm(scene, since)
    await sleep(restMs.least + dice.below(restMs.more))
    acts.push({ name, since, until: Date.now(), calmMs, effects })
    console.log(
      `${name}${chosen.map((worker) => ` ${worker.name}`).join("")}: calm after ${((calmMs ?? Number.NaN) / 1000).toFixed(1)} s`
    )
  }

  await perform(begin)
  await perform({ name: "calm", victims: 0, act: () => sleep(10_000).then(() => ({ blindLimitMs: calmLimitMs })) })
  for (const fault of plan) {
    await perform(fault)
    if (workers.some((worker) => !worker.isAlive())) await perform(join)
  }
  await witness.look()
  await untilDelivered()
  const since = Date.now()
  const exits = await endInOrder(workers)
  acts.push({
    name: "stop",
    since,
    until: Date.now(),
    calmMs: 0,
    effects: { blindLimitMs: exitLimitMs, exits }
  })

  const evidence = { monitors, acts, seen: witness.seen, deliveries: target.deliveries }
  const verdict = judge(evidence, await readTables(database), Number(values.slack))
  const complaints = [...verdict.complaints, ...surprises]
  print(verdict.figures, verdict.totals)
  for (const complaint of complaints) console.log(`BROKEN: ${complaint}`)
  isGood = complaints.length === 0
  console.log(isGood ? `PASSED with seed ${seed}` : `FAILED with seed ${seed}; logs are in ${folder}`)
} finally {
  target.stop()
  await database.stop("fast")
  if (isGood) rmSync(folder, { recursive: true, force: true })
}
process.exit(isGood ? 0 : 1)

async function untilDelivered(): Promise<void> {
  const limit = Date.now() + deliveredWithinMs
  while (Date.now() < limit) {
    const [row] = await database.query<{ oldest: number | null }>(
      "SELECT max(extract(epoch FROM now() - created_at))::float8 AS oldest FROM notifications WHERE status = 'pending'"
    )
    // Something is always new while targets change their mind.
    if ((row?.oldest ?? 0) < 2) return
    await sleep(200)
  }
}
