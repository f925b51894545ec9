/** How the whole tenant is, in one call. */
import { OverviewRepo, type Ranking } from "@v-insight/database/repo/OverviewRepo"
import { Api } from "@v-insight/domain/api/Api"
import { uptimeOf } from "@v-insight/domain/rules/uptime"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { dayMs, daysOf, floorTo, historyDays, hourMs, quantileUs, sumOf } from "./historyShapes.ts"

/** Connections at once for one call. */
const concurrency = 3

export const DashboardLive = HttpApiBuilder.group(
  Api,
  "dashboard",
  Effect.fnUntraced(function* (handlers) {
    const overview = yield* OverviewRepo
    return handlers.handleAll({
      get: Effect.fnUntraced(function* () {
        const now = yield* Clock.currentTimeMillis
        const dayAgo = floorTo(now - dayMs, hourMs)
        const firstDay = floorTo(now, dayMs) - (historyDays - 1) * dayMs
        const found = yield* Effect.all(
          {
            days: overview.listDaysOfTenant(firstDay, now),
            lastDay: overview.countAll(dayAgo, now),
            leastAvailable: overview.listLeastAvailable(dayAgo, now),
            slowest: overview.listSlowest(dayAgo, now),
            incidents: overview.countIncidents(now - dayMs, firstDay)
          },
          { concurrency }
        )
        return {
          uptime24h: uptimeOf(found.lastDay),
          uptime30d: uptimeOf(sumOf(found.days.map(({ counts }) => counts))),
          days: daysOf(firstDay, historyDays, found.days),
          openIncidents: found.incidents.open,
          incidents24h: found.incidents.lastDay,
          incidents30d: found.incidents.lastMonth,
          leastAvailable: found.leastAvailable.map(toRanked),
          slowest: found.slowest.map(toRanked)
        }
      })
    })
  })
)

const toRanked = ({ counts, histogram, id, name }: Ranking) => ({
  id,
  name,
  ...uptimeOf(counts),
  p95Us: quantileUs(histogram, 0.95)
})
