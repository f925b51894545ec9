/** Why did this page somebody? The chain from the first failing try to the message, from stored facts only. */
import type { Incident } from "@v-insight/domain/model/Incident"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { Notification } from "@v-insight/domain/model/Notification"
import { turnOf } from "./turn.ts"

export interface Link {
  readonly at: string
  readonly text: string
  readonly status: "down" | "up"
}

interface Facts {
  readonly incident: Incident
  /** As it is set now, 0 where the first word counts; undefined when the monitor is gone. */
  readonly confirmations: number | undefined
  /** Newest first. */
  readonly checks: ReadonlyArray<MonitorCheck>
  readonly notifications: ReadonlyArray<Notification>
}

export const why = ({ incident, confirmations, checks, notifications }: Facts): ReadonlyArray<Link> => {
  const failing: ReadonlyArray<MonitorCheck> = turnOf(checks, incident.startedAt)?.failing ?? []
  const tries = failing.reduce((sum, { attempts }) => sum + attempts, 0)
  const links: Array<Link> = failing.map((check, index) => ({
    at: check.checkedAt,
    status: "down",
    text: failureText(check, index, confirmations)
  }))
  if (failing.length === 0) links.push({ at: incident.startedAt, status: "down", text: incident.cause.message })
  const decidedAt = failing.at(-1)?.checkedAt ?? incident.startedAt
  links.push({ at: decidedAt, status: "down", text: decision(tries, confirmations) })
  const opened = notifications.filter(({ type }) => type === "incident.opened")
  links.push(...opened.map(told))
  if (opened.length === 0) {
    links.push({ at: decidedAt, status: "up", text: "No rule matched, so nobody was told." })
  }
  return links
}

const failureText = ({ error, attempts }: MonitorCheck, index: number, confirmations: number | undefined): string => {
  const message = error?.message ?? "The check failed."
  const again = attempts > 1 ? ` It was tried again at once, on a fresh connection: ${attempts} tries, all failed.` : ""
  const alone =
    index === 0 && attempts === 1 && confirmations !== undefined && confirmations > 0
      ? " One failing try is not enough."
      : ""
  return `${message}${again}${alone}`
}

const decision = (tries: number, confirmations: number | undefined): string => {
  if (tries === 0) return "The monitor became down."
  if (confirmations === 0) return "That is enough: the monitor became down."
  const needed = confirmations === undefined ? "" : `; ${confirmations + 1} in a row are required`
  return `${tries === 1 ? "1 failing try" : `${tries} failing tries in a row`}${needed}. The monitor became down.`
}

const told = ({ channelName, status, createdAt, sentAt, lastError }: Notification): Link => {
  if (status === "sent")
    return { at: sentAt ?? createdAt, status: "up", text: `A rule matched; ${channelName} was told.` }
  const text = `A rule matched, but ${channelName} ${status === "failed" ? "could not be told" : "is still to be told"}.`
  return { at: createdAt, status: "down", text: lastError === null ? text : `${text} ${lastError}` }
}
