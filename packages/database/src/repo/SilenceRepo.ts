/** Silences: for a while nobody is told of what they match. They are never removed: who silenced what stays known. */
import { Conflict, NotFound, type ValidationFailed } from "@v-insight/domain/api/Failures"
import type { Silence, SilenceId, SilenceMatcher, SilenceState } from "@v-insight/domain/model/Silence"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import type { Page, Paging } from "./Page.ts"
import { checkReferences, type Reference } from "./references.ts"

/** What people decide about a silence; instants in RFC 3339. */
export type SilenceValues = Pick<Silence, "matchers" | "reason" | "startsAt" | "endsAt" | "noticeChannelId">

export class SilenceRepo extends Context.Service<
  SilenceRepo,
  {
    /** Active ones first, then those to come, then the newest of those that are over. */
    readonly list: (
      state: SilenceState | undefined,
      paging: Paging
    ) => Effect.Effect<Page<Silence>, never, TenantContext>
    /** Those that are not over. */
    readonly countWaiting: Effect.Effect<number, never, TenantContext>
    readonly get: (id: SilenceId) => Effect.Effect<Silence, NotFound, TenantContext>
    /** Fails when it names a monitor or a channel that the tenant does not have. */
    readonly insert: (values: SilenceValues) => Effect.Effect<Silence, ValidationFailed, TenantContext>
    /** Now. What it held back is looked at again. */
    readonly end: (id: SilenceId) => Effect.Effect<Silence, NotFound | Conflict, TenantContext>
  }
>()("@v-insight/database/repo/SilenceRepo") {
  static readonly layer = Layer.effect(
    SilenceRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const stateOf = sql.literal(
    "CASE WHEN ends_at <= clock_timestamp() THEN 'over' WHEN starts_at > clock_timestamp() THEN 'coming' ELSE 'active' END"
  )
  const columns = sql`
    id,
    matchers,
    reason,
    rfc3339(starts_at) AS "startsAt",
    rfc3339(ends_at) AS "endsAt",
    ${stateOf} AS state,
    created_by AS "createdBy",
    notice_channel_id AS "noticeChannelId",
    rfc3339(created_at) AS "createdAt",
    rfc3339(updated_at) AS "updatedAt"`

  const getIn = Effect.fnUntraced(function* (tenantId: string, id: string) {
    const [row] = yield* sql<Silence>`SELECT ${columns} FROM silences WHERE tenant_id = ${tenantId} AND id = ${id}`
    return row === undefined ? yield* noSilence : row
  })

  return SilenceRepo.of({
    list: Effect.fn("SilenceRepo.list")((state, { page, perPage }) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const items = yield* sql<Silence>`
            SELECT ${columns}
            FROM silences
            WHERE tenant_id = ${tenantId} AND (${state ?? null}::text IS NULL OR ${stateOf} = ${state ?? null})
            ORDER BY
              CASE ${stateOf} WHEN 'active' THEN 1 WHEN 'coming' THEN 2 ELSE 3 END,
              CASE ${stateOf} WHEN 'active' THEN ends_at WHEN 'coming' THEN starts_at END,
              ends_at DESC, id
            LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
          const [counted] = yield* sql<{ total: number }>`
            SELECT count(*)::integer AS total
            FROM silences
            WHERE tenant_id = ${tenantId} AND (${state ?? null}::text IS NULL OR ${stateOf} = ${state ?? null})`
          return { items, total: counted!.total }
        })
      )
    ),
    countWaiting: scoped(
      (tenantId) => sql<{ total: number }>`
        SELECT count(*)::integer AS total FROM silences WHERE tenant_id = ${tenantId} AND ends_at > clock_timestamp()`
    ).pipe(
      Effect.map(([counted]) => counted!.total),
      Effect.withSpan("SilenceRepo.countWaiting")
    ),
    get: Effect.fn("SilenceRepo.get")((id) => scoped((tenantId) => getIn(tenantId, id))),
    insert: Effect.fn("SilenceRepo.insert")(function* (values) {
      const { userId } = yield* TenantContext
      const id = uuidV7Unsafe()
      return yield* scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* checkReferences(sql, tenantId, referencesOf(values))
          const [row] = yield* sql<Silence>`
            INSERT INTO silences (tenant_id, id, matchers, reason, starts_at, ends_at, created_by, notice_channel_id)
            VALUES (${tenantId}, ${id}, ${JSON.stringify(values.matchers.map(asKept))}::jsonb, ${values.reason},
              ${values.startsAt}::timestamptz, ${values.endsAt}::timestamptz, ${userId}, ${values.noticeChannelId}::uuid)
            RETURNING ${columns}`
          return row!
        })
      )
    }),
    end: Effect.fn("SilenceRepo.end")((id) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* getIn(tenantId, id)
          const changed = yield* sql`
            UPDATE silences
            -- one that has not begun ends a moment after it would have
            SET starts_at = least(starts_at, clock_timestamp() - interval '1 millisecond'),
              ends_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id} AND ends_at > clock_timestamp()
            RETURNING id`
          if (changed.length === 0) return yield* new Conflict({ message: "The silence is over already." })
          // Held until the silence would have ended: the worker decides about them now.
          yield* sql`
            UPDATE notifications
            SET due_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND status = 'pending' AND relayed_at IS NULL AND due_at > clock_timestamp()
              AND reasons -> -1 ->> 'code' = 'silenced'`
          yield* sql`SELECT pg_notify('notifications_pending', '')`
          return yield* getIn(tenantId, id)
        })
      )
    )
  })
})

/** Ids are compared as text by whoever looks for silences: in lower case, as PostgreSQL writes them. */
const asKept = (matcher: SilenceMatcher): SilenceMatcher =>
  matcher.field === "monitor" ? { ...matcher, value: matcher.value.toLowerCase() } : matcher

const referencesOf = ({ matchers, noticeChannelId }: SilenceValues): ReadonlyArray<Reference> => [
  ...matchers.flatMap(({ field, value }, index) =>
    field === "monitor" ? [{ kind: "monitor", id: value, path: `matchers.${index}.value` } as const] : []
  ),
  ...(noticeChannelId === null ? [] : [{ kind: "channel", id: noticeChannelId, path: "noticeChannelId" } as const])
]

const noSilence = new NotFound({ message: "There is no such silence." })
