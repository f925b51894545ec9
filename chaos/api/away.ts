/** R9: the database away for 30 s. Everybody gets a 503 that says when to come back, and nothing has to be restarted. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Probe, probe, until } from "./programs.ts"
import type { Finding, Scene } from "./scene.ts"

const awayMs = 30_000
const probeEveryMs = 500
const answerMs = 2_000
const normalMs = 10_000
/** Connections die as the server stops; until then an answer of before may still come. */
const settleMs = 1_000

export const databaseAway = async (scene: Scene): Promise<Finding> => {
  const { apis, database, person, slack, worker } = scene
  const complaints = new Set<string>()
  const seen: Array<Probe> = []

  const look = async (origin: string): Promise<void> => {
    const [read, live, ready] = await Promise.all([
      probe(`${origin}/api/v1/monitors`, person.token),
      probe(`${origin}/health/live`),
      probe(`${origin}/health/ready`)
    ])
    seen.push(read, live, ready)
    if (read.status !== 503) complaints.add(`a request got ${read.status} instead of 503`)
    else if (read.retryAfter === null) complaints.add("a 503 has no Retry-After")
    else if (JSON.parse(read.text).error.code !== "UNAVAILABLE") complaints.add(`a 503 says ${read.text}`)
    if (live.status !== 200) complaints.add(`live got ${live.status} instead of 200`)
    if (ready.status !== 503) complaints.add(`ready got ${ready.status} instead of 503`)
  }

  await database.stop("fast")
  await sleep(settleMs)
  const until30 = performance.now() + awayMs
  while (performance.now() < until30) {
    await Promise.all(apis.map(({ origin }) => look(origin)))
    const ofWorker = await probe(`${worker.origin}/health/live`)
    if (ofWorker.status !== 200) complaints.add(`the worker's live got ${ofWorker.status} instead of 200`)
    await sleep(probeEveryMs)
  }
  await database.start()
  const backMs = await until(async () => {
    const answers = await Promise.all([
      ...apis.map(({ origin }) => probe(`${origin}/api/v1/monitors`, person.token)),
      probe(`${worker.origin}/health/ready`)
    ])
    return answers.every(({ status }) => status === 200)
  }, 60_000)

  const slowest = Math.max(...seen.map(({ ms }) => ms))
  if (slowest > answerMs * slack) complaints.add(`an answer took ${Math.round(slowest)} ms`)
  if (backMs === undefined || backMs > normalMs * slack)
    complaints.add(`normal after ${backMs ?? "more than 60,000"} ms`)
  for (const program of [...apis, worker]) if (!program.isAlive()) complaints.add(`${program.name} has ended`)
  return {
    promise: "R9",
    figures: {
      "away, s": awayMs / 1000,
      answers: seen.length,
      "slowest, ms": Math.round(slowest),
      "normal after, ms": Math.round(backMs ?? Number.NaN)
    },
    complaints: [...complaints]
  }
}
