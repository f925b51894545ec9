/** On-call schedules and those who stand in. Everybody whom they name must be a member of the tenant. */
import { NotFound, ValidationFailed } from "@v-insight/domain/api/Failures"
import type {
  OnCallLayer,
  OnCallOverride,
  OnCallOverrideId,
  OnCallSchedule,
  OnCallScheduleId
} from "@v-insight/domain/model/OnCallSchedule"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { instantOf } from "@v-insight/domain/model/Timestamp"
import type { UserId } from "@v-insight/domain/model/User"
import { Context, Effect, Layer, Option } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { rfc3339 } from "./instant.ts"
import type { Page, Paging } from "./Page.ts"
import { checkReferences, type Reference } from "./references.ts"
import { findRota, type NamedRota } from "./rota.ts"

/** That have not ended, of one schedule. */
export const maxOverrides = 200

/** What people decide about a schedule. */
export type OnCallScheduleValues = Pick<OnCallSchedule, "name" | "timeZone" | "layers">

/** Epoch ms. */
export interface OverrideValues {
  readonly userId: UserId
  readonly startsAt: number
  readonly endsAt: number
}

type Change<E = never> = Effect.Effect<OnCallSchedule, NotFound | E, TenantContext>

export class OnCallRepo extends Context.Service<
  OnCallRepo,
  {
    /** By name. */
    readonly list: (paging: Paging) => Effect.Effect<Page<OnCallSchedule>, never, TenantContext>
    readonly get: (id: OnCallScheduleId) => Change
    /** Fails when it names somebody who is no member. */
    readonly insert: (values: OnCallScheduleValues) => Effect.Effect<OnCallSchedule, ValidationFailed, TenantContext>
    readonly update: (id: OnCallScheduleId, patch: Partial<OnCallScheduleValues>) => Change<ValidationFailed>
    /** Can be undone by `restore`. */
    readonly remove: (id: OnCallScheduleId) => Change
    readonly restore: (id: OnCallScheduleId) => Change
    readonly insertOverride: (
      id: OnCallScheduleId,
      values: OverrideValues
    ) => Effect.Effect<OnCallOverride, NotFound | ValidationFailed, TenantContext>
    readonly removeOverride: (
      id: OnCallScheduleId,
      overrideId: OnCallOverrideId
    ) => Effect.Effect<OnCallOverride, NotFound, TenantContext>
    /** With everybody who stands in at some time in the range, epoch ms. */
    readonly getRota: (
      id: OnCallScheduleId,
      from: number,
      to: number
    ) => Effect.Effect<NamedRota, NotFound, TenantContext>
  }
