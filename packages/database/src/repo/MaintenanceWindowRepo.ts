/** Planned work. Every change tells the workers. */
import { NotFound, type ValidationFailed } from "@v-insight/domain/api/Failures"
import type { MaintenanceWindow, MaintenanceWindowId } from "@v-insight/domain/model/MaintenanceWindow"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import { tellAlerting } from "./alerting.ts"
import type { Page, Paging } from "./Page.ts"
import { checkReferences, scopeReferences } from "./references.ts"

/** What people decide about a window; instants in RFC 3339. */
export type MaintenanceWindowValues = Omit<MaintenanceWindow, "id" | "createdAt" | "updatedAt">

type Change<E = never> = Effect.Effect<MaintenanceWindow, NotFound | E, TenantContext>

export class MaintenanceWindowRepo extends Context.Service<
  MaintenanceWindowRepo,
  {
    /** The newest first. */
    readonly list: (paging: Paging) => Effect.Effect<Page<MaintenanceWindow>, never, TenantContext>
    /** Those that can hold between two instants, epoch ms, and at most so many. */
    readonly listBetween: (
      from: number,
      to: number,
      max: number
    ) => Effect.Effect<ReadonlyArray<MaintenanceWindow>, never, TenantContext>
    readonly get: (id: MaintenanceWindowId) => Change
    /** Fails when it names a monitor that the tenant does not have. */
    readonly insert: (
      values: MaintenanceWindowValues
    ) => Effect.Effect<MaintenanceWindow, ValidationFailed, TenantContext>
    /** `decide` sees the window as it is, locked until its answer is written. */
    readonly update: <E>(
      id: MaintenanceWindowId,
      decide: (current: MaintenanceWindow) => Effect.Effect<MaintenanceWindowValues, E>
    ) => Change<ValidationFailed | E>
    /** Can be undone by `restore`. */
    readonly remove: (id: MaintenanceWindowId) => Change
    readonly restore: (id: MaintenanceWindowId) => Change
  }
>()("@v-insight/database/repo/MaintenanceWindowRepo") {
  static readonly layer = Layer.effect(
    MaintenanceWindowRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const tell = tellAlerting(sql)
  const columns = sql.literal(`
    id,
    name,
    rfc3339(starts_at) AS "startsAt",
    rfc3339(ends_at) AS "endsAt",
    time_zone AS "timeZone",
    recurrence,
    jsonb_build_object('monitorIds', monitor_ids, 'tags', tags) AS scope,
    rfc3339(created_at) AS "createdAt",
    rfc3339(updated_at) AS "updatedAt"`)

  const getIn = Effect.fnUntraced(function* (tenantId: string, id: string, lock = sql.literal("")) {
    const [row] = yield* sql<MaintenanceWindow>`
      SELECT ${columns}
      FROM maintenance_windows
      WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL
      ${lock}`
    return row === undefined ? yield* noWindow : row
  })

  return MaintenanceWindowRepo.of({
    list: Effect.fn("MaintenanceWindowRepo.list")(({ page, perPage }) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const items = yield* sql<MaintenanceWindow>`
            SELECT ${columns}
            FROM maintenance_windows
            WHERE tenant_id = ${tenantId} AND deleted_at IS NULL
            ORDER BY starts_at DESC, id DESC
            LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
          const [counted] = yield* sql<{ total: number }>`
            SELECT count(*)::integer AS total FROM maintenance_windows WHERE tenant_id = ${tenantId} AND deleted_at IS NULL`
          return { items, total: counted!.total }
        })
      )
    ),
    listBetween: Effect.fn("MaintenanceWindowRepo.listBetween")((from, to, max) =>
      scoped(
        (tenantId) => sql<MaintenanceWindow>`
          SELECT ${columns}
          FROM maintenance_windows
          WHERE tenant_id = ${tenantId} AND deleted_at IS NULL
            AND starts_at < from_millis(${to}::float8::bigint)
            AND (recurrence IS NOT NULL OR ends_at > from_millis(${from}::float8::bigint))
          ORDER BY starts_at, id
          LIMIT ${max}`
      )
    ),
    get: Effect.fn("MaintenanceWindowRepo.get")((id) => scoped((tenantId) => getIn(tenantId, id))),
    insert: Effect.fn("MaintenanceWindowRepo.insert")((values) => {
      const id = uuidV7Unsafe()
      return scoped(
        Effect.fnUntraced(function* (tenantId) {
          const { monitorIds, tags } = values.scope
          yield* checkReferences(sql, tenantId, scopeReferences(monitorIds))
          const [row] = yield* sql<MaintenanceWindow>`
            INSERT INTO maintenance_windows (tenant_id, id, name, starts_at, ends_at, time_zone, recurrence, tags, monitor_ids)
            VALUES (${tenantId}, ${id}, ${values.name}, ${values.startsAt}::timestamptz, ${values.endsAt}::timestamptz,
              ${values.timeZone}, ${jsonOrNull(values.recurrence)}::jsonb, ${tags}::text[], ${unique(monitorIds)}::uuid[])
            RETURNING ${columns}`
          yield* tell(tenantId)
          return row!
        })
      )
    }),
    update: Effect.fn("MaintenanceWindowRepo.update")((id, decide) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const current = yield* getIn(tenantId, id, sql`FOR UPDATE`)
          const values = yield* decide(current)
          const { monitorIds, tags } = values.scope
          // What it named before may have been removed since.
          const added = scopeReferences(monitorIds).filter(
            (one) => !current.scope.monitorIds.some((known) => known === one.id)
          )
          yield* checkReferences(sql, tenantId, added)
          const [row] = yield* sql<MaintenanceWindow>`
            UPDATE maintenance_windows
            SET name = ${values.name}, starts_at = ${values.startsAt}::timestamptz, ends_at = ${values.endsAt}::timestamptz,
              time_zone = ${values.timeZone}, recurrence = ${jsonOrNull(values.recurrence)}::jsonb, tags = ${tags}::text[],
              monitor_ids = ${unique(monitorIds)}::uuid[], updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id}
            RETURNING ${columns}`
          yield* tell(tenantId)
          return row!
        })
      )
    ),
    remove: Effect.fn("MaintenanceWindowRepo.remove")((id) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const window = yield* getIn(tenantId, id, sql`FOR UPDATE`)
          yield* sql`
            UPDATE maintenance_windows
            SET deleted_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id}`
          yield* tell(tenantId)
          return window
        })
      )
    ),
    restore: Effect.fn("MaintenanceWindowRepo.restore")((id) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* sql`
            UPDATE maintenance_windows
            SET deleted_at = NULL, updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id}`
          const window = yield* getIn(tenantId, id)
          yield* tell(tenantId)
          return window
        })
      )
    )
  })
})

const jsonOrNull = (value: object | null): string | null => (value === null ? null : JSON.stringify(value))

/** One id may be written in two ways, in upper and in lower case. */
const unique = (ids: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(ids.map((id) => id.toLowerCase()))]

const noWindow = new NotFound({ message: "There is no such maintenance window." })
