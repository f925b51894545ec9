/** What happened in an incident, newest first: its own turns and every message about it. */
import type { Incident } from "@v-insight/domain/model/Incident"
import type { Notification } from "@v-insight/domain/model/Notification"
import { span } from "#lib/words/time.ts"

export interface Entry {
  readonly at: string
  readonly kind: "Opened" | "State" | "Sent" | "Retrying" | "Waiting" | "Failed"
  readonly text: string
  /** At the right: how long, how often. */
  readonly note: string
  /** Kinds that need a look are in colour. */
  readonly tone: "degraded" | "down" | undefined
}

/** Who did it, as far as the reader's own name. */
const by = (userId: string | null, me: string): string =>
  userId === null ? "" : userId === me ? " by you" : " by somebody else"

export const timeline = (
  incident: Incident,
  notifications: ReadonlyArray<Notification>,
  me: string
): ReadonlyArray<Entry> => {
  const own: Array<Entry> = [entry(incident.startedAt, "Opened", incident.cause.message)]
  const since = (at: string) => `after ${span(Date.parse(at) - Date.parse(incident.startedAt))}`
  const { acknowledgedAt, resolvedAt } = incident
  if (acknowledgedAt !== null) {
    own.push({
      ...entry(acknowledgedAt, "State", `Acknowledged${by(incident.acknowledgedBy, me)}.`),
      note: since(acknowledgedAt)
    })
  }
  if (resolvedAt !== null) {
    const how =
      incident.resolvedBy === null ? "Resolved: the checks are good again." : `Resolved${by(incident.resolvedBy, me)}.`
    own.push({ ...entry(resolvedAt, "State", how), note: since(resolvedAt) })
  }
  // Of two things at one instant the message comes after its cause.
  return [...own, ...notifications.map(messageEntry)]
    .map((one, index) => ({ one, index }))
    .sort((a, b) => Date.parse(b.one.at) - Date.parse(a.one.at) || b.index - a.index)
    .map(({ one }) => one)
}

const messageEntry = ({ channelName, type, status, attempts, lastError, createdAt, sentAt }: Notification): Entry => {
  const about = type === "incident.resolved" ? "recovery" : type === "incident.opened" ? "outage" : "test"
  const tries = attempts > 1 ? `${attempts} tries` : ""
  if (status === "sent") {
    const took = sentAt === null ? "" : `after ${seconds(Date.parse(sentAt) - Date.parse(createdAt))}`
    return {
      ...entry(sentAt ?? createdAt, "Sent", `${channelName} was told of the ${about}.`),
      note: [tries, took].filter(Boolean).join(", ")
    }
  }
  const why = lastError === null ? "" : ` ${lastError}`
  if (status === "failed")
    return {
      ...entry(createdAt, "Failed", `${channelName} was not told of the ${about}.${why}`),
      note: tries,
      tone: "down"
    }
  const text = `${channelName} is still to be told of the ${about}.${why}`
  return attempts === 0
    ? entry(createdAt, "Waiting", text)
    : { ...entry(createdAt, "Retrying", text), note: tries || "1 try", tone: "degraded" }
}

const seconds = (milliseconds: number): string =>
  milliseconds < 60_000 ? `${Math.max(0.1, milliseconds / 1000).toFixed(1)}\u00a0s` : span(milliseconds)

const entry = (at: string, kind: Entry["kind"], text: string): Entry => ({ at, kind, text, note: "", tone: undefined })
