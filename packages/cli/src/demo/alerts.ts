/** Whom the demo's tenant tells of trouble, and where; when it works on its machines. */
import { AlertChannelRepo } from "@v-insight/database/repo/AlertChannelRepo"
import { AlertRuleRepo, type AlertRuleValues } from "@v-insight/database/repo/AlertRuleRepo"
import { ContactRepo } from "@v-insight/database/repo/ContactRepo"
import { EscalationPolicyRepo } from "@v-insight/database/repo/EscalationPolicyRepo"
import { rfc3339 } from "@v-insight/database/repo/instant"
import { MaintenanceWindowRepo } from "@v-insight/database/repo/MaintenanceWindowRepo"
import { type AlertChannelId, defaultStormBudget } from "@v-insight/domain/model/AlertChannel"
import { alertRuleDefaults } from "@v-insight/domain/model/AlertRule"
import type { UserId } from "@v-insight/domain/model/User"
import { Clock, Effect } from "effect"
import type { Places } from "./Places.ts"

export const channelNames = ["Operations room", "On-call pager", "Warehouse chat"] as const
export type ChannelName = (typeof channelNames)[number]

/** Where each channel's messages go on the demo's own server. */
export const hookPaths: Readonly<Record<ChannelName, string>> = {
  "Operations room": "/hooks/operations",
  "On-call pager": "/hooks/on-call",
  "Warehouse chat": "/hooks/warehouse"
}

interface Rule extends Partial<Omit<AlertRuleValues, "scope" | "channelIds">> {
  readonly name: string
  readonly tags: ReadonlyArray<string>
  readonly channel: ChannelName
  readonly isEscalated?: boolean
}

const rules: ReadonlyArray<Rule> = [
  { name: "Everything, to the operations room", tags: [], channel: "Operations room" },
  {
    name: "Payments wake somebody up",
    tags: ["payments"],
    channel: "On-call pager",
    repeatSeconds: 1800,
    isEscalated: true
  },
  { name: "Warehouse, to its own chat", tags: ["warehouse"], channel: "Warehouse chat" },
  { name: "Marketing pages, after hours", tags: ["marketing"], channel: "On-call pager", enabled: false },
  {
    name: "Slow payments",
    tags: ["payments"],
    channel: "Operations room",
    condition: { trigger: "slow_response", percentile: 95, aboveMs: 2_000, windowSeconds: 600 },
    severity: "warning",
    activeHours: { timeZone: "Europe/Berlin", days: ["mon", "tue", "wed", "thu", "fri"], from: 480, to: 1080 }
  },
  {
    name: "Certificates to renew",
    tags: [],
    channel: "Operations room",
    condition: { trigger: "ssl_expiry", daysBefore: [30, 14, 7, 1] },
    severity: "warning"
  },
  {
    name: "Nobody is looking",
    tags: [],
    channel: "Operations room",
    condition: { trigger: "coverage_lost", belowPercent: 50, windowSeconds: 1800 },
    severity: "info"
  }
]

const conditionOf = ({ condition = { trigger: "down" } }: Rule) => condition

/** The channels that hear of a monitor with these tags when it goes down. */
export const channelsFor = (tags: ReadonlyArray<string>): ReadonlyArray<ChannelName> =>
  rules
    .filter((rule) => conditionOf(rule).trigger === "down" && rule.enabled !== false)
    .filter((rule) => rule.tags.length === 0 || rule.tags.some((tag) => tags.includes(tag)))
    .map(({ channel }) => channel)

export const hookUrl = (places: Places, name: ChannelName): string =>
  `http://hooks.nordlicht.localhost:${places.ports.http}${hookPaths[name]}`

/** Ids by the channels' names. */
export const makeAlerts = Effect.fn("demo.makeAlerts")(function* (places: Places, ownerId: UserId) {
  const channels = yield* AlertChannelRepo
  const alertRules = yield* AlertRuleRepo
  const policies = yield* EscalationPolicyRepo
  const ids = yield* Effect.forEach(channelNames, (name) =>
    channels
      .insert({
        name,
        type: "webhook",
        enabled: true,
        quietHours: null,
        stormBudget: defaultStormBudget,
        settings: { url: hookUrl(places, name), secret: "whsec_bm9yZGxpY2h0IG91dGRvb3IgZGVtbw==" }
      })
      .pipe(Effect.map(({ id }) => [name, id] as const))
  )
  const byName = Object.fromEntries(ids) as Readonly<Record<ChannelName, AlertChannelId>>
  const contacts = yield* ContactRepo
  yield* Effect.orDie(contacts.replace(ownerId, [byName["On-call pager"]]))
  const policy = yield* Effect.orDie(
    policies.insert({
      name: "Until somebody wakes up",
      steps: [
        { waitSeconds: 600, targets: [{ type: "channel", channelId: byName["Operations room"] }] },
        { waitSeconds: 1200, targets: [{ type: "user", userId: ownerId }] }
      ],
      repeats: 1
    })
  )
  yield* Effect.forEach(
    rules,
    (rule) => {
      const { channel, isEscalated = false, tags, ...values } = rule
      return Effect.orDie(
        alertRules.insert({
          ...alertRuleDefaults,
          ...values,
          condition: conditionOf(rule),
          scope: { monitorIds: [], tags },
          channelIds: [byName[channel]],
          escalationPolicyId: isEscalated ? policy.id : null
        })
      )
    },
    { discard: true }
  )
  return byName
})

const hourMs = 3_600_000
const weekMs = 168 * hourMs
/** The first Sunday of time, at three o'clock in Berlin. */
const sunday = (3 * 24 + 2) * hourMs

/** Planned work that is not on while somebody looks around, most likely. */
export const makePlans = Effect.gen(function* () {
  const windows = yield* MaintenanceWindowRepo
  const now = yield* Clock.currentTimeMillis
  const lastSunday = now - ((now - sunday) % weekMs)
  yield* Effect.orDie(
    windows.insert({
      name: "Updates of the warehouse",
      startsAt: rfc3339(lastSunday),
      endsAt: rfc3339(lastSunday + 2 * hourMs),
      timeZone: "Europe/Berlin",
      recurrence: { every: "week", days: ["sun"], until: null },
      scope: { monitorIds: [], tags: ["warehouse"] }
    })
  )
}).pipe(Effect.withSpan("demo.makePlans"))
