/** Incidents that follow from made-up checks, what they have in common, why they opened, and who took them on. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import type { IncidentEvidence } from "@v-insight/domain/model/Incident"
import type { Reason } from "@v-insight/domain/model/Reason"
import type { UserId } from "@v-insight/domain/model/User"
import type { GoodCheck } from "@v-insight/domain/rules/traces"
import { Effect } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { between, type Chance, chanceOf, oneOf } from "./chance.ts"
import type { Entry } from "./chronicle.ts"
import { grouped } from "./groups.ts"
import type { Watched } from "./Watched.ts"

export interface MadeIncident {
  readonly id: string
  readonly key: string
  readonly monitorId: string
  readonly startedAt: number
  readonly resolvedAt: number | null
  readonly causeCode: string
  readonly causeMessage: string
  readonly evidence: IncidentEvidence | null
}

/** A turn of a monitor as the worker's rule decided it. */
export interface MadeDecision {
  readonly monitorId: string
  /** Null: it opened and ended nothing. */
  readonly incidentId: string | null
  readonly kind: string
  readonly at: number
  readonly reasons: ReadonlyArray<Reason>
  readonly record: string
}

const minuteMs = 60_000

/** Collects them while checks are written, monitor by monitor in the order of time. */
export const makeCollector = () => {
  const open = new Map<string, MadeIncident>()
  const over: Array<MadeIncident> = []
  const decisions: Array<MadeDecision> = []
  return {
    hear: (key: string, { checkedAt, event, evidence, monitorId, reasons, record }: Entry): void => {
      if (event === undefined || record === undefined) return
      if (event.kind === "went-down") {
        open.set(key, {
          id: uuidV7Unsafe(),
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
      const incident = open.get(key)
      decisions.push({
        monitorId,
        incidentId: incident?.id ?? null,
        kind: event.kind,
        at: event.at,
        reasons,
        record
      })
      if (incident === undefined || event.kind !== "recovered") return
      open.delete(key)
      over.push({ ...incident, resolvedAt: event.at })
    },
    decisions: (): ReadonlyArray<MadeDecision> => decisions,
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
}

export const writeIncidents = Effect.fn("demo.writeIncidents")(function* (
  incidents: ReadonlyArray<MadeIncident>,
  aftermath: Aftermath
) {
  const sql = yield* SqlClient.SqlClient
  const { estate, seed, tenantId } = aftermath
  const chance = chanceOf(`${seed} people`)
  const tags = new Map(estate.map(({ key, tags }) => [key, tags]))
  const { groupOf, groups } = grouped(
    incidents.map((incident) => ({ ...incident, tags: tags.get(incident.key) ?? [] }))
  )
  const rows = incidents.map((incident) => ({
    ...incident,
    ...takenOn(incident, aftermath, chance),
    groupId: groupOf.get(incident.id) ?? null
  }))
  yield* sql`
    INSERT INTO incident_groups (tenant_id, id, key, opened_at)
    SELECT ${tenantId}, g.id, g.key, from_millis(g."openedAt")
    FROM json_to_recordset(${JSON.stringify(groups)}::json) AS g(id uuid, key text, "openedAt" bigint)`
  yield* sql`
    INSERT INTO incidents (tenant_id, id, monitor_id, started_at, resolved_at, acknowledged_at, acknowledged_by, owner_id,
      group_id, cause_code, cause_message, evidence, created_at, updated_at)
    SELECT ${tenantId}, i.id, i."monitorId", from_millis(i."startedAt"), from_millis(i."resolvedAt"),
      from_millis(i."acknowledgedAt"), i."acknowledgedBy", i."acknowledgedBy", i."groupId", i."causeCode",
      i."causeMessage", i.evidence, from_millis(i."startedAt"),
      from_millis(coalesce(i."resolvedAt", i."acknowledgedAt", i."startedAt"))
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS i(id uuid, "monitorId" uuid, "startedAt" bigint,
      "resolvedAt" bigint, "acknowledgedAt" bigint, "acknowledgedBy" uuid, "groupId" uuid, "causeCode" text,
      "causeMessage" text, evidence jsonb)`
  yield* sql`
    INSERT INTO incident_events (tenant_id, id, incident_id, kind, user_id, message, created_at)
    SELECT tenant_id, uuid_v7(), id, 'acknowledged', acknowledged_by, 'Acknowledged.', acknowledged_at
    FROM incidents
    WHERE tenant_id = ${tenantId} AND acknowledged_at IS NOT NULL
    UNION ALL
    SELECT i.tenant_id, uuid_v7(), i.id, 'note', i.acknowledged_by, n.note, i.acknowledged_at + interval '7 minutes'
    FROM json_to_recordset(${JSON.stringify(notesOf(incidents))}::json) AS n(id uuid, note text)
    JOIN incidents i ON i.tenant_id = ${tenantId} AND i.id = n.id AND i.acknowledged_at IS NOT NULL
      AND i.acknowledged_at + interval '7 minutes' < coalesce(i.resolved_at, now())`
})

/** With the bytes of each record as they are: whoever doubts a decision can make it again. */
export const writeDecisions = Effect.fn("demo.writeDecisions")(function* (
  decisions: ReadonlyArray<MadeDecision>,
  tenantId: string
) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO decisions (tenant_id, id, monitor_id, incident_id, kind, decided_at, reasons, record)
    SELECT ${tenantId}, uuid_v7(), d."monitorId", d."incidentId", d.kind, from_millis(d.at), d.reasons, d.record::json
    FROM json_to_recordset(${JSON.stringify(decisions)}::json) AS d("monitorId" uuid, "incidentId" uuid, kind text,
      at bigint, reasons jsonb, record text)`
})

/** What somebody wrote down, by the monitor's key. */
const notes: Readonly<Record<string, string>> = {
  sftp: "The host's disk is broken, a new one comes by courier. Partners send their files by e-mail until then.",
  "orders-db": "Failed over to the standby after a kernel panic. The old primary has been rebuilt and follows.",
  checkout: "Follows the orders database: nothing to do here."
}

const notesOf = (incidents: ReadonlyArray<MadeIncident>) =>
  incidents.flatMap(({ id, key }) => (notes[key] === undefined ? [] : [{ id, note: notes[key] }]))

/** What is over in minutes nobody takes on; of the rest, most. */
const takenOn = ({ key, resolvedAt, startedAt }: MadeIncident, { now, onCall }: Aftermath, chance: Chance) => {
  const [first, ...others] = onCall
  const at = Math.round(startedAt + between(chance, 2, 14) * minuteMs)
  const isLikely = resolvedAt === null ? key === "sftp" : chance() < 0.7
  return first === undefined || !isLikely || at > (resolvedAt ?? now)
    ? { acknowledgedAt: null, acknowledgedBy: null }
    : { acknowledgedAt: at, acknowledgedBy: oneOf(chance, [first, ...others]) }
}
