/**
 * Why an incident opened, who was told of it and who was not, and why: from what was decided, done and told, one chain of
 * sentences, oldest first, and its gist in one.
 */
import type { AlertTrigger } from "../model/AlertRule.ts"
import type { Decision, Incident, IncidentWhy, TimelineEntry } from "../model/Incident.ts"
import type { Notification } from "../model/Notification.ts"
import type { Reason } from "../model/Reason.ts"

export interface WhyFacts {
  readonly incident: Incident
  readonly decisions: ReadonlyArray<Decision>
  /** What people and the escalation did. */
  readonly acts: ReadonlyArray<{
    readonly at: string
    readonly kind: string
    readonly userId: TimelineEntry["userId"]
    readonly message: string
  }>
  readonly notifications: ReadonlyArray<ToldNotification>
  /** Parents of the monitor that were down while this incident was open. */
  readonly parents: ReadonlyArray<{ readonly name: string; readonly at: string }>
  /** Those that opened together with it, itself among them; null: none did. */
  readonly group: { readonly key: string; readonly incidents: number; readonly openedAt: string } | null
}

/** Reasons of notifications carry when they were found. */
export type ToldNotification = Omit<Notification, "reasons"> & {
  readonly reasons: ReadonlyArray<Reason & { readonly at?: string | undefined }>
}

export const whyOf = (facts: WhyFacts): IncidentWhy => ({
  incidentId: facts.incident.id,
  summary: summaryOf(facts),
  chain: chainOf(facts)
})

/** Of the same instant: what was decided comes before what was told, and that before what people did. */
const places = { decision: 0, notification: 1, person: 2 } as const

export const chainOf = ({ acts, decisions, group, incident, notifications, parents }: WhyFacts): Array<TimelineEntry> =>
  [
    ...decisions.map(decisionEntry),
    ...parents.map(({ at, name }) =>
      entry(later(at, incident.startedAt), "parent_down", `${name}, which this monitor depends on, was down.`)
    ),
    ...(group === null || group.incidents < 2
      ? []
      : [entry(later(group.openedAt, incident.startedAt), "grouped", groupText(group))]),
    ...acts.map(({ at, kind, message, userId }): TimelineEntry => ({
      at,
      // who was merged into what is over, nobody had to unmerge
      source: kind === "escalated" || (kind === "unmerged" && userId === null) ? "decision" : "person",
      kind,
      userId,
      message,
      reasons: []
    })),
    ...notifications.map(notificationEntry)
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : places[a.source] - places[b.source]))

const entry = (at: string, kind: string, message: string, reasons: ReadonlyArray<Reason> = []): TimelineEntry => ({
  at,
  source: "decision",
  kind,
  userId: null,
  message,
  reasons
})

const later = (a: string, b: string): string => (a < b ? b : a)

const decisionEntry = ({ decidedAt, kind, reasons }: Decision): TimelineEntry =>
  entry(decidedAt, kind, reasons.map(({ message }) => message).join(" ") || kind, reasons)

const groupText = ({ incidents, key }: NonNullable<WhyFacts["group"]>): string => {
  const others = incidents === 2 ? "another incident" : `${incidents - 1} other incidents`
  const [what, ...rest] = key.split(":")
  const common = rest.join(":")
  return `It opened together with ${others}: ${what === "tag" ? `all are tagged ${common}` : `all have the cause ${common}`}.`
}

const topics: Readonly<Record<string, string>> = {
  "incident.opened": "",
  "incident.repeated": " again",
  "incident.escalated": " because nobody had reacted",
  "incident.resolved": " of the end"
}

/** Why a message was written at all: no reason why it has not been sent. */
const grounds: ReadonlySet<string> = new Set(["rule_matched", "told_of_opening", "escalated", "worsened"])

/** What became of it last, or when it is due; undefined where there is nothing to tell. */
const holdUpOf = ({ createdAt, dueAt, reasons, status }: ToldNotification): string | undefined => {
  const last = reasons.findLast(({ code }) => !grounds.has(code))
  if (last !== undefined) return last.message
  return status === "pending" && dueAt > createdAt ? `It is due at ${clock(dueAt)}, if it lasts until then.` : undefined
}

