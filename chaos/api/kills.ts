/**
 * R1 and R7: the two APIs, the worker and the database are killed in turns while six people and jobs write and one reads
 * through a balancer. Nothing that was acknowledged may be missing from the tables, whoever was killed serves again within
 * 5 s, and no read fails but those that the killed API had taken.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { type Answer, asking } from "./client.ts"
import { lostIn } from "./ledger.ts"
import { probe, type Program, until } from "./programs.ts"
import type { Finding, Scene } from "./scene.ts"
import { readTables, startWriters } from "./writers.ts"

const writers = 6
const kills = { short: 5, long: 52 }
const wantedWrites = 10_000
/** R7. */
const servingMs = 5_000
/** R9, for a database that was killed: with its recovery. */
const normalMs = 10_000
const restMs = { least: 1_000, more: 2_000 }
const readEveryMs = 40

/** Epoch milliseconds between which an answer of 503, or none, is what is promised. */
interface Span {
  readonly from: number
  readonly to: number
}

interface Death {
  readonly program: string
  /** When the process was gone. */
  readonly at: number
}

export const kill = async (scene: Scene): Promise<ReadonlyArray<Finding>> => {
  const { apis, balancer, database, isLong, person, slack, worker } = scene
  const ask = asking(balancer.origin, person.token)
  const work = await startWriters({ ...scene, origin: balancer.origin }, writers)
  const deaths: Array<Death> = []
  const away: Array<Span> = []
  const serving: Array<number> = []
  const normal: Array<number> = []
  const reads: Array<Answer> = []
  const complaints: Array<string> = []

  const ending = new AbortController()
  const reading = (async () => {
    while (!ending.signal.aborted) {
      reads.push(await ask("GET", "/api/v1/monitors?limit=5"))
      await sleep(readEveryMs)
    }
  })()

  const killProgram = async (program: Program): Promise<void> => {
    await program.end("SIGKILL")
    deaths.push({ program: program.name, at: Date.now() })
    const ms = await program.start()
    if (program !== worker) serving.push(ms)
  }
  const killDatabase = async (): Promise<void> => {
    const from = Date.now()
    await database.stop("kill")
    await database.start()
    const back = await until(async () => {
      const answers = await Promise.all(apis.map(({ origin }) => probe(`${origin}/api/v1/monitors`, person.token)))
      return answers.every(({ status }) => status === 200)
    }, 60_000)
    if (back === undefined) complaints.push("the API is not back after the database was killed")
    else normal.push(back)
    away.push({ from, to: Date.now() })
  }

  const turns: ReadonlyArray<() => Promise<void>> = [
    () => killProgram(apis[0]),
    () => killProgram(worker),
    () => killProgram(apis[1]),
    killDatabase
  ]
  const began = performance.now()
  const wanted = isLong ? { kills: kills.long, writes: wantedWrites } : { kills: kills.short, writes: 0 }
  let done = 0
  while (done < wanted.kills || work.ledger.writes < wanted.writes) {
    await sleep(restMs.least + scene.dice.below(restMs.more))
    await turns[done % turns.length]!()
    done++
    if (done % 10 === 0) console.log(`  ${done} kills, ${work.ledger.writes} writes acknowledged`)
  }
  await sleep(restMs.least)
  ending.abort()
  await reading
  await work.stop()
  const minutes = (performance.now() - began) / 60_000

  const lost = lostIn(work.ledger, await readTables(database))
  const isExcused = ({ began, ms, status }: Answer): boolean =>
    away.some(({ from, to }) => began + ms >= from && began <= to && (status === 503 || status === 0))
  // The balancer knows whose answer was lost, and when the request had been handed over.
  const isInFlight = ({ began, ms }: Answer): boolean =>
    balancer.broken.some((broken) => {
      const death = deaths.find(({ at, program }) => program === broken.program && at >= broken.began)
      return death !== undefined && broken.began >= began && broken.began <= began + ms + 1
    })
  const failed = reads.filter(({ status }) => status !== 200)
  const inFlight = failed.filter((read) => !isExcused(read) && read.status === 0 && isInFlight(read))
  const unexplained = failed.filter((read) => !isExcused(read) && !inFlight.includes(read))
  for (const { began, ms, status, why } of unexplained.slice(0, 5)) {
    complaints.push(`a read at ${new Date(began).toISOString()} got ${status} ${why} after ${Math.round(ms)} ms`)
  }
  const slowest = Math.max(0, ...serving)
  const latest = Math.max(0, ...normal)
  return [
    {
      promise: "R1",
      figures: {
        kills: done,
        minutes: minutes.toFixed(1),
        "writes acknowledged": work.ledger.writes,
        lost: lost.length,
        "other answers": JSON.stringify(
          Object.fromEntries([...work.statuses].filter(([status]) => status >= 300 || status === 0))
        )
      },
      complaints: lost.slice(0, 10)
    },
    {
      promise: "R7",
      figures: {
        "slowest to serve again, ms": Math.round(slowest),
        reads: reads.length,
        "lost in flight": inFlight.length,
        unexplained: unexplained.length,
        "after the database was killed, ms": Math.round(latest)
      },
      complaints: [
        ...complaints,
        ...(slowest > servingMs * slack ? [`an API served after ${Math.round(slowest)} ms only`] : []),
        ...(latest > normalMs * slack ? [`the API was back ${Math.round(latest)} ms after the database`] : [])
      ]
    }
  ]
}
