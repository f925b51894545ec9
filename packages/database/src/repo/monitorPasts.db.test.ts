/** What a list tells of the past is what the checks were, however far rollups have come and whatever they do meanwhile. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { countOf, decode } from "@v-insight/domain/rules/histogram"
import { Clock, Deferred, Effect, Layer } from "effect"
import { as, Cast } from "../testing/Cast.ts"
import { insertChecks } from "../testing/checks.ts"
import { TestDatabase } from "../testing/TestDatabase.ts"
import { TenantSql } from "../TenantSql.ts"
import { listPasts, type PastOf } from "./monitorPasts.ts"
import { RollupRepo } from "./RollupRepo.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** A check a minute; every tenth failed. */
const checkedMs = 100 * hourMs

const Database = Layer.mergeAll(
  Cast.layer,
  TenantSql.layer.pipe(Layer.provide(TestDatabase.api)),
  RollupRepo.layer.pipe(Layer.provide(TestDatabase.worker))
).pipe(Layer.provideMerge(TestDatabase.layer))

const superuser = <A, E>(use: (sql: PgClient.PgClient) => Effect.Effect<A, E>) =>
  Effect.flatMap(PgClient.PgClient, use).pipe(Effect.provide(TestDatabase.superuser), Effect.orDie)

const filled = Effect.gen(function* () {
  const { otherThings, things } = yield* Cast
  const id = otherThings.monitorId as MonitorId
  const to = Math.floor((yield* Clock.currentTimeMillis) / hourMs) * hourMs
  const from = to - checkedMs
  yield* superuser((sql) =>
    Effect.gen(function* () {
      yield* sql`UPDATE monitors SET created_at = from_millis(${from}), interval_seconds = 60 WHERE id = ${id}`
      yield* sql`SELECT ensure_check_partitions(current_date - 6, 8)`
      yield* insertChecks(
        sql,
        sql`
          SELECT ${id}::uuid AS monitor_id, at AS checked_ms, at AS slot_ms,
            CASE WHEN (at / 60000) % 10 = 0 THEN 'down' ELSE 'up' END AS status, NULL::integer AS dns_us, 40000 AS total_us
          FROM generate_series(${from}::bigint, ${to - 1}::bigint, 60000) AS at`
      )
    })
  )
  const { rollNext } = yield* RollupRepo
  while ((yield* rollNext("rolledUntil")) !== undefined);
  const range = { days: Math.floor(to / dayMs) * dayMs - 9 * dayMs, hours: to - dayMs, to }
  return { ids: [id, things.monitorId as MonitorId], from, range, to }
})

/** As if no day had been made of the hours since so many days ago. */
const forgetDays = (to: number, days: number) => {
  const until = Math.floor(to / dayMs) * dayMs - days * dayMs
  return superuser((sql) =>
    Effect.andThen(
      sql`DELETE FROM monitor_rollups_1d WHERE period >= ${until / dayMs}`,
      sql`UPDATE rollup_progress SET rolled_until = from_millis(${until}) WHERE level = '1d'`
    )
  )
}

const makeDays = Effect.fnUntraced(function* (to: number) {
  const until = Math.floor(to / dayMs) * dayMs
  yield* Effect.flatMap(RollupRepo, ({ roll }) => roll("1d", until - 5 * dayMs, until))
  yield* superuser((sql) => sql`UPDATE rollup_progress SET rolled_until = from_millis(${until}) WHERE level = '1d'`)
})

layer(Database, { excludeTestServices: true })("past of a list", (it) => {
  it.effect("is what the checks were, however long no day was made of them", () =>
    Effect.gen(function* () {
      const { mallory } = yield* Cast
      const { read } = yield* TenantSql
      const { from, ids, range, to } = yield* filled

      const wanted = Array.from({ length: Math.ceil((to - range.days) / dayMs) }, () => ({ up: 0, down: 0 }))
      for (let at = from; at < to; at += minuteMs) {
        wanted[Math.floor((at - range.days) / dayMs)]![(at / minuteMs) % 10 === 0 ? "down" : "up"]++
      }
      const isRight = (pasts: ReadonlyArray<PastOf>) => {
        // Somebody else's is not told.
        assert.deepStrictEqual(
          pasts.map(({ id }) => id),
          ids.slice(0, 1)
        )
        const { days, hours } = pasts[0]!
        assert.deepStrictEqual(
          days.map(({ down, up }) => ({ up, down })),
          wanted
        )
        assert.deepStrictEqual(
          hours
            .toSorted((a, b) => a.hour - b.hour)
            .map(({ down, histogram, hour }) => [hour, down, countOf(decode(histogram))]),
          Array.from({ length: 24 }, (_, hour) => [hour, 6, 54])
        )
      }
      const pasts = listPasts(read)(ids, range).pipe(as(mallory))

      isRight(yield* pasts)
      for (const days of [0, 1, 3, 30]) {
        yield* forgetDays(to, days)
        isRight(yield* pasts)
      }
      yield* makeDays(to)

      // A day is made between the two statements, whichever is first.
      const context = yield* Effect.context<RollupRepo | TestDatabase>()
      const made = makeDays(to).pipe(Effect.provideContext(context), Effect.orDie)
      for (const first of [0, 1]) {
        yield* forgetDays(to, 2)
        const isMade = yield* Deferred.make<void>()
        let calls = 0
        const torn: typeof read = <A extends ReadonlyArray<unknown>>(
          query: string,
          ...parameters: ReadonlyArray<unknown>
        ) => {
          const call = calls++
          const rows = read<A>(query, ...parameters)
          if (call === first) return Effect.tap(rows, () => Effect.andThen(made, Deferred.succeed(isMade, undefined)))
          return call < 2 ? Effect.andThen(Deferred.await(isMade), rows) : rows
        }
        isRight(yield* listPasts(torn)(ids, range).pipe(as(mallory)))
        assert.strictEqual(calls, 3)
      }
    })
  )
})
