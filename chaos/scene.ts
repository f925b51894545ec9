/** What faults are done to, and how long it takes until everything is watched again, seen in the tables. */
import { bucketCount } from "@v-insight/domain/rules/buckets"
import { setTimeout as sleep } from "node:timers/promises"
import type { Database } from "./database.ts"
import type { Dice } from "./dice.ts"
import type { Worker } from "./fleet.ts"
import type { Monitor } from "./monitors.ts"
import type { Network } from "./network.ts"
import type { Target } from "./target.ts"

const pollMs = 200
/** Nothing that is not broken takes so long. */
const patienceMs = 90_000
/** A monitor is watched when its newest check is younger than its interval and this: confirmations take up to 2 s. */
const lateMs = 3_000

export interface Scene {
  readonly database: Database
  readonly workers: ReadonlyArray<Worker>
  /** Started by a fault only. */
  readonly spares: ReadonlyArray<Worker>
  /** Undefined: everything is on one loopback. */
  readonly network: Network | undefined
  readonly target: Target
  readonly monitors: ReadonlyArray<Monitor>
  readonly dice: Dice
  /** How much longer everything may take, on a machine that does other things too. */
  readonly slack: number
}

/** From `since` (epoch milliseconds) until no bucket belongs to one of `owners`; undefined: it never happened. */
export const untilTakenFrom = async (
  { database }: Scene,
  owners: ReadonlyArray<string>,
  since: number
): Promise<number | undefined> => {
  const isTaken = async (): Promise<boolean> => {
    const rows = await database.query("SELECT 1 FROM check_buckets WHERE owner = ANY ($1) LIMIT 1", [owners])
    return rows.length === 0
  }
  return await until(isTaken, since)
}

/**
 * From `since` until every living worker owns buckets, nobody else does, no bucket is on its way to another one, and
 * every monitor was checked lately.
 */
export const untilCalm = async (scene: Scene, since: number): Promise<number | undefined> => {
  const isCalm = async (): Promise<boolean> => {
    const owners = await ownersOf(scene)
    const alive = [...scene.workers, ...scene.spares].filter((worker) => worker.isAlive())
    const owned = alive.reduce((sum, { owner }) => sum + (owners.get(owner) ?? 0), 0)
    if (owned < bucketCount || alive.some(({ owner }) => !owners.has(owner))) return false
    if (await areSomeHandedOver(scene)) return false
    const late = await scene.database.query(
      `SELECT 1 FROM monitor_state s JOIN monitors m ON m.tenant_id = s.tenant_id AND m.id = s.monitor_id
       WHERE m.name = 'Monitor' AND coalesce(to_millis(s.checked_at), 0) < $1::float8 - m.interval_seconds * 1000 LIMIT 1`,
      [Date.now() - lateMs]
    )
    return late.length === 0
  }
  return until(isCalm, since)
}

const ownersOf = async ({ database }: Scene): Promise<ReadonlyMap<string, number>> => {
  const rows = await database.query<{ owner: string; buckets: number }>(
    "SELECT owner, count(*)::int AS buckets FROM check_buckets GROUP BY owner"
  )
  return new Map(rows.map(({ buckets, owner }) => [owner, buckets]))
}

/** Some bucket has not begun where its shard is now. There are as many shards as buckets, unless workers are told otherwise. */
const areSomeHandedOver = async ({ database }: Scene): Promise<boolean> => {
  const rows = await database.query(
    `SELECT 1 FROM check_buckets b
     LEFT JOIN worker.cluster_locks l ON l.shard_id = b.region || ':' || (b.bucket + 1)
     WHERE l.address IS DISTINCT FROM b.owner LIMIT 1`
  )
  return rows.length > 0
}

const until = async (isSo: () => Promise<boolean>, since: number): Promise<number | undefined> => {
  while (Date.now() < since + patienceMs) {
    if (await isSo()) return Date.now() - since
    await sleep(pollMs)
  }
  return undefined
}
