/**
 * 90 days in seconds: each day's checks are made up, decided and written, and then added up by the rollups' own code. What
 * is older than checks are kept is looked at less often, and only its rollups stay.
 */
import { rfc3339 } from "@v-insight/database/repo/instant"
import { RollupRepo } from "@v-insight/database/repo/RollupRepo"
import { levels } from "@v-insight/domain/rules/rollupPlan"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { type Chronicle, chronicle } from "./chronicle.ts"
import { makeCollector, type MadeIncident } from "./incidents.ts"
import type { MonitorIds } from "./monitors.ts"
import type { Story, Telling } from "./story.ts"
import type { Watched } from "./Watched.ts"
import { writeChecks } from "./writeChecks.ts"
import { type Ended, writeStates } from "./writeStates.ts"

const dayMs = 86_400_000
/** Single checks stay as long as the worker keeps them by default. */
const keptDays = 30
/** Before that: enough for hours and days. */
const coarseSeconds = 900

export const paceBefore = (watched: Watched): number => Math.max(coarseSeconds, watched.intervalSeconds)

export interface Past {
  readonly tenantId: string
  readonly estate: ReadonlyArray<Watched>
  readonly ids: MonitorIds
  readonly story: Story
  readonly telling: Telling
}

export interface Written {
  readonly checks: number
  readonly incidents: ReadonlyArray<MadeIncident>
}

/** `quicken` is called when the monitors' own intervals begin to count. */
export const writeHistory = Effect.fn("demo.writeHistory")(function* <E, R>(
  { estate, ids, story, telling, tenantId }: Past,
  quicken: Effect.Effect<void, E, R>
) {
  const { from, now, seed } = telling
  const collector = makeCollector()
  const chronicles = estate.flatMap((watched) => {
    const monitorId = ids[watched.key]
    const episodes = story.get(watched.key) ?? []
    return monitorId === undefined
      ? []
      : [{ watched, told: chronicle({ tenantId, monitorId, watched, episodes, seed }) }]
  })
  const fineFrom = Math.max(from, Math.floor(now / dayMs) * dayMs - keptDays * dayMs)
  const write = writeDays(chronicles, collector.hear, tenantId)
  const sql = yield* SqlClient.SqlClient
  yield* ensurePartitions(from, now)
  const old = yield* write(from, fineFrom, paceBefore)
  if (old > 0) {
    yield* addUpBetween(from, fineFrom)
    yield* sql`SELECT drop_check_partitions(${rfc3339(fineFrom)}::timestamptz::date)`
  }
  yield* quicken
  const recent = yield* write(fineFrom, now, ({ intervalSeconds }) => intervalSeconds)
  yield* writeStates(tenantId, endsOf(chronicles))
  yield* addUp
  return { checks: old + recent, incidents: collector.all() } satisfies Written
})

interface Teller {
  readonly watched: Watched
  readonly told: Chronicle
}

const endsOf = (tellers: ReadonlyArray<Teller>): ReadonlyArray<Ended> =>
  tellers.flatMap(({ told, watched }) => {
    const newest = told.newest()
    return newest === undefined ? [] : [{ watched, newest, lastGood: told.lastGood() }]
  })

const writeDays = (tellers: ReadonlyArray<Teller>, hear: ReturnType<typeof makeCollector>["hear"], tenantId: string) =>
  Effect.fnUntraced(function* (from: number, to: number, pace: (watched: Watched) => number) {
    let checks = 0
    for (let day = from; day < to; day = (Math.floor(day / dayMs) + 1) * dayMs) {
      const end = Math.min((Math.floor(day / dayMs) + 1) * dayMs, to)
      const entries = tellers.flatMap(({ told, watched }) => {
        const ofDay = told.write(day, end, pace(watched))
        for (const entry of ofDay) hear(watched.key, entry)
        return ofDay
      })
      checks += entries.length
      yield* writeChecks(tenantId, entries)
    }
    return checks
  })

/** Partitions that PostgreSQL makes in one call. */
const maxPartitions = 400

const ensurePartitions = Effect.fnUntraced(function* (from: number, to: number) {
  const sql = yield* SqlClient.SqlClient
  const days = Math.floor(to / dayMs) - Math.floor(from / dayMs) + 2
  for (let day = 0; day < days; day += maxPartitions) {
    yield* sql`SELECT ensure_check_partitions(${rfc3339(from + day * dayMs)}::timestamptz::date, ${Math.min(maxPartitions, days - day)})`
  }
})

/** Nothing of it stays to be added up later: the worker's own progress begins with what is kept. */
const addUpBetween = Effect.fnUntraced(function* (from: number, to: number) {
  const { roll } = yield* RollupRepo
  const first = Math.floor(from / dayMs) * dayMs
  for (const { name } of levels) {
    for (let day = first; day < to; day += dayMs) yield* roll(name, day, day + dayMs)
  }
})

const addUp = Effect.gen(function* () {
  const { rollNext } = yield* RollupRepo
  while ((yield* rollNext("rolledUntil")) !== undefined) yield* Effect.yieldNow
})
