/** Planned work, turns on call and an escalation, for a workspace that has monitors and a channel. */
import type { Workspace } from "./workspace.ts"

interface WithId {
  readonly id: string
}

export interface Plans {
  readonly schedule: string
  readonly policy: string
  /** It is on, and overlaps another one. */
  readonly window: string
}

const hourMs = 3_600_000
const weekdays = ["mon", "tue", "wed", "thu", "fri"]

/** `monitor` is under maintenance from now on: take one that needs not be told of. */
export const plan = async (
  { call }: Pick<Workspace, "call">,
  ids: { readonly monitor: string; readonly channel: string }
): Promise<Plans> => {
  const { user } = await call<{ user: WithId }>("GET", "/auth/me")
  const inHours = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString()
  const layer = (name: string, from: number, to: number) => ({
    name,
    userIds: [user.id],
    startsAt: "2026-01-05T08:00:00Z",
    turn: { unit: "week", count: 1 },
    hours: { timeZone: "Europe/Berlin", days: weekdays, from, to }
  })
  const schedule = await call<WithId>("POST", "/on-call-schedules", {
    name: "Primary",
    timeZone: "Europe/Berlin",
    layers: [layer("Office", 480, 1080), layer("Nights", 1080, 480)]
  })
  const standIn = { userId: user.id, startsAt: inHours(24), endsAt: inHours(30) }
  await call("POST", `/on-call-schedules/${schedule.id}/overrides`, standIn)
  const policy = await call<WithId>("POST", "/escalation-policies", {
    name: "Payments",
    repeats: 2,
    steps: [
      { waitSeconds: 300, targets: [{ type: "schedule", scheduleId: schedule.id }] },
      {
        waitSeconds: 600,
        targets: [
          { type: "user", userId: user.id },
          { type: "channel", channelId: ids.channel }
        ]
      }
    ]
  })
  const scope = { monitorIds: [ids.monitor] }
  const add = (name: string, from: number, to: number, more = {}) =>
    call<WithId>("POST", "/maintenance-windows", {
      name,
      startsAt: inHours(from),
      endsAt: inHours(to),
      timeZone: "Europe/Berlin",
      scope,
      ...more
    })
  const window = await add("Database upgrade", -1, 3)
  await add("Network works", 2, 5)
  await add("Patches", 25, 27, { recurrence: { every: "week", days: ["sun", "wed"], until: null } })
  await add("Old move", -100, -98)
  return { schedule: schedule.id, policy: policy.id, window: window.id }
}
