/** What happened in an incident, newest first: decisions, people's acts and notes, every message, failing checks folded. */
import type { Incident, TimelineEntry } from "@v-insight/domain/model/Incident"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { Notification } from "@v-insight/domain/model/Notification"
import { span } from "#lib/words/time.ts"

export interface Entry {
  readonly at: string
  readonly kind: string
  readonly text: string
  /** At the right: how long, how often. */
  readonly note: string
  /** Kinds that need a look are in colour. */
  readonly tone: "degraded" | "down" | undefined
  /** Where there is more of it. */
  readonly href: string | undefined
  /** What is folded away below it. */
  readonly folded: ReadonlyArray<{ readonly at: string; readonly text: string }>
}

/** Which of them are wanted. */
export const views = { all: "All", sent: "Sent", notes: "Notes" } as const
export type View = keyof typeof views
export const viewOf = (text: string | null): View => (text === "sent" || text === "notes" ? text : "all")

export interface Facts {
  readonly incident: Pick<Incident, "startedAt" | "cause">
  /** Oldest first. */
  readonly entries: ReadonlyArray<TimelineEntry>
  readonly notifications: ReadonlyArray<Notification>
  /** Newest first. */
  readonly failing: ReadonlyArray<Failing>
  /** There are more of them than these. */
  readonly isMore: boolean
  /** How somebody is called: `you`, an e-mail address, or nothing. */
  readonly nameOf: (userId: string) => string
}

export type Failing = Pick<MonitorCheck, "checkedAt" | "error" | "httpStatus">

export const timeline = (facts: Facts, view: View = "all"): ReadonlyArray<Entry> => {
  const { entries, failing, incident, isMore, nameOf, notifications } = facts
  const since = (at: string) => {
    const passed = Date.parse(at) - Date.parse(incident.startedAt)
    return passed <= 0 ? "" : `after ${span(passed)}`
  }
  const own = entries
    .filter(({ source }) => source !== "notification")
    .map((one) => (one.source === "person" ? actEntry(one, nameOf, since(one.at)) : decisionEntry(one, since(one.at))))
  const opened = entries.some(({ kind }) => openings.has(kind))
    ? []
    : [entry(incident.startedAt, "Opened", incident.cause.message)]
  const checks = failing.length === 0 ? [] : [checksEntry(failing, isMore)]
  // Of two things at one instant the message comes after its cause.
  return [...opened, ...own, ...checks, ...notifications.map(messageEntry)]
    .filter(({ kind }) => view === "all" || (view === "notes" ? kind === "Note" : messages.has(kind)))
    .map((one, index) => ({ one, index }))
    .sort((a, b) => Date.parse(b.one.at) - Date.parse(a.one.at) || b.index - a.index)
    .map(({ one }) => one)
}

const openings = new Set(["went-down", "raised"])
const messages = new Set(["Sent", "Retrying", "Waiting", "Failed", "Not sent", "Digest"])

const kinds: Readonly<Record<string, string>> = {
  "went-down": "Opened",
  raised: "Opened",
  "raised-again": "Again",
  recovered: "State",
  ended: "State",
  "began-flapping": "Flapping",
  "stopped-flapping": "Flapping",
  "failed-in-maintenance": "Planned",
  parent_down: "Parent",
  grouped: "Group",
  escalated: "Escalated",
  note: "Note",
  acknowledged: "State",
  resolved: "State",
  owner: "Owner",
  severity: "Severity",
  merged: "Merged",
  unmerged: "Merged"
}

const decisionEntry = ({ at, kind, message }: TimelineEntry, since: string): Entry => ({
  ...entry(at, kinds[kind] ?? "Decided", message),
  note: openings.has(kind) ? "" : since
})

/** `Acknowledged by you.` */
const actEntry = ({ at, kind, message, userId }: TimelineEntry, nameOf: Facts["nameOf"], since: string): Entry => {
  const by = userId === null ? "" : nameOf(userId)
  const done = kind === "acknowledged" ? "Acknowledged" : kind === "resolved" ? "Resolved" : undefined
  if (done !== undefined) {
    const who = userId === null ? (kind === "acknowledged" ? " by a signed link" : "") : ` by ${by}`
    return { ...entry(at, "State", `${done}${who}.`), note: since }
  }
  if (kind === "note") return { ...entry(at, "Note", message), note: by }
  return { ...entry(at, kinds[kind] ?? "Done", message), note: by }
}

/** `54 failing checks.` with `503 ×51, timeout ×3` at the right. */
const checksEntry = (failing: ReadonlyArray<Failing>, isMore: boolean): Entry => {
  const counts = new Map<string, number>()
  for (const check of failing) {
    const name = nameOf(check)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3)
  const count = `${isMore ? "More than " : ""}${failing.length} failing ${failing.length === 1 ? "check" : "checks"}`
  return {
    ...entry(failing.at(-1)!.checkedAt, "Checks", `${count}.`),
    note: failing.length === 1 ? "" : most.map(([name, times]) => `${name} ×${times}`).join(", "),
    folded: failing
      .slice(0, shownChecks)
      .map((check) => ({ at: check.checkedAt, text: check.error?.message ?? nameOf(check) }))
  }
}

/** Of those that are folded away. */
const shownChecks = 20

const nameOf = ({ error, httpStatus }: Failing): string =>
  httpStatus === null ? (error?.code ?? "failed").replaceAll("_", " ") : `${httpStatus}`

const topics: Readonly<Record<string, string>> = {
  "incident.opened": "of it",
  "incident.repeated": "of it again",
  "incident.escalated": "because nobody had reacted",
  "incident.resolved": "of the end",
  digest: "in a digest"
}

const messageEntry = (told: Notification): Entry => {
  const { attempts, channelName, createdAt, lastError, reasons, sentAt, status, type } = told
  const topic = topics[type] ?? "of a test"
  const tries = attempts > 1 ? `${attempts} tries` : ""
  const because = reasons.at(-1)?.message ?? ""
  const base = (at: string, kind: string, text: string): Entry => ({
    ...entry(at, kind, [text, lastError ?? ""].filter(Boolean).join(" ")),
    note: tries,
    href: `/alerts/log/${told.id}`
  })
  switch (status) {
    case "sent": {
      const took = sentAt === null ? "" : `after ${seconds(Date.parse(sentAt) - Date.parse(createdAt))}`
      return {
        ...base(sentAt ?? createdAt, "Sent", `${channelName} was told ${topic}.`),
        text: `${channelName} was told ${topic}.`,
        note: [tries, took].filter(Boolean).join(", ")
      }
    }
    case "failed":
      return { ...base(createdAt, "Failed", `${channelName} was not told ${topic}.`), tone: "down" }
    case "suppressed":
      return base(createdAt, "Not sent", [`${channelName} was not told ${topic}.`, because].filter(Boolean).join(" "))
    case "digested":
      return base(createdAt, "Digest", `${channelName} was told ${topic} in a digest.`)
    case "pending": {
      const text = [`${channelName} is still to be told ${topic}.`, attempts === 0 ? because : ""]
        .filter(Boolean)
        .join(" ")
      return attempts === 0
        ? base(createdAt, "Waiting", text)
        : { ...base(createdAt, "Retrying", text), note: tries || "1 try", tone: "degraded" }
    }
  }
}

const seconds = (milliseconds: number): string =>
  milliseconds < 60_000 ? `${Math.max(0.1, milliseconds / 1000).toFixed(1)}\u00a0s` : span(milliseconds)

const entry = (at: string, kind: string, text: string): Entry => ({
  at,
  kind,
  text,
  note: "",
  tone: undefined,
  href: undefined,
  folded: []
})
