/** Monitors are made, changed, run, paused and removed; in the quiet, and while nobody hears PostgreSQL's NOTIFY. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Guest, makeGuests } from "../guests.ts"
import type { Scene } from "../scene.ts"
import { calmLimitMs, type Fault, handOverLimitMs } from "./Fault.ts"

const intervalMs = 2_000
const hour = 3600
/** After NOTIFY, and after a connection that was lost: everything is looked at anew every half minute. */
const heardLimitMs = 1_000
const resyncLimitMs = 30_000
/** A check that was under way when its monitor was paused. */
const underwayMs = 500
const pollMs = 20
/** So that one lost NOTIFY of several is seen. */
const guestCount = 8

const edits = (key: string, name: string, limitMs: number, isDeaf: boolean): Fault => ({
  key,
  name,
  victims: 0,
  act: async (scene) => {
    const allowedMs = limitMs * scene.slack
    const deafen = (): Promise<unknown> => (isDeaf ? endListeners(scene) : Promise.resolve())
    const took = await Promise.all(Array.from({ length: guestCount }, () => live(scene, allowedMs, deafen)))
    const worst: Record<string, number> = {}
    for (const [step, ms] of took.flatMap((steps) => Object.entries(steps)))
      worst[step] = Math.max(worst[step] ?? 0, ms)
    const late = Object.entries(worst).filter(([, ms]) => ms > allowedMs)
    return {
      // The pool's connections go too.
      blindLimitMs: isDeaf ? handOverLimitMs : calmLimitMs,
      note: Object.entries(worst)
        .map(([step, ms]) => `${step} ${ms} ms`)
        .join(", "),
      trouble: late.length === 0 ? undefined : late.map(([step, ms]) => `${step} effective after ${ms} ms`).join("; ")
    }
  }
})
export const editsHeard = edits("edits", "edits", heardLimitMs, false)
export const editsDeaf = edits("edits-deaf", "edits, LISTEN lost", resyncLimitMs, true)

/** A guest's life; how long each step took to be effective, beyond the interval where only a check shows it. */
const live = async (scene: Scene, limitMs: number, deafen: () => Promise<unknown>) => {
  const { database, dice, monitors, target } = scene
  const guests = makeGuests(database)
  const key = dice.uuid()
  const url = (version: string): string => target.guestUrl(`${key}-${version}`)
  const calls = (version: string): ReadonlyArray<number> => target.guestCalls(`${key}-${version}`)
  const called = (version: string, since: number): Promise<number> =>
    waited(() => calls(version).some((at) => at > since), since, limitMs + intervalMs).then((ms) =>
      Math.max(0, ms - intervalMs)
    )
  /** Until the last check that came in spite of it. */
  const silent = async (version: string, since: number): Promise<number> => {
    await sleep(Math.min(limitMs, heardLimitMs * 5) + 2 * intervalMs)
    const last = calls(version).at(-1) ?? 0
    return Math.max(0, last - since - underwayMs)
  }
  const steps: Record<string, number> = {}
  const step = async (name: string, act: () => Promise<unknown>, until: (since: number) => Promise<number>) => {
    await deafen()
    await act()
    steps[name] = await until(Date.now())
  }

  const tenantId = monitors[0]!.tenantId
  let guest!: Guest
  await step(
    "create",
    async () => (guest = await guests.insert(tenantId, url("a"), intervalMs / 1000)),
    (since) => called("a", since)
  )
  await step(
    "change",
    () => guests.change(guest, "settings = jsonb_build_object('url', $3::text)", [url("b")]),
    (since) => called("b", since)
  )
  await step(
    "pause",
    () => guests.change(guest, "paused = true"),
    (since) => silent("b", since)
  )
  await step(
    "resume",
    () => guests.change(guest, "paused = false"),
    (since) => called("b", since)
  )
  await guests.change(guest, "interval_seconds = $3", [hour])
  await sleep(intervalMs)
  let request = ""
  await step(
    "run now",
    async () => (request = await guests.runNow(guest)),
    (since) => waited(() => isAnswered(scene, request), since, limitMs)
  )
  await guests.change(guest, "interval_seconds = $3", [intervalMs / 1000])
  await step(
    "delete",
    () => guests.change(guest, "deleted_at = clock_timestamp()"),
    (since) => silent("b", since)
  )
  return steps
}

const isAnswered = async ({ database }: Scene, request: string): Promise<boolean> => {
  const rows = await database.query("SELECT 1 FROM work_requests WHERE id = $1 AND answered_at IS NOT NULL", [request])
  return rows.length > 0
}

const endListeners = ({ database }: Scene) =>
  database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'listen %'")

const waited = async (isSo: () => boolean | Promise<boolean>, since: number, limitMs: number): Promise<number> => {
  while (!(await isSo()) && Date.now() < since + limitMs + pollMs) await sleep(pollMs)
  return Date.now() - since
}