>()("@v-insight/database/repo/OnCallRepo") {
  static readonly layer = Layer.effect(
    OnCallRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const columns = sql.literal(`
    s.id,
    s.name,
    s.time_zone AS "timeZone",
    s.layers,
    coalesce((
      SELECT jsonb_agg(jsonb_build_object('id', o.id, 'userId', o.user_id, 'startsAt', rfc3339(o.starts_at),
        'endsAt', rfc3339(o.ends_at)) ORDER BY o.starts_at, o.id)
      FROM on_call_overrides o
      WHERE o.tenant_id = s.tenant_id AND o.schedule_id = s.id AND o.ends_at > now()), '[]') AS overrides,
    rfc3339(s.created_at) AS "createdAt",
    rfc3339(s.updated_at) AS "updatedAt"`)
  const overrideColumns = sql.literal(
    `id, user_id AS "userId", rfc3339(starts_at) AS "startsAt", rfc3339(ends_at) AS "endsAt"`
  )
  const one = ([row]: ReadonlyArray<OnCallSchedule>) =>
    row === undefined ? Effect.fail(noSchedule) : Effect.succeed(row)
  const getIn = (tenantId: string, id: string) =>
    Effect.flatMap(
      sql<OnCallSchedule>`
        SELECT ${columns}
        FROM on_call_schedules s
        WHERE s.tenant_id = ${tenantId} AND s.id = ${id} AND s.deleted_at IS NULL`,
      one
    )

  return OnCallRepo.of({
    list: Effect.fn("OnCallRepo.list")(({ page, perPage }) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const items = yield* sql<OnCallSchedule>`
            SELECT ${columns}
            FROM on_call_schedules s
            WHERE s.tenant_id = ${tenantId} AND s.deleted_at IS NULL
            ORDER BY lower(s.name), s.id
            LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
          const [counted] = yield* sql<{ total: number }>`
            SELECT count(*)::integer AS total
            FROM on_call_schedules
            WHERE tenant_id = ${tenantId} AND deleted_at IS NULL`
          return { items, total: counted!.total }
        })
      )
    ),
    get: Effect.fn("OnCallRepo.get")((id) => scoped((tenantId) => getIn(tenantId, id))),
    insert: Effect.fn("OnCallRepo.insert")((values) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* checkReferences(sql, tenantId, peopleOf(values.layers))
          const [row] = yield* sql<OnCallSchedule>`
            INSERT INTO on_call_schedules AS s (tenant_id, id, name, time_zone, layers)
            VALUES (${tenantId}, ${uuidV7Unsafe()}, ${values.name}, ${values.timeZone}, ${textOf(values.layers)}::jsonb)
            RETURNING ${columns}`
          return row!
        })
      )
    ),
    update: Effect.fn("OnCallRepo.update")((id, patch) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const changed = yield* sql<OnCallSchedule>`
            UPDATE on_call_schedules s
            SET name = coalesce(${patch.name ?? null}, name),
              time_zone = coalesce(${patch.timeZone ?? null}, time_zone),
              layers = coalesce(${patch.layers ? textOf(patch.layers) : null}::jsonb, layers),
              updated_at = clock_timestamp()
            WHERE s.tenant_id = ${tenantId} AND s.id = ${id} AND s.deleted_at IS NULL
            RETURNING ${columns}`
          const schedule = yield* one(changed)
          yield* checkReferences(sql, tenantId, peopleOf(patch.layers ?? []))
          return schedule
        })
      )
    ),
    remove: Effect.fn("OnCallRepo.remove")((id) =>
      scoped((tenantId) =>
        Effect.flatMap(
          sql<OnCallSchedule>`
            UPDATE on_call_schedules s
            SET deleted_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE s.tenant_id = ${tenantId} AND s.id = ${id} AND s.deleted_at IS NULL
            RETURNING ${columns}`,
          one
        )
      )
    ),
    restore: Effect.fn("OnCallRepo.restore")((id) =>
      scoped((tenantId) =>
        Effect.flatMap(
          sql<OnCallSchedule>`
            UPDATE on_call_schedules s
            SET deleted_at = NULL, updated_at = clock_timestamp()
            WHERE s.tenant_id = ${tenantId} AND s.id = ${id}
            RETURNING ${columns}`,
          one
        )
      )
    ),
    insertOverride: Effect.fn("OnCallRepo.insertOverride")((id, { endsAt, startsAt, userId }) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const { overrides } = yield* getIn(tenantId, id)
          if (overrides.length >= maxOverrides) return yield* tooMany
          yield* checkReferences(sql, tenantId, [{ kind: "user", id: userId, path: "userId" }])
          const [row] = yield* sql<OnCallOverride>`
            INSERT INTO on_call_overrides (tenant_id, id, schedule_id, user_id, starts_at, ends_at)
            VALUES (${tenantId}, ${uuidV7Unsafe()}, ${id}, ${userId}, ${rfc3339(startsAt)}::timestamptz,
              ${rfc3339(endsAt)}::timestamptz)
            RETURNING ${overrideColumns}`
          return row!
        })
      )
    ),
    removeOverride: Effect.fn("OnCallRepo.removeOverride")((id, overrideId) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* getIn(tenantId, id)
          const [row] = yield* sql<OnCallOverride>`
            DELETE FROM on_call_overrides
            WHERE tenant_id = ${tenantId} AND schedule_id = ${id} AND id = ${overrideId}
            RETURNING ${overrideColumns}`
          return row === undefined ? yield* noOverride : row
        })
      )
    ),
    getRota: Effect.fn("OnCallRepo.getRota")((id, from, to) =>
      scoped((tenantId) =>
        Effect.flatMap(
          findRota(sql, tenantId, id, from, to),
          Option.match({ onNone: () => Effect.fail(noSchedule), onSome: Effect.succeed })
        )
      )
    )
  })
})

const peopleOf = (layers: ReadonlyArray<OnCallLayer>): ReadonlyArray<Reference> =>
  layers.flatMap(({ userIds }, layer) =>
    userIds.map((id, place) => ({ kind: "user" as const, id, path: `layers.${layer}.userIds.${place}` }))
  )

/** As they are kept: ids in lower case, instants in UTC. */
const textOf = (layers: ReadonlyArray<OnCallLayer>): string =>
  JSON.stringify(
    layers.map((layer) => ({
      ...layer,
      userIds: layer.userIds.map((id) => id.toLowerCase()),
      startsAt: Option.match(instantOf(layer.startsAt), { onNone: () => layer.startsAt, onSome: rfc3339 })
    }))
  )

const noSchedule = new NotFound({ message: "There is no such on-call schedule." })
const noOverride = new NotFound({ message: "Nobody stands in with this id." })
const tooMany = new ValidationFailed({
  issues: [{ path: "startsAt", message: `At most ${maxOverrides} may stand in that have not ended: remove some first` }]
})
