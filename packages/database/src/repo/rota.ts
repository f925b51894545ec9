/**
 * A schedule with the people it names, as rules about who is on call want it. For the API and the worker alike: each sees
 * what its role may see.
 */
import type { OnCallLayer, OnCallOverrideId } from "@v-insight/domain/model/OnCallSchedule"
import type { OnCallPerson, Rota } from "@v-insight/domain/rules/onCall"
import { instantOf } from "@v-insight/domain/model/Timestamp"
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql"

/** Of one schedule, in one look. */
const maxOverrides = 2000

export interface NamedRota {
  readonly name: string
  readonly rota: Rota
}

interface RotaRow {
  readonly name: string
  readonly timeZone: string
  readonly layers: ReadonlyArray<OnCallLayer>
  readonly people: Readonly<Record<string, string>>
  readonly overrides: ReadonlyArray<{
    readonly id: OnCallOverrideId
    readonly person: OnCallPerson
    readonly startsAt: number
    readonly endsAt: number
  }>
}

/** With those who stand in at some time from `from` on and before `to`, epoch ms; none when there is no such schedule. */
export const findRota = (sql: SqlClient.SqlClient, tenantId: string, scheduleId: string, from: number, to: number) =>
  sql<RotaRow>`
    SELECT
      s.name,
      s.time_zone AS "timeZone",
      s.layers,
      coalesce((
        SELECT jsonb_object_agg(u.id, u.email)
        FROM memberships m
        JOIN users u ON u.id = m.user_id
        WHERE m.tenant_id = s.tenant_id
          AND m.user_id IN (
            SELECT jsonb_array_elements_text(layer -> 'userIds')::uuid FROM jsonb_array_elements(s.layers) AS layer)
      ), '{}') AS people,
      coalesce((
        SELECT jsonb_agg(jsonb_build_object(
          'id', o.id,
          'person', jsonb_build_object('userId', u.id, 'email', u.email),
          'startsAt', to_millis(o.starts_at),
          'endsAt', to_millis(o.ends_at)) ORDER BY o.created_at, o.id)
        FROM (
          SELECT * FROM on_call_overrides
          WHERE tenant_id = s.tenant_id AND schedule_id = s.id
            AND ends_at > from_millis(${from}::float8::bigint) AND starts_at < from_millis(${to}::float8::bigint)
          ORDER BY created_at DESC, id DESC
          LIMIT ${maxOverrides}
        ) AS o
        JOIN users u ON u.id = o.user_id
      ), '[]') AS overrides
    FROM on_call_schedules s
    WHERE s.tenant_id = ${tenantId} AND s.id = ${scheduleId} AND s.deleted_at IS NULL`.pipe(
    Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), toRota))
  )

const toRota = ({ layers, name, overrides, people, timeZone }: RotaRow): NamedRota => ({
  name,
  rota: {
    timeZone,
    overrides,
    layers: layers.map((layer) => ({
      name: layer.name,
      turn: layer.turn,
      hours: layer.hours,
      startsAt: Option.getOrElse(instantOf(layer.startsAt), () => 0),
      people: layer.userIds.map((userId) => {
        const email = people[userId]
        return email === undefined ? null : { userId, email }
      })
    }))
  }
})
