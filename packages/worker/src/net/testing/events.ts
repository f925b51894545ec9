/** What people are told of, as tests of channels need it. */
import type { Message } from "@v-insight/domain/channel-types/ChannelType"
import { NotificationEvent, type NotificationType } from "@v-insight/domain/model/Notification"
import { Schema } from "effect"

export const incidentId = "0193f3a0-0000-7000-8000-000000000001"
export const notificationId = "0193f3a0-0000-7000-8000-00000000000a"
export const links = {
  incident: "https://status.example/incidents/0193f3a0-0000-7000-8000-000000000001",
  acknowledge: "https://status.example/acknowledge/t0k3n-0f-l1nk"
}

interface Changes {
  readonly type?: NotificationType
  readonly name?: string
  readonly cause?: string
  readonly severity?: "critical" | "warning" | "info"
  readonly hasLinks?: boolean
}

const noIncident = new Set<NotificationType>(["digest", "silence.ended", "test"])

/** Checkout is down since 12:03:10; or whatever else the type says of it. */
export const event = ({
  cause = "localhost refused the connection: nothing listens on port 80.",
  hasLinks = true,
  name = "Checkout",
  severity = "critical",
  type = "incident.opened"
}: Changes = {}): NotificationEvent => {
  const isResolved = type === "incident.resolved"
  return Schema.decodeSync(NotificationEvent)({
    type,
    timestamp: "2026-11-21T12:07:10.000Z",
    data: {
      incident: noIncident.has(type)
        ? null
        : {
            id: incidentId,
            status: isResolved ? "resolved" : "open",
            trigger: "down",
            severity,
            startedAt: "2026-11-21T12:03:10.000Z",
            resolvedAt: isResolved ? "2026-11-21T12:07:10.000Z" : null,
            cause: { code: "connection_refused", message: cause }
          },
      monitor: noIncident.has(type)
        ? null
        : { id: "0193f3a0-0000-7000-8000-000000000002", name, type: "http", tags: ["shop", "live"] },
      check: null,
      ...(type === "digest" ? { digest: { incidents: 23, resolved: 2, monitors: [name, "Search"] } } : {}),
      ...(type === "silence.ended" ? { silence: { reason: name, endsAt: "2026-11-21T12:07:00.000Z" } } : {})
    },
    ...(hasLinks && type !== "test" ? { links } : {})
  })
}

export const messageOf = (event: NotificationEvent, id: string = notificationId): Message => ({ id, event })
