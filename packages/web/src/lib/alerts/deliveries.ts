/** The delivery log in words: what was told, whether it arrived, and why it was not told. */
import type { MonitorStatus } from "@v-insight/domain/model/Monitor"
import type { Notification, NotificationStatus, NotificationType } from "@v-insight/domain/model/Notification"

/** The shape that stands for it beside the word. */
export const statusShapes: Readonly<Record<NotificationStatus, MonitorStatus>> = {
  sent: "up",
  failed: "down",
  pending: "pending",
  suppressed: "paused",
  digested: "maintenance"
}
export const statusWords: Readonly<Record<NotificationStatus, string>> = {
  sent: "Sent",
  failed: "Failed",
  pending: "Waiting",
  suppressed: "Not told",
  digested: "In a digest"
}
export const statuses = Object.keys(statusWords) as ReadonlyArray<NotificationStatus>
export const isStatus = (text: string | null): text is NotificationStatus =>
  text !== null && Object.hasOwn(statusWords, text)

const typeWords: Readonly<Record<NotificationType, string>> = {
  "incident.opened": "incident opened",
  "incident.repeated": "still open, told again",
  "incident.escalated": "escalated",
  "incident.resolved": "over",
  digest: "Many at once, in one digest",
  "silence.ended": "A silence ended",
  test: "A test"
}

/** `Label printing` and `incident opened`; of what concerns no monitor only the latter. */
export const subject = ({ monitorName, type }: Pick<Notification, "monitorName" | "type">) =>
  monitorName === null ? { name: typeWords[type], what: "" } : { name: monitorName, what: typeWords[type] }

/** The last thing that was found, in words: why it failed, waits or was not told; of what was sent nothing. */
export const reasonText = ({
  status,
  lastError,
  reasons
}: Pick<Notification, "status" | "lastError" | "reasons">): string => {
  if (status === "failed" || (status === "pending" && lastError !== null))
    return lastError ?? reasons.at(-1)?.message ?? ""
  return status === "sent" ? "" : (reasons.at(-1)?.message ?? "")
}

/** Whether one may try it again by hand. */
export const canRetry = ({ status }: Pick<Notification, "status">): boolean => status === "failed"

const day = 86_400_000
export const spans = [
  ["24h", "24 h", day],
  ["7d", "7 d", 7 * day],
  ["30d", "30 d", 30 * day]
] as const

/** What the address of the log says. */
export interface LogFilter {
  readonly status: NotificationStatus | undefined
  readonly channel: string | undefined
  readonly incident: string | undefined
  /** "": since ever. */
  readonly since: string
}

export const logFilter = (params: URLSearchParams): LogFilter => {
  const status = params.get("status")
  const since = params.get("since") ?? ""
  return {
    status: isStatus(status) ? status : undefined,
    channel: params.get("channel") ?? undefined,
    incident: params.get("incident") ?? undefined,
    since: spans.some(([name]) => name === since) ? since : ""
  }
}

export const sinceOf = ({ since }: LogFilter, now: number): string | undefined => {
  const length = spans.find(([name]) => name === since)?.[2]
  return length === undefined ? undefined : new Date(now - length).toISOString()
}

export const logUrl = (filter: LogFilter, change: Partial<LogFilter & { readonly cursor: string }> = {}): string => {
  const said = Object.entries({ ...filter, ...change }).filter(([, value]) => value !== undefined && value !== "")
  const params = new URLSearchParams(said as ReadonlyArray<[string, string]> as Array<[string, string]>)
  return params.size === 0 ? "/alerts/log" : `/alerts/log?${params}`
}

/** The first line of the log: what of the last 24 hours did not arrive. */
export const logHeadline = (failed: number, isMore: boolean): string => {
  if (failed === 0) return "Nothing failed in 24 hours."
  if (isMore) return `More than ${failed} messages did not arrive in 24 hours.`
  return failed === 1 ? "1 message did not arrive in 24 hours." : `${failed} messages did not arrive in 24 hours.`
}

/** `#payments-ops was told.` */
export const deliveryHeadline = ({
  status,
  channelName,
  attempts
}: Pick<Notification, "status" | "channelName" | "attempts">): string => {
  switch (status) {
    case "sent":
      return `${channelName} was told.`
    case "failed":
      return `${channelName} could not be told.`
    case "pending":
      return attempts === 0 ? `${channelName} is told soon.` : `${channelName} is tried again.`
    case "suppressed":
      return `${channelName} was not told.`
    case "digested":
      return `${channelName} was told in a digest.`
  }
}
