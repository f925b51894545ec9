/** What became of a monitor's checks over time. */
import { HistoryRepo } from "@v-insight/database/repo/HistoryRepo"
import { rfc3339 } from "@v-insight/database/repo/instant"
import { Api } from "@v-insight/domain/api/Api"
import type { UptimeSpan } from "@v-insight/domain/model/History"
import { type Level, levels } from "@v-insight/domain/rules/rollupPlan"
import { stepsOf } from "@v-insight/domain/rules/seriesSteps"
import { reliabilityOf, uptimeOf } from "@v-insight/domain/rules/uptime"
import { Clock, DateTime, Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { heatmapCells } from "./heatmapCells.ts"
import { dayMs, daysOf, floorTo, hourMs, percentilesOf, pointsOf, shown } from "./historyShapes.ts"
import { boundsOf, invalid } from "./instantQuery.ts"

const pointsDefault = 300
const daysDefault = 90
/** Four of each weekday. */
const heatmapDaysDefault = 28
/** Ten years. */
const longestMs = 3660 * dayMs

/** Long spans begin with a whole day or hour: their beginning is told. */
const spans: ReadonlyArray<{ readonly span: UptimeSpan["span"]; readonly days: number; readonly level: Level }> = [
  { span: "24h", days: 1, level: "5m" },
  { span: "7d", days: 7, level: "1h" },
  { span: "30d", days: 30, level: "1h" },
  { span: "90d", days: 90, level: "1d" },
  { span: "365d", days: 365, level: "1d" }
]

const windowMsOf = (level: Level): number => levels.find(({ name }) => name === level)!.windowMs

export const HistoryLive = HttpApiBuilder.group(
  Api,
  "history",
  Effect.fnUntraced(function* (handlers) {
    const history = yield* HistoryRepo
    return handlers.handleAll({
      series: Effect.fnUntraced(function* ({ params, query }) {
        const now = yield* Clock.currentTimeMillis
        const { from, to } = yield* rangeOf(query, now)
        const points = query.points ?? pointsDefault
        // How old the oldest checks are is asked only where it makes a difference.
        const [none, all] = [stepsOf(from, to, points, now), stepsOf(from, to, points, now, 0)]
        const steps = none.level === all.level ? none : stepsOf(from, to, points, now, yield* history.checksFrom)
        const found = yield* history.listSteps(params.id, steps)
        return {
          from: rfc3339(steps.from),
          to: rfc3339(steps.to),
          stepSeconds: steps.stepMs / 1000,
          points: pointsOf(steps, found)
        }
      }),
      uptime: Effect.fnUntraced(function* ({ params }) {
        const now = yield* Clock.currentTimeMillis
        const begun = spans.map(({ days, level, span }) => ({
          span,
          level,
          from: floorTo(now - days * dayMs, windowMsOf(level))
        }))
        const { createdAt, outages, totals } = yield* history.getPast(params.id, begun, now)
        return begun.map(({ from, span }, index) => {
          const { counts, histogram } = totals[index]!
          const { incidents, mtbfMs, mttrMs } = reliabilityOf(outages, Math.max(from, createdAt), now)
          return {
            span,
            from: rfc3339(from),
            to: rfc3339(now),
            ...shown(counts),
            ...uptimeOf(counts),
            ...percentilesOf(histogram),
            incidents,
            mttrSeconds: seconds(mttrMs),
            mtbfSeconds: seconds(mtbfMs)
          }
        })
      }),
      days: Effect.fnUntraced(function* ({ params, query }) {
        const { days = daysDefault } = query
        const now = yield* Clock.currentTimeMillis
        const from = floorTo(now, dayMs) - (days - 1) * dayMs
        const found = yield* history.listSteps(params.id, { level: "1d", stepMs: dayMs, from, to: now })
        return daysOf(
          from,
          days,
          found.map(({ counts, index }) => ({ day: index, counts }))
        )
      }),
      heatmap: Effect.fnUntraced(function* ({ params, query }) {
        const { days = heatmapDaysDefault, timeZone = "UTC" } = query
        const zone = DateTime.zoneMakeNamed(timeZone)
        if (Option.isNone(zone)) return yield* invalid("timeZone", "Write a time zone such as Europe/Berlin or UTC")
        const to = yield* Clock.currentTimeMillis
        const from = floorTo(to, hourMs) - days * dayMs
        const hours = yield* history.listSteps(params.id, { level: "1h", stepMs: hourMs, from, to })
        return { timeZone, from: rfc3339(from), to: rfc3339(to), cells: heatmapCells(hours, from, zone.value) }
      })
    })
  })
)

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 1000))

/** The last 24 hours when nothing is said. */
const rangeOf = Effect.fnUntraced(function* (query: { readonly from?: string; readonly to?: string }, now: number) {
  const asked = yield* boundsOf(query)
  const to = Math.min(now, asked.to ?? now)
  const from = asked.from ?? to - dayMs
  if (from >= to) return yield* invalid("from", "Begin before the end, and before now")
  if (from < now - longestMs) return yield* invalid("from", "Begin at most ten years ago")
  return { from, to }
})
