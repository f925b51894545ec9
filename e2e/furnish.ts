/** A workspace in which every state is to be seen: up, down, paused, told, acknowledged, resolved. */
import { type Plans, plan } from "./plan.ts"
import type { Sink, Target } from "./servers.ts"
import type { Workspace } from "./workspace.ts"

interface WithId {
  readonly id: string
}
interface Incident extends WithId {
  readonly monitorName: string
  readonly status: string
}

export interface Furnished extends Workspace, Plans {
  /** The URL of a website that answers. */
  readonly target: string
  readonly monitor: string
  readonly brokenMonitor: string
  readonly pausedMonitor: string
  /** A job that has called in. */
  readonly job: string
  /** With a password, and assertions. */
  readonly sealedMonitor: string
  readonly incident: string
  readonly acknowledged: string
  readonly resolved: string
  readonly channel: string
  readonly rule: string
  /** A message that did not arrive. */
  readonly delivery: string
  /** Until `monitor` and `brokenMonitor`, which are checked every second, have charts with all that can be on them. */
  readonly withHistory: () => Promise<void>
}

/** More than a chart has bars, and more than its short span holds: two pages of the API's. */
const history = 105
/** Once everything has happened to a monitor, nothing more does. */
const quietSeconds = 86_400

export const furnish = async (workspace: Workspace, target: Target, sink: Sink): Promise<Furnished> => {
  const { call, until } = workspace
  const monitor = (name: string, path: string, tags: ReadonlyArray<string> = []) =>
    call<WithId>("POST", "/monitors", {
      name,
      type: "http",
      settings: { url: `${target.url}${path}` },
      intervalSeconds: 1,
      tags
    })
  const channel = await call<WithId>("POST", "/alert-channels", {
    name: "#payments-ops",
    type: "webhook",
    settings: { url: sink.url }
  })
  const rule = await call<WithId>("POST", "/alert-rules", {
    name: "Anything down",
    condition: { trigger: "down" },
    channelIds: [channel.id]
  })
  await call("POST", "/alert-rules", {
    name: "Nights",
    condition: { trigger: "ssl_expiry", daysBefore: [30, 7] },
    scope: { tags: ["eu"] },
    channelIds: []
  })
  const gone = await call<WithId>("POST", "/alert-channels", {
    name: "Old pager",
    type: "webhook",
    settings: { url: `${sink.url}/gone` }
  })
  await call("POST", "/alert-rules", {
    name: "Payments",
    condition: { trigger: "down" },
    scope: { tags: ["payments"] },
    severity: "warning",
    channelIds: [gone.id]
  })
  const site = await monitor("Public site", "/", ["web", "eu"])
  const broken = await monitor("Label printing", "/status/503", ["warehouse"])
  const known = await monitor("Rates feed", "/status/502", ["payments"])
  const passing = await monitor("Checkout API", "/status/500", ["payments", "eu"])
  const paused = await monitor("Legacy TMS", "/")
  await call("POST", `/monitors/${paused.id}/pause`)

  const job = await call<WithId>("POST", "/monitors", {
    name: "Nightly backup",
    type: "heartbeat",
    settings: { periodSeconds: 3600 }
  })
  const { path } = await call<{ path: string }>("GET", `/monitors/${job.id}/heartbeat`)
  for (const [step, body] of [
    ["/start", ""],
    ["/0", "copied 12 files"]
  ])
    await fetch(`${workspace.url}${path}${step}`, { method: "POST", body: body! })
  const sealed = await call<WithId>("POST", "/monitors", {
    name: "Stock API",
    type: "http",
    settings: {
      url: `${target.url}/health`,
      auth: "basic",
      username: "ada",
      password: "correct horse",
      assertions: [
        { source: "json", property: "$.status", operator: "equals", expected: "ok" },
        { source: "total_ms", operator: "at_most", expected: 5000, severity: "degraded" }
      ]
    }
  })

  const incidentOf = async (name: string) => {
    const incidents = await until<ReadonlyArray<Incident>>("/incidents", (all) =>
      all.some(({ monitorName }) => monitorName === name)
    )
    return incidents.find(({ monitorName }) => monitorName === name)!.id
  }
  const incident = await incidentOf("Label printing")
  const acknowledged = await incidentOf("Rates feed")
  const resolved = await incidentOf("Checkout API")
  await call("POST", `/incidents/${acknowledged}/acknowledge`)
  await call("POST", `/incidents/${acknowledged}/notes`, { text: "The rollback has begun." })
  await call("PATCH", `/monitors/${passing.id}`, { settings: { url: `${target.url}/` } })
  await until<Incident>(`/incidents/${resolved}`, ({ status }) => status === "resolved")
  await until<ReadonlyArray<{ status: string }>>(`/incidents/${incident}/notifications`, (sent) =>
    sent.some(({ status }) => status === "sent")
  )
  for (const { id } of [known, passing]) await call("PATCH", `/monitors/${id}`, { intervalSeconds: quietSeconds })
  const failed = await until<ReadonlyArray<WithId>>("/notifications?status=failed", ({ length }) => length > 0)
  for (const [reason, startsIn] of [
    ["Moving to the new rack", 0],
    ["Deploy", 3_600_000]
  ] as const)
    await call("POST", "/silences", {
      matchers: [
        { field: "monitor", is: "equal", value: paused.id },
        { field: "cause", is: "not_equal", value: "connection_refused" }
      ],
      reason,
      startsAt: new Date(Date.now() + startsIn).toISOString(),
      endsAt: new Date(Date.now() + startsIn + 3_600_000).toISOString(),
      noticeChannelId: channel.id
    })
  const withHistory = async () => {
    for (const { id } of [site, broken]) {
      await until<ReadonlyArray<unknown>>(`/monitors/${id}/checks?limit=${history}`, ({ length }) => length === history)
    }
  }
  // A paused monitor is not checked: work on it hides nothing.
  const plans = await plan(workspace, { monitor: paused.id, channel: channel.id })
  await call("PATCH", `/monitors/${sealed.id}`, { parentIds: [site.id], degradedAfterMs: 5000 })
  return {
    ...workspace,
    ...plans,
    target: target.url,
    monitor: site.id,
    brokenMonitor: broken.id,
    pausedMonitor: paused.id,
    job: job.id,
    sealedMonitor: sealed.id,
    incident,
    acknowledged,
    resolved,
    channel: channel.id,
    rule: rule.id,
    delivery: failed[0]!.id,
    withHistory
  }
}
