/**
 * R14: ten times as many checks due at once as usual. The worker is gone for as long as one interval, so that what is
 * checked over ten seconds is due in the first one of the next. Nothing beyond the time without a worker may be missing.
 */
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { setTimeout as sleep } from "node:timers/promises"
import { asking, insertMonitors } from "./client.ts"
import { until } from "./programs.ts"
import type { Finding, Scene } from "./scene.ts"

const count = 1_500
const intervalSeconds = 10
const intervalMs = intervalSeconds * 1000
const lateMs = 5_000
const caughtUpMs = 60_000
const apiMs = 1_000
const readEveryMs = 50
/** Confirmed slots before the burst, and as long after it. */
const observeMs = 65_000

interface Result {
  readonly monitor: string
  /** Epoch milliseconds. */
  readonly slot: number
  readonly at: number
}

export const burst = async (scene: Scene): Promise<Finding> => {
  const { balancer, database, dice, person, slack, targetUrl, worker } = scene
  const ask = asking(balancer.origin, person.token)
  const monitors = Array.from({ length: count }, () => dice.uuid()).map((id) => ({
    id,
    bucket: bucketOf(id),
    paused: false
  }))
  const ids = monitors.map(({ id }) => id)
  await insertMonitors(database, person.tenantId, monitors, { url: targetUrl, intervalSeconds })
  const seenSince = async (since: number): Promise<number> => {
    const [row] = await database.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM monitor_state WHERE monitor_id = ANY ($1) AND to_millis(checked_at) >= $2",
      [ids, since]
    )
    return row!.count
  }
  const isSeen = (since: number) => async (): Promise<boolean> => (await seenSince(since)) === count
  if ((await until(isSeen(0), 90_000)) === undefined) throw new Error("the monitors are not checked")
  await sleep(2 * intervalSeconds * 1000)

  const goneAt = Date.now()
  await worker.end("SIGKILL")
  await sleep(intervalSeconds * 1000)
  const backAt = Date.now()
  const durations: Array<number> = []
  const ending = new AbortController()
  const failures: Array<string> = []
  const reading = (async () => {
    while (!ending.signal.aborted) {
      const { ms, status } = await ask("GET", "/api/v1/monitors?limit=50")
      durations.push(ms)
      if (status !== 200) failures.push(`a read got ${status} during the burst`)
      await sleep(readEveryMs)
    }
  })()
  await worker.start()
  await sleep(observeMs)
  ending.abort()
  await reading

  const results = await database.query<Result>(
    `SELECT monitor_id AS monitor, to_millis(slot)::float8 AS slot, to_millis(checked_at)::float8 AS at
     FROM check_results WHERE monitor_id = ANY ($1) ORDER BY monitor_id, slot`,
    [ids]
  )
  // From a slot, or from the return of the worker, to the check.
  const late = results.filter(({ at, slot }) => at >= backAt && at - Math.max(slot, backAt) > lateMs)
  const lastLateMs = Math.max(0, ...late.map(({ at }) => at - backAt))
  const worstMs = Math.max(0, ...results.map(({ at, slot }) => (at >= backAt ? at - Math.max(slot, backAt) : 0)))
  // Until the first check of the new worker nobody was there: the newest slot of that time is made up for.
  const firstAt = Math.min(...results.filter(({ at }) => at >= backAt).map(({ at }) => at))
  let missing = 0
  let doubled = 0
  for (const [, own] of Map.groupBy(results, ({ monitor }) => monitor)) {
    for (const [index, { slot }] of own.entries()) {
      const next = own[index + 1]
      if (next === undefined) continue
      if (next.slot === slot) doubled++
      for (let due = slot + intervalMs; due < next.slot - intervalMs / 2; due += intervalMs) {
        if (due < goneAt - intervalMs || due > firstAt) missing++
      }
    }
  }
  const sorted = durations.toSorted((a, b) => a - b)
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  await database.query("UPDATE monitors SET paused = true, updated_at = clock_timestamp() WHERE id = ANY ($1)", [ids])
  return {
    promise: "R14",
    figures: {
      "due at once": count,
      "taken over after, ms": Math.round(firstAt - goneAt),
      "usually a second": count / intervalSeconds,
      "slots lost": missing,
      "slots twice": doubled,
      "worst lag, ms": Math.round(worstMs),
      "lag below 5 s again after, ms": Math.round(lastLateMs),
      "reads' p99, ms": Math.round(p99)
    },
    complaints: [
      ...failures.slice(0, 3),
      ...(missing > 0 ? [`${missing} slots have no check`] : []),
      ...(doubled > 0 ? [`${doubled} slots were checked twice`] : []),
      ...(lastLateMs > caughtUpMs * slack ? [`late by more than 5 s for ${Math.round(lastLateMs)} ms`] : []),
      ...(p99 < apiMs * slack ? [] : [`the API's p99 was ${Math.round(p99)} ms`])
    ]
  }
}
