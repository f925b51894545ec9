/**
 * npm run test:chaos: three workers on one PostgreSQL, killed, frozen, cut off, stopped, started, their database
 * restarted and taken away; then the tables are asked whether everything promised was kept. Four to five minutes.
 *   -- --long              at least 50 kills and everything else twice, some 45 minutes
 *   -- --api               the API's promises instead (api.ts)
 *   -- --list              the faults there are
 *   -- --faults kill,skew  these, in a random order; "rest" are all that the short run leaves out
 *   -- --seed 7            the same monitors, faults and victims again
 *   -- --monitors 1000     in place of 300
 *   -- --slack 3           everything may take three times as long, where other things run beside it
 * As root, with Debian's iproute2 and iptables, each worker has a network of its own that can be cut; with libfaketime
 * one worker's clock is set. Where these are missing, the faults that need them are skipped, and said to be.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { type Database, startDatabase } from "./database.ts"
import { makeDice } from "./dice.ts"
import { calmLimitMs, type Effects, endInOrder, exitLimitMs, type Fault } from "./faults/Fault.ts"
import { begin, join } from "./faults/workers.ts"
import { bundleInto, canSetClocks, makeWorker, surprises } from "./fleet.ts"
import { type Act, judge, readTables } from "./judge.ts"
import { insertMonitors } from "./monitors.ts"
import { openNetwork } from "./network.ts"
import { faults, planOf } from "./plan.ts"
import { print } from "./print.ts"
import { type Scene, untilCalm } from "./scene.ts"
import { startTarget } from "./target.ts"
import { countTrespasses, watchTrespassers } from "./trespass.ts"
import { makeWitness } from "./witness.ts"

/** Between one fault and the next, so that each is judged for itself. */
const restMs = { least: 1_000, more: 3_000 }
/** What was told of before the end may still be under way. */
const deliveredWithinMs = 40_000

const { values } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    faults: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    monitors: { type: "string", default: "300" },
    slack: { type: "string", default: "1" },
    api: { type: "boolean", default: false },
    only: { type: "string" }
  }
})
if (values.api) {
  const { long: isLong, only, seed, slack } = values
  const { tryApi } = await import("./api.ts")
  process.exit((await tryApi({ isLong, only, seed: Number(seed), slack: Number(slack) })) ? 0 : 1)
}
if (values.list) {
  for (const { key, name, needs } of faults) {
    console.log(`${key.padEnd(22)} ${name}${needs === undefined ? "" : ` (needs: ${needs})`}`)
  }
  process.exit(0)
}
const seed = Number(values.seed)
const slack = Number(values.slack)
const dice = makeDice(seed)
const opened = openNetwork()
const network = typeof opened === "string" ? undefined : opened
const obstacles = {
  network: typeof opened === "string" ? opened : undefined,
  libfaketime: canSetClocks ? undefined : "Debian's libfaketime is not installed"
}
const obstacleOf = ({ needs }: Fault): string | undefined => (needs === undefined ? undefined : obstacles[needs])
const wanted = dice.shuffle(planOf(values.faults, values.long))
const plan = wanted.filter((fault) => obstacleOf(fault) === undefined)
const skipped = new Set(wanted.filter((fault) => obstacleOf(fault) !== undefined))
console.log(`seed ${seed}, ${values.monitors} monitors, ${plan.length} faults`)

// What runs and what was made of the network goes with us.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

const folder = mkdtempSync(path.join(tmpdir(), "v-insight-chaos-"))
chmodSync(folder, 0o755)
const main = bundleInto(folder)
const database = await startDatabase(folder, network?.databaseAddress)
const target = await startTarget(seed, network?.targetAddress ?? "127.0.0.1")
let isGood = false
try {
  const monitors = await insertMonitors(database, target, dice, Number(values.monitors))
  if (network !== undefined) await watchTrespassers(database)
  const everybody = await Promise.all(
    ["w1", "w2", "w3", "w4", "w5"].map((name, index) =>
      makeWorker(name, {
        main,
        folder,
        databaseUrl: database.workerUrl,
        // One is enough: the others' clocks are right, as is the database's.
        hasSetClock: canSetClocks && index === 2,
        place: network?.place(name)
      })
    )
  )
  const [workers, spares] = [everybody.slice(0, 3), everybody.slice(3)]
  const scene: Scene = { database, workers, spares, network, target, monitors, dice, slack }
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
    const who = chosen.map((worker) => ` ${worker.name}`).join("")
    const note = effects.note === undefined ? "" : ` (${effects.note})`
    console.log(
      `${new Date(since).toISOString().slice(11, 19)} ${name}${who}: calm after ${((calmMs ?? Number.NaN) / 1000).toFixed(1)} s${note}`
    )
  }

  await perform(begin)
  await perform({
    key: "calm",
    name: "calm",
    victims: 0,
    act: () => sleep(10_000).then(() => ({ blindLimitMs: calmLimitMs }))
  })
  for (const fault of plan) {
    await perform(fault)
    if (workers.some((worker) => !worker.isAlive())) await perform(join)
  }
  await witness.look()
  await untilDelivered(database)
  const since = Date.now()
  const exits = await endInOrder(workers)
  acts.push({
    name: "stop",
    since,
    until: Date.now(),
    calmMs: 0,
    effects: { blindLimitMs: exitLimitMs, exits }
  })

  const trespasses = network === undefined ? undefined : await countTrespasses(database)
  const evidence = { monitors, acts, seen: witness.seen, deliveries: target.deliveries, trespasses }
  const verdict = judge(evidence, await readTables(database), slack)
  const complaints = [...verdict.complaints, ...surprises]
  print(verdict.figures, verdict.totals)
  for (const fault of skipped) console.log(`SKIPPED: ${fault.name}: ${obstacleOf(fault)}`)
  for (const complaint of complaints) console.log(`BROKEN: ${complaint}`)
  isGood = complaints.length === 0
  console.log(isGood ? `PASSED with seed ${seed}` : `FAILED with seed ${seed}; logs are in ${folder}`)
} finally {
  target.stop()
  await database.stop("fast")
  if (isGood) rmSync(folder, { recursive: true, force: true })
}
process.exit(isGood ? 0 : 1)

async function untilDelivered({ query }: Database): Promise<void> {
  const limit = Date.now() + deliveredWithinMs
  while (Date.now() < limit) {
    const [row] = await query<{ oldest: number | null }>(
      "SELECT max(extract(epoch FROM now() - created_at))::float8 AS oldest FROM notifications WHERE status = 'pending'"
    )
    // Something is always new while targets change their mind.
    if ((row?.oldest ?? 0) < 2) return
    await sleep(200)
  }
}
