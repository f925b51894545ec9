/** The people of a tenant, and by which channels each of them is told. */
import { NotFound, type ValidationFailed } from "@v-insight/domain/api/Failures"
import type { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import type { Contacts } from "@v-insight/domain/model/Contacts"
import type { Member } from "@v-insight/domain/model/Membership"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { UserId } from "@v-insight/domain/model/User"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import type { Page, Paging } from "./Page.ts"
import { checkReferences } from "./references.ts"

export class ContactRepo extends Context.Service<
  ContactRepo,
  {
    /** By e-mail address. */
    readonly listMembers: (paging: Paging) => Effect.Effect<Page<Member>, never, TenantContext>
    readonly get: (userId: UserId) => Effect.Effect<Contacts, NotFound, TenantContext>
    /** Fails when it names a channel that the tenant does not have. */
    readonly replace: (
      userId: UserId,
      channelIds: ReadonlyArray<AlertChannelId>
    ) => Effect.Effect<Contacts, NotFound | ValidationFailed, TenantContext>
  }
>()("@v-insight/database/repo/ContactRepo") {
  static readonly layer = Layer.effect(
    ContactRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const getIn = Effect.fnUntraced(function* (tenantId: string, userId: string) {
    const [row] = yield* sql<Contacts>`
      SELECT
        m.user_id AS "userId",
        ARRAY(
          SELECT uc.channel_id::text
          FROM user_contacts uc
          JOIN alert_channels c ON c.tenant_id = uc.tenant_id AND c.id = uc.channel_id AND c.deleted_at IS NULL
          WHERE uc.tenant_id = m.tenant_id AND uc.user_id = m.user_id
          ORDER BY lower(c.name), c.id) AS "channelIds"
      FROM memberships m
      WHERE m.tenant_id = ${tenantId} AND m.user_id = ${userId}`
    return row === undefined ? yield* noMember : row
  })

  return ContactRepo.of({
    listMembers: Effect.fn("ContactRepo.listMembers")(({ page, perPage }) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const items = yield* sql<Member>`
            SELECT u.id AS "userId", u.email, m.role
            FROM memberships m
            JOIN users u ON u.id = m.user_id
            WHERE m.tenant_id = ${tenantId}
            ORDER BY lower(u.email), u.id
            LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
          const [counted] = yield* sql<{ total: number }>`
            SELECT count(*)::integer AS total FROM memberships WHERE tenant_id = ${tenantId}`
          return { items, total: counted!.total }
        })
      )
    ),
    get: Effect.fn("ContactRepo.get")((userId) => scoped((tenantId) => getIn(tenantId, userId))),
    replace: Effect.fn("ContactRepo.replace")((userId, channelIds) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* getIn(tenantId, userId)
          yield* checkReferences(
            sql,
            tenantId,
            channelIds.map((id, place) => ({ kind: "channel", id, path: `channelIds.${place}` }))
          )
          yield* sql`DELETE FROM user_contacts WHERE tenant_id = ${tenantId} AND user_id = ${userId}`
          // DISTINCT: one id may be written in two ways, in upper and in lower case.
          yield* sql`
            INSERT INTO user_contacts (tenant_id, user_id, channel_id)
            SELECT DISTINCT ${tenantId}::uuid, ${userId}::uuid, unnest(${channelIds}::uuid[])`
          return yield* getIn(tenantId, userId)
        })
      )
    )
  })
})

const noMember = new NotFound({ message: "There is no such member." })
