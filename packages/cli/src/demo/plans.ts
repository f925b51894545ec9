/** What the demo's tenant has planned: work on its machines, silences, and who is on call when. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import { MaintenanceWindowRepo } from "@v-insight/database/repo/MaintenanceWindowRepo"
import { OnCallRepo } from "@v-insight/database/repo/OnCallRepo"
import { SilenceRepo } from "@v-insight/database/repo/SilenceRepo"
import type { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import type { UserId } from "@v-insight/domain/model/User"
import { Clock, Effect } from "effect"
import type { MonitorIds } from "./monitors.ts"

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const weekMs = 7 * dayMs
const timeZone = "Europe/Berlin"
/** The first Sunday of time, at three o'clock in Berlin (in winter). */
const sunday = 3 * dayMs + 2 * hourMs
/** The first Monday of time, at eight o'clock there. */
const monday = 4 * dayMs + 7 * hourMs

const lastOf = (now: number, first: number): number => now - ((now - first) % weekMs)

/** Not on while somebody looks around, most likely. */
export const makeWindows = Effect.gen(function* () {
  const windows = yield* MaintenanceWindowRepo
  const now = yield* Clock.currentTimeMillis
  const lastSunday = lastOf(now, sunday)
  const lastMonday = lastOf(now, monday)
  const plan = (name: string, tag: string, startsAt: number, hours: number, recurrence: Recurrence) =>
    Effect.orDie(
      windows.insert({
        name,
        startsAt: rfc3339(startsAt),
        endsAt: rfc3339(startsAt + hours * hourMs),
        timeZone,
        recurrence,
        scope: { monitorIds: [], tags: [tag] }
      })
    )
  yield* plan("Updates of the warehouse", "warehouse", lastSunday, 2, { every: "week", days: ["sun"], until: null })
  yield* plan("Patches of the databases", "data", lastMonday - 15 * hourMs, 3, {
    every: "month",
    dayOfMonth: 15,
    until: null
  })
  yield* plan("A new switch in the warehouse", "warehouse", lastSunday + weekMs + hourMs, 3, null)
  yield* plan("The mail server moves", "mail", lastMonday + weekMs + 2 * dayMs + 12 * hourMs, 2, null)
}).pipe(Effect.withSpan("demo.makeWindows"))

type Recurrence = Parameters<MaintenanceWindowRepo["Service"]["insert"]>[0]["recurrence"]

/** By day and in the nights of weekdays somebody is on call; nobody is at the weekend, and the screen says so. */
export const makeRota = Effect.fn("demo.makeRota")(function* (people: ReadonlyArray<UserId>) {
  const schedules = yield* OnCallRepo
  const now = yield* Clock.currentTimeMillis
  // Turns change on Sundays at noon, while nobody has one: whatever clocks do, none of them is cut.
  const startsAt = rfc3339(lastOf(now, monday) - 4 * weekMs - 20 * hourMs)
  const turn = { unit: "week", count: 1 } as const
  const weekdays = ["mon", "tue", "wed", "thu", "fri"] as const
  const { id } = yield* Effect.orDie(
    schedules.insert({
      name: "Operations",
      timeZone,
      layers: [
        {
          name: "By day",
          userIds: people,
          startsAt,
          turn,
          hours: { timeZone, days: weekdays, from: 480, to: 1080 }
        },
        {
          name: "Nights",
          userIds: people.toReversed(),
          startsAt,
          turn,
          hours: { timeZone, days: weekdays.slice(0, 4), from: 1080, to: 480 }
        }
      ]
    })
  )
  const standIn = people[1]
  const nextMonday = lastOf(now, monday) + weekMs
  if (standIn !== undefined) {
    yield* Effect.orDie(
      schedules.insertOverride(id, { userId: standIn, startsAt: nextMonday, endsAt: nextMonday + 34 * hourMs })
    )
  }
  return id
})

/** One of each state. */
export const makeSilences = Effect.fn("demo.makeSilences")(function* (
  ids: MonitorIds,
  noticeChannelId: AlertChannelId
) {
  const silences = yield* SilenceRepo
  const now = yield* Clock.currentTimeMillis
  const tagged = (value: string) => [{ field: "tag", is: "equal", value }] as const
  const silence = (
    reason: string,
    from: number,
    hours: number,
    matchers: Parameters<typeof silences.insert>[0]["matchers"]
  ) =>
    Effect.orDie(
      silences.insert({
        matchers,
        reason,
        startsAt: rfc3339(now + from),
        endsAt: rfc3339(now + from + hours * hourMs),
        noticeChannelId
      })
    )
  const { sftp } = ids
  if (sftp !== undefined) {
    yield* silence("The new disk is on its way: nobody can do more.", -20 * hourMs, 68, [
      { field: "monitor", is: "equal", value: sftp }
    ])
  }
  yield* silence("Launch of the winter campaign: pages change all day.", 19 * hourMs, 8, [
    ...tagged("marketing"),
    { field: "severity", is: "not_equal", value: "critical" }
  ])
})
