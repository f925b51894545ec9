/** What happens to PostgreSQL: restarted, killed, away, without an answer, without time to compute. */
import { setTimeout as sleep } from "node:timers/promises"
import { makePace } from "../pace.ts"
import { type Fault, returnLimitMs } from "./Fault.ts"

const absentMs = 30_000
/** Workers find out within three seconds that their locks went with the connections: calm before that is none. */
const aftershockMs = 8_000
const hungMs = 20_000
const starvedMs = 30_000
/** Each time PostgreSQL stands still. */
const stallMs = { least: 200, most: 2_000 }
/** Between two of these it computes so long. */
const breathMs = 40
/** What is decided may wait for PostgreSQL; what it costs in memory has an end. */
const grownLimitMb = 150

const gone = (key: string, name: string, how: "fast" | "immediate" | "kill", awayMs = 0): Fault => ({
  key,
  name,
  victims: 0,
  act: async ({ database }) => {
    const since = Date.now()
    await database.stop(how)
    await sleep(awayMs)
    await database.start()
    const absentMs = Date.now() - since
    await sleep(aftershockMs)
    return { blindLimitMs: absentMs + returnLimitMs }
  }
})
export const restart = gone("restart", "PostgreSQL restart, fast", "fast")
export const restartImmediate = gone("restart-immediate", "PostgreSQL restart, immediate", "immediate")
export const databaseKill = gone("database-kill", "PostgreSQL kill -9", "kill")
export const away = gone("away", "PostgreSQL away 30 s", "fast", absentMs)

/** It takes connections and answers nothing. */
export const hung: Fault = {
  key: "hung",
  name: "PostgreSQL without an answer 20 s",
  victims: 0,
  act: async ({ database }) => {
    const pace = makePace(await database.postmaster())
    pace.stop()
    await sleep(hungMs)
    pace.resume()
    await sleep(aftershockMs)
    return { blindLimitMs: hungMs + returnLimitMs }
  }
}

/** It stands still for up to two seconds, again and again: each statement takes one or several of these. */
export const starved: Fault = {
  key: "slow-database",
  name: "PostgreSQL slow 30 s",
  victims: 0,
  act: async ({ database, dice, workers }) => {
    const pace = makePace(await database.postmaster())
    const before = await Promise.all(workers.map((worker) => worker.measure()))
    const until = Date.now() + starvedMs
    while (Date.now() < until) {
      pace.stop()
      await sleep(stallMs.least + dice.below(stallMs.most - stallMs.least))
      pace.resume()
      await sleep(breathMs)
    }
    const after = await Promise.all(workers.map((worker) => worker.measure()))
    await sleep(aftershockMs)
    const grownMb = Math.max(...after.map(({ residentMb }, index) => residentMb - before[index]!.residentMb))
    const isSeen = after.some(
      ({ late, slowFlushes }, index) => late + slowFlushes > before[index]!.late + before[index]!.slowFlushes
    )
    const trouble =
      grownMb > grownLimitMb ? `a worker grew by ${grownMb.toFixed(0)} MB` : isSeen ? undefined : "no metric shows it"
    return {
      blindLimitMs: starvedMs + returnLimitMs,
      trouble,
      note: `grew by ${grownMb.toFixed(0)} MB at most, ${after.map(({ late }, index) => late - before[index]!.late).join("+")} starts over 1 s late`
    }
  }
}

/** As when a pooler or a firewall restarts: every connection of every worker, and PostgreSQL goes on. */
export const disconnected: Fault = {
  key: "disconnect",
  name: "connections ended",
  victims: 0,
  act: async ({ database }) => {
    await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'vinsight_worker'")
    await sleep(aftershockMs)
    return { blindLimitMs: returnLimitMs }
  }
}