const notificationEntry = (told: ToldNotification): TimelineEntry => {
  const last = told.reasons.at(-1)
  const holdUp = holdUpOf(told)
  const because = holdUp === undefined ? "" : `: ${lowered(holdUp)}`
  const topic = topics[told.type] ?? ""
  const message = {
    sent: `${told.channelName} was told${topic}.`,
    pending: `${told.channelName} is not told${topic} yet${because || "."}`,
    failed: `${told.channelName} could not be told${topic}${told.lastError === null ? "." : `: ${told.lastError}`}`,
    suppressed: `${told.channelName} was not told${topic}${because || "."}`,
    digested: `${told.channelName} was told${topic} as part of a digest${because || "."}`
  }[told.status]
  return {
    at: told.sentAt ?? last?.at ?? told.createdAt,
    source: "notification",
    kind: told.status,
    userId: null,
    message,
    reasons: told.reasons.map(({ code, message }) => ({ code, message }))
  }
}

const states: Readonly<Record<AlertTrigger, string>> = {
  down: "Down",
  degraded: "Degraded",
  slow_response: "Slow",
  ssl_expiry: "Certificate about to expire",
  heartbeat_missed: "Calls missing",
  flapping: "Flapping",
  coverage_lost: "Checks missing"
}

/** "Down since 12:03 because 2 of 2 tries failed: connection refused. 2 channels were told, 1 was not: quiet hours." */
export const summaryOf = ({ decisions, incident, notifications }: WhyFacts): string => {
  const opening = decisions.find(({ incidentId, kind }) => incidentId === incident.id && !isEnd(kind))
  const because =
    opening?.reasons.map(({ message }) => unfinished(message)).join("; ") || unfinished(incident.cause.message)
  const span =
    incident.resolvedAt === null
      ? `since ${clock(incident.startedAt)}`
      : `from ${clock(incident.startedAt)} to ${clock(incident.resolvedAt)}`
  const parts = [`${states[incident.trigger]} ${span} because ${lowered(because)}.`]
  parts.push(incident.mergedIntoId === null ? toldText(notifications) : "It is told as part of another incident.")
  return parts.join(" ")
}

const isEnd = (kind: string): boolean => kind === "recovered" || kind === "ended" || kind === "resolved"

/** UTC: who reads it elsewhere has the instants of the chain. */
const clock = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`

const unfinished = (sentence: string): string => sentence.trim().replace(/\.$/, "")
const lowered = (sentence: string): string =>
  /^[A-Z][a-z]/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence

/** Best first: a channel counts by the best that became of it. */
const outcomes = ["sent", "digested", "pending", "failed", "suppressed"] as const

const toldText = (notifications: ReadonlyArray<ToldNotification>): string => {
  const best = new Map<string, ToldNotification>()
  for (const one of notifications) {
    if (one.type === "incident.resolved") continue
    const before = best.get(one.channelId)
    if (before === undefined || outcomes.indexOf(one.status) < outcomes.indexOf(before.status))
      best.set(one.channelId, one)
  }
  if (best.size === 0) return "Nobody was told: no alert rule with a channel concerns it."
  const all = [...best.values()]
  const said = outcomes.flatMap((status) => {
    const some = all.filter((one) => one.status === status)
    return some.length === 0 ? [] : [outcomeText(status, some)]
  })
  const [first, ...rest] = said
  return `${[`${first!.count} ${first!.count === 1 ? "channel" : "channels"} ${first!.text}`, ...rest.map(({ count, text }) => `${count} ${text}`)].join(", ")}.`
}

const outcomeText = (status: (typeof outcomes)[number], some: ReadonlyArray<ToldNotification>) => {
  const be = some.length === 1 ? "was" : "were"
  const reason = unfinished(holdUpOf(some[0]!) ?? "")
  const because = reason === "" ? "" : `: ${lowered(reason)}`
  const text = {
    sent: `${be} told`,
    digested: `${be} told in a digest`,
    pending: `${some.length === 1 ? "is" : "are"} not told yet${because}`,
    failed: `could not be told${some[0]!.lastError === null ? "" : `: ${lowered(unfinished(some[0]!.lastError))}`}`,
    suppressed: `${be} not${because}`
  }[status]
  return { count: some.length, text }
}
