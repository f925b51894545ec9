/**
 * 90 days in seconds: each day's checks are made up, decided and written, and then added up by the rollups' own code. What
 * is older than checks are kept is looked at less often, and only its rollups stay.
 */
import { rfc3339 } from "@v-insight/database/repo/instant"
import { RollupRepo } from "@v-insight/database/repo/RollupRepo"
import { levels } from "@v-insight/domain/rules/rollupPlan"
import { Effect, Fiber } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { type Chronicle, chronicle, type Entry } from "./chronicle.ts"
import { makeCollector, type MadeDecision, type MadeIncident } from "./incidents.ts"
import type { MonitorIds } from "./monitors.ts"
import type { Story, Telling } from "./story.ts"
import type { Watched } from "./Watched.ts"
import { makeWriter } from "./writeChecks.ts"
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
  /** Of incidents, and as long as checks are kept also those that opened none. */
  readonly decisions: ReadonlyArray<MadeDecision>
}

/** `quicken` is called when the monitors' own intervals begin to count. */
export const writeHistory = Effect.fn("demo.writeHistory")(function* <E, R>(
  { estate, ids, story, telling, tenantId }: Past,
  quicken: Effect.Effect<void, E, R>
) {
  const { from, now, seed } = telling
  const collector = makeCollector()
  const tellers = estate.flatMap((watched): ReadonlyArray<Teller> => {
    const monitorId = ids[watched.key]
    const episodes = story.get(watched.key) ?? []
    return monitorId === undefined ? [] : [{ watched, told: chronicle({ monitorId, watched, episodes, seed }) }]
  })
  const fineFrom = Math.max(from, dayOf(now) - keptDays * dayMs)
  const sql = yield* SqlClient.SqlClient
  const { removeOld } = yield* RollupRepo
  yield* ensurePartitions(from, now)
  const write = yield* makeWriter(tenantId)
  const days = writeDays(tellers, (entries) => Effect.andThen(write(entries), writeStates(tenantId, endsOf(tellers))))
  const old = yield* days(from, fineFrom, paceBefore, collector.hear)
  yield* quicken
  const recent = yield* days(fineFrom, now, ({ intervalSeconds }) => intervalSeconds, collector.hear)
  yield* sql`SELECT drop_check_partitions(${dateOf(fineFrom)}::date)`
  yield* goOnFrom(dayOf(now))
  yield* addUp
  yield* removeOld
  const decisions = collector.decisions().filter(({ at, incidentId }) => incidentId !== null || at >= fineFrom)
  return { checks: old + recent, incidents: collector.all(), decisions } satisfies Written
})

interface Teller {
  readonly watched: Watched
  readonly told: Chronicle
}

const dayOf = (at: number): number => Math.floor(at / dayMs) * dayMs
const dateOf = (at: number): string => rfc3339(at).slice(0, 10)

const endsOf = (tellers: ReadonlyArray<Teller>): ReadonlyArray<Ended> =>
  tellers.flatMap(({ told, watched }) => {
    const newest = told.newest()
    return newest === undefined ? [] : [{ watched, newest, lastGood: told.lastGood() }]
  })

/** A day is added up while the next one is written: PostgreSQL has a process for each. */
const writeDays = <E, R>(
  tellers: ReadonlyArray<Teller>,
  write: (entries: ReadonlyArray<Entry>) => Effect.Effect<unknown, E, R>
) =>
  Effect.fnUntraced(function* (
    from: number,
    to: number,
    pace: (watched: Watched) => number,
    hear: (key: string, entry: Entry) => void
  ) {
    let checks = 0
    let rolling: Effect.Effect<void, SqlError.SqlError> = Effect.void
    for (let day = dayOf(from); day < to; day += dayMs) {
      const entries = tellers.flatMap(({ told, watched }) => {
        const ofDay = told.write(Math.max(day, from), Math.min(day + dayMs, to), pace(watched))
        for (const entry of ofDay) hear(watched.key, entry)
        return ofDay
      })
      checks += entries.length
      yield* write(entries)
      yield* rolling
      // What is not over is the worker's to add up.
      if (day + dayMs <= to) rolling = Fiber.join(yield* Effect.forkChild(rollDay(day)))
    }
    yield* rolling
    return checks
  })

const rollDay = Effect.fnUntraced(function* (day: number) {
  const { roll } = yield* RollupRepo
  for (const { name } of levels) yield* roll(name, day, day + dayMs)
})

/** Partitions that PostgreSQL makes in one call. */
const maxPartitions = 400

const ensurePartitions = Effect.fnUntraced(function* (from: number, to: number) {
  const sql = yield* SqlClient.SqlClient
  const days = (dayOf(to) - dayOf(from)) / dayMs + 2
  for (let day = 0; day < days; day += maxPartitions) {
    yield* sql`SELECT ensure_check_partitions(${dateOf(from + day * dayMs)}::date, ${Math.min(maxPartitions, days - day)}::integer)`
  }
})

/** The worker's progress begins where whole days have been added up; yesterday may still be looked at again. */
const goOnFrom = Effect.fnUntraced(function* (today: number) {
  const sql = yield* SqlClient.SqlClient
  yield* Effect.forEach(
    levels,
    ({ name }) => sql`
      INSERT INTO rollup_progress (level, rolled_until, settled_until)
      VALUES (${name}, from_millis(${today}), from_millis(${today - dayMs}))`,
    { discard: true }
  )
})

const addUp = Effect.gen(function* () {
  const { rollNext } = yield* RollupRepo
  while ((yield* rollNext("rolledUntil")) !== undefined) yield* Effect.yieldNow
})
