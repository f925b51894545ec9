/**
 * Whether a message that is due is told now: one small stage after the other, and the first that has something to say
 * decides. What is held is looked at again; what is sent, held, suppressed or digested keeps the reason why.
 */
import { DateTime } from "effect"
import type { ActiveHours } from "../model/ActiveHours.ts"
import type { QuietHours, StormBudget } from "../model/AlertChannel.ts"
import type { NotificationType } from "../model/Notification.ts"
import type { Reason } from "../model/Reason.ts"
import { hoursAt } from "./hours.ts"
import { type ActiveSilence, silenceOf, type SilenceSubject } from "./silences.ts"
import { digested } from "./stormBudget.ts"

/**
 * What is held is looked at again when what holds it ends, or changes (worker/notify/Held); by then at the latest, for
 * whatever was not heard of, milliseconds.
 */
export const longestHoldMs = 900_000
/** The codes of what may hold a message back until it ends. */
export const holdCodes = ["parent_down", "maintenance", "silenced", "quiet_hours", "inactive_hours"] as const
/** What waits for the message before it is told of that one's end at once; this is for when that was not heard. */
const waitTurnMs = 30_000

/** The reason that a person leaves who asks for a message again: no stage holds it back then. */
export const byHandCode = "retried_by_hand"

/** The first reason of a message that is told anew because its incident has become worse. */
export const worsenedCode = "worsened"

/** Of the earlier messages to the same channel on the same incident. `untold`: held, or decided not to be told. */
export type Earlier = "none" | "told" | "under_way" | "digested" | "untold"

export interface DispatchFacts {
  readonly type: NotificationType
  /** Epoch milliseconds; not before. */
  readonly dueAt: number
  /** Deliveries that were tried already. */
  readonly attempts: number
  readonly isByHand: boolean
  /** It tells that the incident has become worse: news also for who acknowledged it. */
  readonly isWorse: boolean
  /** Null: of a notice that belongs to none. */
  readonly incident: {
    readonly status: "open" | "acknowledged" | "resolved"
    /** Epoch milliseconds. */
    readonly resolvedAt: number | null
    readonly isMerged: boolean
    readonly subject: SilenceSubject
  } | null
  /** Null: of no rule. */
  readonly rule: { readonly isInForce: boolean; readonly activeHours: ActiveHours | null } | null
  readonly quietHours: QuietHours | null
  readonly budget: StormBudget
  /** The budget has room for one more message. */
  readonly hasRoom: boolean
  readonly earlier: Earlier
  /** The name of a monitor that this one depends on and that is down. */
  readonly parentDown: string | null
  /** The planned work that is on. */
  readonly maintenance: { readonly name: string; readonly endsAt: number } | null
  /** Of the tenant. */
  readonly silences: ReadonlyArray<ActiveSilence>
}

export type Outcome =
  | { readonly kind: "send"; readonly reason: Reason }
  | { readonly kind: "hold"; readonly until: number; readonly reason: Reason }
  | { readonly kind: "suppress"; readonly reason: Reason }
  | { readonly kind: "digest"; readonly reason: Reason }

type Stage = (facts: DispatchFacts, now: number) => Outcome | undefined

export const dispatch = (facts: DispatchFacts, now: number): Outcome => {
  for (const stage of stages) {
    const outcome = stage(facts, now)
    if (outcome !== undefined) return outcome
  }
  return told
}

/** Without hours and silences, for when they cannot be read: better told at night than never. */
export const unhindered = (facts: DispatchFacts): DispatchFacts => ({
  ...facts,
  rule: facts.rule && { ...facts.rule, activeHours: null },
  quietHours: null,
  silences: []
})

const send = (code: string, message: string): Outcome => ({ kind: "send", reason: { code, message } })
const suppress = (code: string, message: string): Outcome => ({ kind: "suppress", reason: { code, message } })
const hold = (until: number, code: string, message: string): Outcome => ({
  kind: "hold",
  until,
  reason: { code, message }
})

const told = send("told", "Told: nothing held it back.")

const asked: Stage = ({ isByHand }) => (isByHand ? send("by_hand", "Told because somebody asked for it.") : undefined)

const notice: Stage = ({ incident }) => (incident === null ? told : undefined)

