/** Incidents that follow from made-up checks, who took them on, and who was told of them. */
import { incidentEvent } from "@v-insight/database/repo/incidentEvent"
import { rfc3339 } from "@v-insight/database/repo/instant"
import type { IncidentEvidence } from "@v-insight/domain/model/Incident"
import type { UserId } from "@v-insight/domain/model/User"
import type { GoodCheck } from "@v-insight/domain/rules/traces"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { between, type Chance, chanceOf, oneOf } from "./chance.ts"
import type { Entry } from "./chronicle.ts"
import { channelsFor, type ChannelName } from "./alerts.ts"
import type { Watched } from "./Watched.ts"

export interface MadeIncident {
  readonly key: string
  readonly monitorId: string
  readonly startedAt: number
  readonly resolvedAt: number | null
  readonly causeCode: string
  readonly causeMessage: string
  readonly evidence: IncidentEvidence | null
}

const minuteMs = 60_000

/** Collects them while checks are written, monitor by monitor in the order of time. */
export const makeCollector = () => {
  const open = new Map<string, MadeIncident>()
  const over: Array<MadeIncident> = []
  return {
    hear: (key: string, { checkedAt, event, evidence, monitorId }: Entry): void => {
      if (event?.kind === "went-down") {
        open.set(key, {
          key,
          monitorId,
          startedAt: event.at,
          resolvedAt: null,
          causeCode: event.cause.code,
          causeMessage: event.cause.message,
          evidence:
            evidence === undefined
              ? null
              : {
                  lastGood: evidence.lastGood && goodCheck(evidence.lastGood),
                  firstBad: {
                    at: rfc3339(checkedAt),
                    traits: evidence.firstBad.detail?.traits ?? {},
                    detail: evidence.firstBad.detail
                  }
                }
        })
      }
      const ending = event?.kind === "recovered" ? open.get(key) : undefined
      if (ending === undefined) return
      open.delete(key)
      over.push({ ...ending, resolvedAt: event!.at })
    },
    all: (): ReadonlyArray<MadeIncident> => [...over, ...open.values()].sort((a, b) => a.startedAt - b.startedAt)
  }
}

const goodCheck = ({ at, traits }: GoodCheck) => ({ at: rfc3339(at), traits })

export interface Aftermath {
  readonly tenantId: string
  readonly seed: number
  readonly now: number
  readonly onCall: ReadonlyArray<UserId>
  readonly estate: ReadonlyArray<Watched>
  readonly channelIds: Readonly<Record<ChannelName, string>>
}

export const writeIncidents = Effect.fn("demo.writeIncidents")(function* (
  incidents: ReadonlyArray<MadeIncident>,
  aftermath: Aftermath
) {
  const sql = yield* SqlClient.SqlClient
  const chance = chanceOf(`${aftermath.seed} people`)
  const tags = new Map(aftermath.estate.map(({ key, tags }) => [key, tags]))
  const rows = incidents.map((incident) => ({ ...incident, ...takenOn(incident, aftermath, chance) }))
  yield* sql`
    INSERT INTO incidents (tenant_id, id, monitor_id, started_at, resolved_at, acknowledged_at, acknowledged_by,
      cause_code, cause_message, evidence, created_at, updated_at)
    SELECT ${aftermath.tenantId}, uuid_v7(), i."monitorId", from_millis(i."startedAt"), from_millis(i."resolvedAt"),
      from_millis(i."acknowledgedAt"), i."acknowledgedBy", i."causeCode", i."causeMessage", i.evidence,
      from_millis(i."startedAt"), from_millis(coalesce(i."resolvedAt", i."acknowledgedAt", i."startedAt"))
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS i("monitorId" uuid, "startedAt" bigint, "resolvedAt" bigint,
      "acknowledgedAt" bigint, "acknowledgedBy" uuid, "causeCode" text, "causeMessage" text, evidence jsonb)`
  yield* sql`
    INSERT INTO incident_events (tenant_id, id, incident_id, kind, user_id, message, created_at)
    SELECT tenant_id, uuid_v7(), id, 'acknowledged', acknowledged_by, 'Acknowledged.', acknowledged_at
    FROM incidents
    WHERE tenant_id = ${aftermath.tenantId} AND acknowledged_at IS NOT NULL`
  const told = incidents.flatMap((incident) =>
    channelsFor(tags.get(incident.key) ?? []).flatMap((channel) => messagesOf(incident, channel, aftermath, chance))
  )
  const event = sql.literal(
    incidentEvent({
      type: "t.type",
      status: "CASE WHEN t.type = 'incident.opened' THEN 'open' ELSE 'resolved' END",
      at: "from_millis(t.at)",
      check: "NULL"
    })
  )
  yield* sql`
    INSERT INTO notifications (tenant_id, id, incident_id, channel_id, type, event, status, attempts, last_error,
      response_status, created_at, relayed_at, sent_at)
    SELECT i.tenant_id, uuid_v7(), i.id, t."channelId", t.type, ${event}, t.status, t.attempts, t.error, t.answer,
      from_millis(t.at), from_millis(t.at), CASE WHEN t.status = 'sent' THEN from_millis(t.at + t."tookMs") END
    FROM json_to_recordset(${JSON.stringify(told)}::json) AS t("monitorId" uuid, "startedAt" bigint, "channelId" uuid,
      type text, status text, attempts integer, error text, answer integer, at bigint, "tookMs" bigint)
    JOIN incidents i ON i.tenant_id = ${aftermath.tenantId} AND i.monitor_id = t."monitorId"
      AND i.started_at = from_millis(t."startedAt")
    JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id`
})

/** What is over in minutes nobody takes on; of the rest, most. */
const takenOn = ({ key, resolvedAt, startedAt }: MadeIncident, { now, onCall }: Aftermath, chance: Chance) => {
  const [first, ...others] = onCall
  const at = Math.round(startedAt + between(chance, 2, 14) * minuteMs)
  const isLikely = resolvedAt === null ? key === "sftp" : chance() < 0.7
  return first === undefined || !isLikely || at > (resolvedAt ?? now)
    ? { acknowledgedAt: null, acknowledgedBy: null }
    : { acknowledgedAt: at, acknowledgedBy: oneOf(chance, [first, ...others]) }
}

/** The chat of the warehouse moved so many days ago, and nobody has told V-Insight. */
const movedDaysAgo = 18

const messagesOf = (
  { monitorId, resolvedAt, startedAt }: MadeIncident,
  channel: ChannelName,
  { channelIds, now }: Aftermath,
  chance: Chance
) =>
  (
    [
      ["incident.opened", startedAt],
      ["incident.resolved", resolvedAt]
    ] as const
  ).flatMap(([type, turnedAt]) => {
    if (turnedAt === null) return []
    const isGone = channel === "Warehouse chat" && turnedAt > now - movedDaysAgo * 1440 * minuteMs
    const isSlow = chance() < 0.06
    return {
      monitorId,
      startedAt,
      channelId: channelIds[channel],
      type,
      at: turnedAt + 300,
      tookMs: Math.round(isSlow ? between(chance, 1_500, 7_000) : between(chance, 40, 300)),
      ...(isGone
        ? { status: "failed", attempts: 1, error: "The receiver answered 410, expected 2xx.", answer: 410 }
        : { status: "sent", attempts: isSlow ? 3 : 1, error: null, answer: 204 })
    }
  })
