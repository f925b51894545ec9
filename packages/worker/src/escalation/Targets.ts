/** Whom a step of an escalation reaches now: its targets, down to channels that want messages. */
import type { PgClient } from "@effect/sql-pg"
import { findRota } from "@v-insight/database/repo/rota"
import type { EscalationTarget } from "@v-insight/domain/model/EscalationPolicy"
import type { TargetOutcome } from "@v-insight/domain/rules/escalation"
import { onCallAt } from "@v-insight/domain/rules/onCall"
import { Effect, Option } from "effect"
import type { SqlError } from "effect/sql/SqlError"

export interface Found {
  /** Each once, also when several targets lead to it. */
  readonly channelIds: ReadonlyArray<string>
  /** One for each target. */
  readonly outcomes: ReadonlyArray<TargetOutcome>
}

interface Channel {
  readonly id: string
  readonly name: string
  readonly isUsable: boolean
}

interface PersonRow {
  readonly email: string
  readonly channels: ReadonlyArray<Channel>
}

interface Reached {
  readonly channels: ReadonlyArray<string>
  readonly outcome: TargetOutcome
}

export const make = (sql: PgClient.PgClient) => {
  const ofChannel = Effect.fnUntraced(function* (
    tenantId: string,
    channelId: string
  ): Effect.fn.Return<Reached, SqlError> {
    const [channel] = yield* sql<Channel>`
      SELECT id, name, enabled AS "isUsable"
      FROM alert_channels
      WHERE tenant_id = ${tenantId} AND id = ${channelId} AND deleted_at IS NULL`
    return channel?.isUsable
      ? { channels: [channel.id], outcome: { kind: "channel", channel: channel.name } }
      : { channels: [], outcome: { kind: "channel_unusable", channel: channel?.name } }
  })

  const ofPerson = Effect.fnUntraced(function* (
    tenantId: string,
    userId: string,
    schedule: string | undefined
  ): Effect.fn.Return<Reached, SqlError> {
    const [person] = yield* sql<PersonRow>`
      SELECT
        u.email,
        coalesce((
          SELECT jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name) ORDER BY lower(c.name), c.id)
          FROM user_contacts uc
          JOIN alert_channels c ON c.tenant_id = uc.tenant_id AND c.id = uc.channel_id
          WHERE uc.tenant_id = m.tenant_id AND uc.user_id = m.user_id AND c.enabled AND c.deleted_at IS NULL
        ), '[]') AS channels
      FROM memberships m
      JOIN users u ON u.id = m.user_id
      WHERE m.tenant_id = ${tenantId} AND m.user_id = ${userId}`
    if (person === undefined) return { channels: [], outcome: { kind: "left" } }
    const { channels, email } = person
    return channels.length === 0
      ? { channels: [], outcome: { kind: "no_contacts", email, schedule } }
      : {
          channels: channels.map(({ id }) => id),
          outcome: { kind: "person", email, schedule, channels: channels.map(({ name }) => name) }
        }
  })

  const ofSchedule = Effect.fnUntraced(function* (
    tenantId: string,
    scheduleId: string,
    now: number
  ): Effect.fn.Return<Reached, SqlError> {
    const found = yield* findRota(sql, tenantId, scheduleId, now, now + 1)
    if (Option.isNone(found)) return { channels: [], outcome: { kind: "schedule_removed" } }
    const { name, rota } = found.value
    const onCall = onCallAt(rota, now)
    return onCall === null
      ? { channels: [], outcome: { kind: "nobody_on_call", schedule: name } }
      : yield* ofPerson(tenantId, onCall.person.userId, name)
  })

  const reach = (tenantId: string, target: EscalationTarget, now: number) => {
    switch (target.type) {
      case "channel":
        return ofChannel(tenantId, target.channelId)
      case "user":
        return ofPerson(tenantId, target.userId, undefined)
      case "schedule":
        return ofSchedule(tenantId, target.scheduleId, now)
    }
  }

  /** At most 20 targets, one after the other: they share the connection of the step's transaction. */
  return Effect.fnUntraced(function* (tenantId: string, targets: ReadonlyArray<EscalationTarget>, now: number) {
    const reached = yield* Effect.forEach(targets, (target) => reach(tenantId, target, now))
    return {
      channelIds: [...new Set(reached.flatMap(({ channels }) => channels))],
      outcomes: reached.map(({ outcome }) => outcome)
    } satisfies Found
  })
}