/** Told to those who were told of the failure, whatever hours and silences say; nobody else has waited for it. */
const recovery: Stage = ({ attempts, earlier, type }, now) => {
  if (type !== "incident.resolved") return undefined
  if (attempts > 0) return again
  if (earlier === "under_way") return hold(now + waitTurnMs, "turn", "Waits until the message before it is delivered.")
  if (earlier === "digested") {
    return {
      kind: "digest",
      reason: { code: "digested_opening", message: "Told in the digest that told of the failure." }
    }
  }
  return earlier === "told"
    ? send("told_of_failure", "Told, as this channel was told of the failure.")
    : suppress("not_told_of_failure", "Not told, as this channel was not told of the failure.")
}

const isFollowUp = ({ type }: DispatchFacts): boolean => type === "incident.repeated" || type === "incident.escalated"

/** It ended while the message was delayed or held. A message that was due before is told, late as it may be. */
const recovered: Stage = (facts) => {
  const { attempts, dueAt, incident } = facts
  if (incident === null || incident.resolvedAt === null) return undefined
  if (isFollowUp(facts)) return suppress("over", "Not told: it is over.")
  return attempts === 0 && incident.resolvedAt < dueAt
    ? suppress("recovered_before", "Not told: it was over before anybody had to be told.")
    : undefined
}

const acknowledged: Stage = (facts) =>
  isFollowUp(facts) && !facts.isWorse && facts.incident?.status === "acknowledged"
    ? suppress("acknowledged", "Not told again: somebody has acknowledged it.")
    : undefined

const merged: Stage = ({ attempts, incident }) =>
  incident?.isMerged === true && attempts === 0
    ? suppress("merged", "Not told: it is told as part of the incident that it was merged into.")
    : undefined

const again = send("tried_again", "Tried again.")
const triedBefore: Stage = ({ attempts }) => (attempts > 0 ? again : undefined)

const ruleGone: Stage = ({ rule }) =>
  rule?.isInForce === false ? suppress("rule_gone", "Not told: the alert rule was disabled or removed.") : undefined

const turn: Stage = (facts, now) =>
  isFollowUp(facts) && facts.earlier === "under_way"
    ? hold(now + waitTurnMs, "turn", "Waits until the message before it is delivered.")
    : undefined

const parentDown: Stage = ({ parentDown }, now) =>
  parentDown === null
    ? undefined
    : hold(now + longestHoldMs, "parent_down", `Held: “${parentDown}”, which it depends on, is down.`)

const maintenance: Stage = ({ maintenance }, now) =>
  maintenance === null
    ? undefined
    : hold(
        soon(maintenance.endsAt, now),
        "maintenance",
        `Held until ${text(maintenance.endsAt)}: maintenance “${maintenance.name}” is on.`
      )

const silenced: Stage = ({ incident, silences }, now) => {
  const silence = incident === null ? undefined : silenceOf(silences, incident.subject, now)
  return silence === undefined
    ? undefined
    : hold(soon(silence.endsAt, now), "silenced", `Held until ${text(silence.endsAt)}: silenced, “${silence.reason}”.`)
}

const quiet: Stage = ({ incident, quietHours }, now) => {
  if (quietHours === null || (quietHours.exceptCritical && incident?.subject.severity === "critical")) return undefined
  const hours = hoursAt(quietHours, now)
  if (!hours.isWithin) return undefined
  return hours.until === undefined
    ? hold(now + longestHoldMs, "quiet_hours", "Held: the channel's quiet hours never end.")
    : hold(soon(hours.until, now), "quiet_hours", `Held until ${text(hours.until)}: the channel has quiet hours.`)
}

const inactive: Stage = ({ rule }, now) => {
  if (rule === null || rule.activeHours === null) return undefined
  const hours = hoursAt(rule.activeHours, now)
  return hours.isWithin
    ? undefined
    : hold(soon(hours.until, now), "inactive_hours", `Held until ${text(hours.until)}: then the alert rule is active.`)
}

const storm: Stage = ({ budget, hasRoom }) => (hasRoom ? undefined : { kind: "digest", reason: digested(budget) })

const stages: ReadonlyArray<Stage> = [
  asked,
  notice,
  recovery,
  recovered,
  acknowledged,
  merged,
  triedBefore,
  ruleGone,
  turn,
  parentDown,
  maintenance,
  silenced,
  quiet,
  inactive,
  storm
]

const soon = (end: number, now: number): number => Math.min(end, now + longestHoldMs)

/** Such as `2026-11-21 22:00 UTC`. */
const text = (instant: number): string =>
  `${DateTime.formatIso(DateTime.makeUnsafe(instant)).slice(0, 16).replace("T", " ")} UTC`
