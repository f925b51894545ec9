/**
 * R16: an API and then the worker are asked to end while requests are under way: tries of a target that never answers,
 * and writes. Whoever was being served gets an answer, who comes later is refused at once, and the exit is clean.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { asking, insertMonitors, isDone } from "./client.ts"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { until } from "./programs.ts"
import type { Finding, Scene } from "./scene.ts"

const tries = 8
const writes = 40
const trySeconds = 4
const exitMs = 10_000
/** So that all of them have been taken. */
const underWayMs = 700
/** So that some of the writes are done, and some are not. */
const someAnsweredMs = 150

export const stopInOrder = async (scene: Scene): Promise<Finding> => {
  const { apis, database, dice, person, slack, silentUrl, targetUrl, worker } = scene
  const [, api] = apis
  const complaints: Array<string> = []
  const ask = asking(api.origin, person.token)
  const trying = Array.from({ length: tries }, () =>
    ask("POST", "/api/v1/checks/try", { type: "http", settings: { url: silentUrl }, timeoutSeconds: trySeconds })
  )
  await sleep(underWayMs)
  const names = Array.from({ length: writes }, (_, index) => `stopped ${index} ${dice.uuid()}`)
  const writing = names.map((name) =>
    ask("POST", "/api/v1/monitors", { name, type: "http", settings: { url: targetUrl }, intervalSeconds: 3600 })
  )
  await sleep(someAnsweredMs)
  const began = performance.now()
  const exiting = api.end("SIGTERM").then((code) => ({ code, ms: performance.now() - began }))
  const tried = await Promise.all(trying)
  const written = await Promise.all(writing)
  const exit = await exiting
  const unanswered = tried.filter((answer) => !isDone(answer))
  if (unanswered.length > 0) complaints.push(`${unanswered.length} of ${tries} tries got ${unanswered[0]!.status}`)
  const acknowledged = names.filter((_, index) => isDone(written[index]!))
  const kept = await database.query("SELECT 1 FROM monitors WHERE name = ANY ($1)", [acknowledged])
  if (kept.length !== acknowledged.length)
    complaints.push(`${acknowledged.length - kept.length} acknowledged writes are lost`)
  // Whoever had no answer was never taken, or the write did not happen half.
  const odd = written.filter(({ status }) => status !== 201 && status !== 0 && status !== 503)
  if (odd.length > 0) complaints.push(`a write got ${odd[0]!.status}`)
  if (exit.code !== 0) complaints.push(`the API ended with ${exit.code}`)
  if (exit.ms > exitMs * slack) complaints.push(`the API took ${Math.round(exit.ms)} ms to end`)
  await api.start()

  const monitors = Array.from({ length: 100 }, () => dice.uuid()).map((id) => ({
    id,
    bucket: bucketOf(id),
    paused: false
  }))
  const ids = monitors.map(({ id }) => id)
  await insertMonitors(database, person.tenantId, monitors, { url: targetUrl, intervalSeconds: 10 })
  const isSeen = async (): Promise<boolean> =>
    (await database.query("SELECT 1 FROM monitor_state WHERE monitor_id = ANY ($1) AND checked_at IS NULL", [ids]))
      .length === 0
  if ((await until(isSeen, 90_000)) === undefined) complaints.push("the monitors are not checked")
  const told = performance.now()
  const code = await worker.end("SIGTERM")
  const workerMs = performance.now() - told
  if (code !== 0) complaints.push(`the worker ended with ${code}`)
  if (workerMs > exitMs * slack) complaints.push(`the worker took ${Math.round(workerMs)} ms to end`)
  await worker.start()
  await database.query("UPDATE monitors SET paused = true, updated_at = clock_timestamp() WHERE id = ANY ($1)", [ids])
  return {
    promise: "R16",
    figures: {
      "tries answered": `${tries - unanswered.length} of ${tries}`,
      "writes acknowledged": `${acknowledged.length} of ${writes}`,
      lost: acknowledged.length - kept.length,
      "API ended after, ms": Math.round(exit.ms),
      "worker ended after, ms": Math.round(workerMs)
    },
    complaints
  }
}
