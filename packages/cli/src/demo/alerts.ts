/** Whom the demo's tenant tells of trouble, and where. */
import { AlertChannelRepo } from "@v-insight/database/repo/AlertChannelRepo"
import { AlertRuleRepo, type AlertRuleValues } from "@v-insight/database/repo/AlertRuleRepo"
import { ContactRepo } from "@v-insight/database/repo/ContactRepo"
import { EscalationPolicyRepo } from "@v-insight/database/repo/EscalationPolicyRepo"
import { type AlertChannelId, defaultStormBudget, type QuietHours } from "@v-insight/domain/model/AlertChannel"
import { type AlertRuleId, alertRuleDefaults } from "@v-insight/domain/model/AlertRule"
import type { UserId } from "@v-insight/domain/model/User"
import { Effect } from "effect"
import type { Places } from "./Places.ts"
import { makeRota } from "./plans.ts"

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

/** The channels that hear of a monitor with these tags when it goes down, by which rule, and why (as worker/turnSql has it). */
export const toldBy = (tags: ReadonlyArray<string>) =>
  rules
    .filter((rule) => conditionOf(rule).trigger === "down" && rule.enabled !== false)
    .flatMap(({ channel, name: rule, tags: wanted }) => {
      const tag = wanted.find((tag) => tags.includes(tag))
      if (wanted.length > 0 && tag === undefined) return []
      const because =
        tag === undefined ? "is for every monitor." : `is for the tag “${tag}”, which this monitor carries.`
      return [{ channel, rule, why: `The alert rule “${rule}” ${because}` }]
    })

/** At night the warehouse is asleep, unless it burns. */
const asleep: QuietHours = {
  timeZone: "Europe/Berlin",
  days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
  from: 1260,
  to: 360,
  exceptCritical: true
}

export interface MadeAlerts {
  readonly channelIds: Readonly<Record<ChannelName, AlertChannelId>>
  /** By the rules' names. */
  readonly ruleIds: Readonly<Record<string, AlertRuleId>>
}

export const hookUrl = (places: Places, name: ChannelName): string =>
  `http://hooks.nordlicht.localhost:${places.ports.http}${hookPaths[name]}`

/** `onCall`: who takes turns; the first two are woken by the pager. */
export const makeAlerts = Effect.fn("demo.makeAlerts")(function* (
  places: Places,
  ownerId: UserId,
  onCall: ReadonlyArray<UserId>
) {
  const channels = yield* AlertChannelRepo
  const alertRules = yield* AlertRuleRepo
  const policies = yield* EscalationPolicyRepo
  const ids = yield* Effect.forEach(channelNames, (name) =>
    channels
      .insert({
        name,
        type: "webhook",
        enabled: true,
        quietHours: name === "Warehouse chat" ? asleep : null,
        stormBudget: defaultStormBudget,
        settings: { url: hookUrl(places, name), secret: "whsec_bm9yZGxpY2h0IG91dGRvb3IgZGVtbw==" }
      })
      .pipe(Effect.map(({ id }) => [name, id] as const))
  )
  const byName = Object.fromEntries(ids) as Readonly<Record<ChannelName, AlertChannelId>>
  const contacts = yield* ContactRepo
  for (const userId of onCall) yield* Effect.orDie(contacts.replace(userId, [byName["On-call pager"]]))
  const scheduleId = yield* makeRota(onCall)
  const policy = yield* Effect.orDie(
    policies.insert({
      name: "Payments escalation",
      steps: [
        { waitSeconds: 600, targets: [{ type: "schedule", scheduleId }] },
        {
          waitSeconds: 1200,
          targets: [
            { type: "user", userId: ownerId },
            { type: "channel", channelId: byName["Operations room"] }
          ]
        }
      ],
      repeats: 1
    })
  )
  const ruleIds = yield* Effect.forEach(rules, (rule) => {
    const { channel, isEscalated = false, tags, ...values } = rule
    return alertRules
      .insert({
        ...alertRuleDefaults,
        ...values,
        condition: conditionOf(rule),
        scope: { monitorIds: [], tags },
        channelIds: [byName[channel]],
        escalationPolicyId: isEscalated ? policy.id : null
      })
      .pipe(
        Effect.orDie,
        Effect.map(({ id }) => [rule.name, id] as const)
      )
  })
  return { channelIds: byName, ruleIds: Object.fromEntries(ruleIds) } satisfies MadeAlerts
})
