/** Every endpoint of the contract with a request that is valid for it, so that tests can go through all of them. */
import type { Things } from "@v-insight/database/testing/Cast"
import { Api } from "@v-insight/domain/api/Api"
import { HttpApi } from "effect/http-api"

export interface Endpoint {
  /** group.endpoint */
  readonly name: string
  readonly method: string
  /** Template. */
  readonly path: string
  readonly isPublic: boolean
}

export const endpoints: ReadonlyArray<Endpoint> = (() => {
  const found: Array<Endpoint> = []
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group, middleware }) =>
      found.push({
        name: `${group.identifier}.${endpoint.identifier}`,
        method: endpoint.method,
        path: endpoint.path,
        isPublic: [...middleware].every(({ key }) => !key.endsWith("/Authorization"))
      })
  })
  return found
})()

export const hasId = ({ path }: Endpoint): boolean => path.includes(":id")
/** The token in the path is the whole credential. */
export const hasToken = ({ path }: Endpoint): boolean => path.includes(":token")
/** Changes something, or makes the worker do something. Signing out is everybody's right. */
export const isWrite = ({ isPublic, method, name }: Endpoint): boolean =>
  method !== "GET" && !isPublic && name !== "auth.logout"

/** The id that an endpoint's path asks for. A group that is not here makes every test fail that goes through all. */
export const idOf = ({ name }: Endpoint, things: Things): string => {
  const group = name.split(".")[0]!
  const ids: Readonly<Record<string, string>> = {
    monitors: things.monitorId,
    history: things.monitorId,
    monitorHeartbeats: things.monitorId,
    heartbeats: things.heartbeatToken,
    acknowledge: things.acknowledgeToken,
    incidents: things.incidentId,
    alertChannels: things.channelId,
    alertRules: things.ruleId,
    maintenanceWindows: things.windowId,
    silences: things.silenceId,
    notifications: things.failedNotificationId,
    escalationPolicies: things.policyId,
    onCallSchedules: things.scheduleId,
    members: things.memberId
  }
  const id = ids[group]
  if (id === undefined) throw new Error(`Say in testing/endpoints.ts which thing the ids of ${group} name`)
  return id
}

const spec = { type: "http", settings: { url: "https://shop.example/" } }
const credentials = { email: "somebody@else.example", password: "correct horse battery" }

/** Valid bodies. An endpoint that takes one and is not here makes every test fail that goes through all. */
const bodies = (things: Things): Readonly<Record<string, unknown>> => ({
  "auth.register": credentials,
  "auth.login": credentials,
  "monitors.create": { ...spec, name: "New" },
  "monitors.replace": { ...spec, name: "Replaced" },
  "monitors.change": { name: "Changed" },
  "checks.try": spec,
  "checks.tryLive": spec,
  "alertChannels.create": { name: "New", type: "webhook", settings: { url: "https://new.example/" } },
  "alertChannels.change": { name: "Changed" },
  "alertRules.create": { name: "New", condition: { trigger: "down" }, channelIds: [things.channelId] },
  "alertRules.change": { name: "Changed" },
  "simulations.simulate": { draft: { condition: { trigger: "down" } }, ruleId: things.ruleId, days: 1 },
  "incidents.change": { severity: "warning" },
  "incidents.note": { text: "Looked at it." },
  "incidents.merge": { intoId: things.incidentId },
  "maintenanceWindows.create": {
    name: "New",
    startsAt: "2026-11-21T02:00:00Z",
    endsAt: "2026-11-21T04:00:00Z",
    timeZone: "Europe/Berlin",
    recurrence: { every: "week", days: ["sat"], until: null },
    scope: { monitorIds: [things.monitorId] }
  },
  "maintenanceWindows.change": { name: "Changed" },
  "silences.create": {
    matchers: [{ field: "monitor", is: "equal", value: things.monitorId }],
    reason: "Known",
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    noticeChannelId: things.channelId
  },
  "escalationPolicies.create": {
    name: "New",
    steps: [
      {
        waitSeconds: 300,
        targets: [
          { type: "channel", channelId: things.channelId },
          { type: "user", userId: things.memberId },
          { type: "schedule", scheduleId: things.scheduleId }
        ]
      }
    ]
  },
  "escalationPolicies.change": { name: "Changed" },
  "onCallSchedules.create": {
    name: "New",
    timeZone: "Europe/Berlin",
    layers: [
      {
        name: "Primary",
        userIds: [things.memberId],
        startsAt: "2026-11-23T08:00:00Z",
        turn: { unit: "week", count: 1 },
        hours: null
      }
    ]
  },
  "onCallSchedules.change": { name: "Changed" },
  "onCallSchedules.addOverride": {
    userId: things.memberId,
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 86_400_000).toISOString()
  },
  "members.replaceContacts": { channelIds: [things.channelId] }
})
const withoutBody = new Set([
  "logout",
  "remove",
  "removeOverride",
  "restore",
  "pause",
  "resume",
  "run",
  "test",
  "acknowledge",
  "unmerge",
  "end",
  "retry",
  "resolve",
  "rotate"
])

export const bodyOf = ({ method, name }: Endpoint, things: Things): unknown => {
  if (method === "GET" || name.startsWith("heartbeats.") || withoutBody.has(name.split(".")[1]!)) return undefined
  const body = bodies(things)[name]
  if (body === undefined) throw new Error(`Give ${name} a valid body in testing/endpoints.ts`)
  return body
}

/** Nobody stands in with it. */
const noId = "00000000-0000-4000-8000-000000000000"

export const pathOf = (endpoint: Endpoint, id: string): string =>
  endpoint.path
    .replace(/:id|:token/, id)
    .replace(":exitCode", "0")
    .replace(":overrideId", noId)

/** With what its path asks for, of these things. */
export const pathFor = (endpoint: Endpoint, things: Things): string =>
  hasId(endpoint) || hasToken(endpoint) ? pathOf(endpoint, idOf(endpoint, things)) : endpoint.path
