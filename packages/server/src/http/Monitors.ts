/** Monitors and their checks. */
import { CheckRepo } from "@v-insight/database/repo/CheckRepo"
import { DecisionRepo } from "@v-insight/database/repo/DecisionRepo"
import { MonitorRepo } from "@v-insight/database/repo/MonitorRepo"
import { OverviewRepo } from "@v-insight/database/repo/OverviewRepo"
import { RegionRepo } from "@v-insight/database/repo/RegionRepo"
import { Api } from "@v-insight/domain/api/Api"
import { Conflict } from "@v-insight/domain/api/Failures"
import { barsDefault, checksLimitDefault, type ListedMonitor } from "@v-insight/domain/api/Monitors"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Clock, Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Limits, limits } from "../auth/Limits.ts"
import { WorkRequests } from "../live/WorkRequests.ts"
import { Settings } from "../Settings.ts"
import { cursorOf, decodeCursor } from "./checkCursor.ts"
import { boundsOf } from "./instantQuery.ts"
import { dayMs, floorTo, historiesOf, historyDays, historyHours, hourMs } from "./historyShapes.ts"
import { changedValues, valuesOf } from "./monitorValues.ts"
import { ownPage, pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"
import { maxMonitorsOfStrangers, within } from "./quota.ts"

export const MonitorsLive = HttpApiBuilder.group(
  Api,
  "monitors",
  Effect.fnUntraced(function* (handlers) {
    const monitors = yield* MonitorRepo
    const checks = yield* CheckRepo
    const decisions = yield* DecisionRepo
    const overview = yield* OverviewRepo
    const regions = yield* RegionRepo
    const work = yield* WorkRequests
    const { take } = yield* Limits
    const { maxMonitors, minIntervalSeconds, signUp } = yield* Settings

    const most = Option.getOrElse(maxMonitors, () => (signUp === "open" ? maxMonitorsOfStrangers : undefined))
    const quota = within(
      most,
      "monitors",
      Effect.map(monitors.summary, ({ total }) => total)
    )

    const historiesOfAll = Effect.fnUntraced(function* (ids: ReadonlyArray<MonitorId>, bars: number) {
      if (ids.length === 0) return historiesOf([], [], bars)
      const now = yield* Clock.currentTimeMillis
      const pasts = yield* overview.listPasts(ids, {
        days: floorTo(now, dayMs) - (Math.max(bars, historyDays) - 1) * dayMs,
        hours: floorTo(now, hourMs) - (historyHours - 1) * hourMs,
        to: now
      })
      return historiesOf(ids, pasts, bars)
    })

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const paging = pagingOf(query)
        const page = yield* monitors.list(query, paging)
        if (query.include !== "history") return ownPage<ListedMonitor>(page, paging)
        const histories = yield* historiesOfAll(
          page.items.map(({ id }) => id),
          query.bars ?? barsDefault
        )
        const items = page.items.map((monitor) => ({ ...monitor, history: histories.get(monitor.id)! }))
        return ownPage<ListedMonitor>({ ...page, items }, paging)
      }),
      summary: () => monitors.summary,
      get: ({ params }) => monitors.get(params.id),
      create: Effect.fnUntraced(function* ({ payload }) {
        yield* permit("write")
        const values = yield* valuesOf(payload, minIntervalSeconds)
        yield* quota
        return yield* monitors.insert(values)
      }),
      replace: Effect.fnUntraced(function* ({ params, payload }) {
        yield* permit("write")
        return yield* monitors.update(params.id, (stored) => valuesOf(payload, minIntervalSeconds, stored))
      }),
      change: Effect.fnUntraced(function* ({ params, payload }) {
        yield* permit("write")
        return yield* monitors.update(params.id, (stored) => changedValues(stored, payload, minIntervalSeconds))
      }),
      remove: ({ params }) => Effect.andThen(permit("write"), monitors.remove(params.id)),
      restore: Effect.fnUntraced(function* ({ params }) {
        yield* permit("write")
        yield* quota
        return yield* monitors.restore(params.id)
      }),
      pause: ({ params }) => Effect.andThen(permit("write"), monitors.setPaused(params.id, true)),
      resume: ({ params }) => Effect.andThen(permit("write"), monitors.setPaused(params.id, false)),
      run: Effect.fnUntraced(function* ({ params }) {
        yield* permit("operate")
        const monitor = yield* monitors.get(params.id)
        yield* take(limits.runPerTenant, (yield* TenantContext).tenantId)
        if (monitor.paused) return yield* new Conflict({ message: "The monitor is paused. Resume it first." })
        return yield* work.run(monitor)
      }),
      regions: ({ params }) => regions.getStandings(params.id),
      decisions: ({ params, query }) => {
        const paging = pagingOf(query)
        return Effect.map(decisions.list(params.id, paging), (page) => toPage(page, paging))
      },
      checks: Effect.fnUntraced(function* ({ params, query }) {
        const limit = query.limit ?? checksLimitDefault
        const { from, to } = yield* boundsOf(query)
        const end = to === undefined ? undefined : { checkedAtUs: to * 1000, slotUs: 0, region: "" }
        const after = query.cursor === undefined ? end : yield* decodeCursor(query.cursor)
        const { items, next } = yield* checks.list(params.id, after, limit, { since: from, status: query.status })
        return { items, meta: { nextCursor: next === undefined ? null : cursorOf(next), limit } }
      })
    })
  })
)
