/**
 * Makes rollups, piece by piece. A piece and the progress it makes are one transaction under one lock: whoever dies in it
 * leaves nothing, and whoever comes second leaves it to the first.
 */
import {
  beginningAt,
  isFinal,
  type Level,
  levels,
  nextPiece,
  type Piece,
  type Progress
} from "@v-insight/domain/rules/rollupPlan"
import { Context, Effect, Layer, type Types } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { rfc3339 } from "./instant.ts"
import { rollSql, tableOf } from "./rollupSql.ts"

/** Rows of one piece: about a second of one core. */
const maxRows = 50_000
/** A day of the smallest windows. */
const maxWindows = 288
const dayMs = 86_400_000
/** Rows that leave in one statement, so that none holds locks for long. */
const removedAtOnce = 20_000
/** 10 million rows an hour. */
const maxRemovals = 500

export type Progresses = Readonly<Record<Level, Progress>>

export class RollupRepo extends Context.Service<
  RollupRepo,
  {
    /** The next piece of a pass; undefined when nothing is due, or somebody else is at it. */
    readonly rollNext: (pass: keyof Progress) => Effect.Effect<Piece | undefined, SqlError.SqlError>
    /** Makes the windows of a level anew from the one below, epoch ms on their borders. Repeating it changes nothing. */
    readonly roll: (level: Level, from: number, to: number) => Effect.Effect<void, SqlError.SqlError>
    /** Until when the smallest windows are made, epoch ms. */
    readonly rolledUntil: Effect.Effect<number | undefined, SqlError.SqlError>
    /** Deletes what is older than its level is kept. */
    readonly removeOld: Effect.Effect<void, SqlError.SqlError>
  }
>()("@v-insight/database/repo/RollupRepo") {
  static readonly layer = Layer.effect(
    RollupRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const progress = Effect.gen(function* () {
    const rows = yield* sql<Progress & { level: Level }>`
      SELECT level, to_millis(rolled_until)::float8 AS "rolledUntil", to_millis(settled_until)::float8 AS "settledUntil"
      FROM rollup_progress`
    return rows.length === 0
      ? undefined
      : (Object.fromEntries(rows.map(({ level, ...one }) => [level, one])) as Types.Mutable<Progresses>)
  })

  /** The first time: from the oldest check on. */
  const begin = Effect.fnUntraced(function* (now: number) {
    // cross-tenant: of every tenant
    const [row] = yield* sql<{ first: number | null }>`
      SELECT min(quarter) * 900000::float8 AS first FROM monitor_checks`
    const progresses = beginningAt(Math.min(row?.first ?? now, now))
    for (const { name } of levels) {
      const { rolledUntil } = progresses[name]
      yield* sql`
        INSERT INTO rollup_progress (level, rolled_until, settled_until)
        VALUES (${name}, from_millis(${rolledUntil}), from_millis(${rolledUntil}))`
    }
    return progresses
  })

  const roll = Effect.fnUntraced(function* (level: Level, from: number, to: number) {
    if (level === "5m") {
      // Made ahead as long as workers run; days that are caught up are not.
      const days = Math.floor((to - 1) / dayMs) - Math.floor(from / dayMs) + 1
      yield* sql`SELECT ensure_rollup_partitions(${rfc3339(from).slice(0, 10)}::date, ${days}::integer)`
    }
    yield* sql.unsafe(rollSql[level], [from, to])
  })

  /** Every monitor has a row in every window, about. */
  const windowsAtOnce = Effect.map(
    sql<{ monitors: number }>`
      SELECT count(*)::integer AS monitors FROM monitor_state`,
    ([row]) => Math.max(1, Math.min(maxWindows, Math.floor(maxRows / Math.max(1, row!.monitors))))
  )

  /** The database's clock: a worker's may be wrong, and would roll up what has not come yet. */
  const now = Effect.map(sql<{ now: number }>`SELECT to_millis(clock_timestamp())::float8 AS now`, ([row]) => row!.now)

  return RollupRepo.of({
    rollNext: Effect.fn("RollupRepo.rollNext")(function* (pass) {
      const [lock] = yield* sql<{ isOurs: boolean; now: number }>`
        SELECT pg_try_advisory_xact_lock(hashtext('rollups')) AS "isOurs", to_millis(clock_timestamp())::float8 AS now`
      if (!lock!.isOurs) return undefined
      const { now } = lock!
      const progresses = (yield* progress) ?? (yield* begin(now))
      const piece = nextPiece(progresses, pass, now, yield* windowsAtOnce)
      if (piece === undefined) return undefined
      yield* roll(piece.level, piece.from, piece.to)
      const isSettled = pass === "settledUntil" || isFinal(piece, now)
      yield* sql`
        UPDATE rollup_progress
        SET rolled_until = greatest(rolled_until, from_millis(${piece.to})),
            settled_until = CASE WHEN ${isSettled} AND settled_until = from_millis(${piece.from})
                                 THEN from_millis(${piece.to}) ELSE settled_until END
        WHERE level = ${piece.level}`
      return piece
    }, sql.withTransaction),
    roll: Effect.fn("RollupRepo.roll")(roll),
    rolledUntil: Effect.map(progress, (found) => found?.["5m"].rolledUntil),
    removeOld: Effect.gen(function* () {
      const progresses = yield* progress
      if (progresses === undefined) return
      for (const [index, { keepDays, name, windowMs }] of levels.entries()) {
        if (keepDays === null) continue
        // What the level above was not made of yet stays.
        const before = Math.min((yield* now) - keepDays * dayMs, progresses[levels[index + 1]!.name].settledUntil)
        if (name === "5m") {
          yield* sql`SELECT drop_rollup_partitions(${rfc3339(before).slice(0, 10)}::date)`
          continue
        }
        for (let round = 0; round < maxRemovals; round++) {
          // cross-tenant: what is old, of every tenant
          const [row] = yield* sql<{ removed: number }>`
            WITH old AS (
              SELECT ctid
              FROM ${sql(tableOf(name))}
              WHERE period < ${Math.floor(before / windowMs)}::integer
              LIMIT ${removedAtOnce}
            ), removed AS (
              DELETE FROM ${sql(tableOf(name))} WHERE ctid = ANY (ARRAY(SELECT ctid FROM old)) RETURNING 1
            )
            SELECT count(*)::integer AS removed FROM removed`
          if (row!.removed < removedAtOnce) break
        }
      }
    }).pipe(Effect.withSpan("RollupRepo.removeOld"))
  })
})
