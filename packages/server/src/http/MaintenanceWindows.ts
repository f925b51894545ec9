/** Planned work: what fails meanwhile pages nobody. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import { MaintenanceWindowRepo, type MaintenanceWindowValues } from "@v-insight/database/repo/MaintenanceWindowRepo"
import { Api } from "@v-insight/domain/api/Api"
import { calendarDaysMax, type MaintenanceWindowPatch } from "@v-insight/domain/api/MaintenanceWindows"
import type { MaintenanceWindow } from "@v-insight/domain/model/MaintenanceWindow"
import { latestInstant } from "@v-insight/domain/model/Timestamp"
import { scopeOf } from "@v-insight/domain/rules/scope"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { epochMsOf } from "./instantBody.ts"
import { boundsOf, invalid } from "./instantQuery.ts"
import { calendarOf } from "./maintenanceCalendar.ts"
import { countOnly, pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"
import { maxWindows, within } from "./quota.ts"

const dayMs = 86_400_000
/** Of a calendar for which nothing is said. */
const calendarDays = 31
/** Longer than that is not planned work; of what recurs, occurrences must not run into each other. */
const longestDays = { once: 31, day: 1, week: 7, month: 28 } as const

export const MaintenanceWindowsLive = HttpApiBuilder.group(
  Api,
  "maintenanceWindows",
  Effect.fnUntraced(function* (handlers) {
    const windows = yield* MaintenanceWindowRepo
    const quota = within(
      maxWindows,
      "maintenance windows",
      Effect.map(windows.list(countOnly), ({ total }) => total)
    )
    return handlers.handleAll({
      list: ({ query }) => {
        const paging = pagingOf(query)
        return Effect.map(windows.list(paging), (page) => toPage(page, paging))
      },
      get: ({ params }) => windows.get(params.id),
      calendar: Effect.fnUntraced(function* ({ query }) {
        const asked = yield* boundsOf(query)
        const from = asked.from ?? (yield* Clock.currentTimeMillis)
        const to = asked.to ?? Math.min(from + calendarDays * dayMs, latestInstant)
        if (to <= from) return yield* invalid("to", "Choose an end after the beginning")
        if (to - from > calendarDaysMax * dayMs) return yield* invalid("to", `Ask for ${calendarDaysMax} days at most`)
        return calendarOf(yield* windows.listBetween(from, to, maxWindows), from, to)
      }),
      create: Effect.fnUntraced(function* ({ payload }) {
        yield* permit("write")
        const { endsAt, name, recurrence = null, scope, startsAt, timeZone = "UTC" } = payload
        const values = yield* checked({ name, startsAt, endsAt, timeZone, recurrence, scope: scopeOf(scope) })
        yield* quota
        return yield* windows.insert(values)
      }),
      change: Effect.fnUntraced(function* ({ params, payload }) {
        yield* permit("write")
        return yield* windows.update(params.id, (current) => checked(changed(current, payload)))
      }),
      remove: ({ params }) => Effect.andThen(permit("write"), windows.remove(params.id)),
      restore: ({ params }) => permit("write").pipe(Effect.andThen(quota), Effect.andThen(windows.restore(params.id)))
    })
  })
)

const changed = (
  { endsAt, name, recurrence, scope, startsAt, timeZone }: MaintenanceWindow,
  { scope: newScope, ...patch }: MaintenanceWindowPatch
): MaintenanceWindowValues => ({
  name,
  startsAt,
  endsAt,
  timeZone,
  recurrence,
  ...patch,
  scope: newScope === undefined ? scope : scopeOf(newScope)
})

/** Instants as they are kept: in UTC. */
const checked = Effect.fnUntraced(function* (values: MaintenanceWindowValues) {
  const { recurrence } = values
  const [startsAt, endsAt] = [epochMsOf(values.startsAt), epochMsOf(values.endsAt)]
  const days = longestDays[recurrence?.every ?? "once"]
  if (endsAt <= startsAt) return yield* invalid("endsAt", "Choose an end after the beginning")
  if (endsAt - startsAt > days * dayMs) {
    const message = recurrence === null ? "A window lasts" : `What recurs every ${recurrence.every} lasts`
    return yield* invalid(
      "endsAt",
      `${message} ${days === 1 ? "a day" : `${days} days`} at most: choose an earlier end`
    )
  }
  const until = recurrence === null || recurrence.until === null ? null : epochMsOf(recurrence.until)
  if (until !== null && until < startsAt) {
    return yield* invalid("recurrence.until", "Choose an end of the recurrence that is not before the first time")
  }
  return {
    ...values,
    startsAt: rfc3339(startsAt),
    endsAt: rfc3339(endsAt),
    recurrence: recurrence === null ? null : { ...recurrence, until: until === null ? null : rfc3339(until) }
  }
})
