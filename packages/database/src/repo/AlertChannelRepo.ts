/** Alert channels. Secret settings are sealed when they come in; only `update` and the worker open them. */
import { NotFound } from "@v-insight/domain/api/Failures"
import { isChannelTypeName, secretsOf } from "@v-insight/domain/channel-types/registry"
import type { AlertChannel, AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient, type SqlError } from "effect/sql"
import { SecretBox } from "../SecretBox.ts"
import { TenantSql } from "../TenantSql.ts"
import type { Page, Paging } from "./Page.ts"
import * as sealedSettings from "./sealedSettings.ts"

/** What people decide about a channel; `settings` with the secret ones. */
export type AlertChannelValues = Omit<AlertChannel, "id" | "createdAt" | "updatedAt">

type Change = Effect.Effect<AlertChannel, NotFound, TenantContext>

export class AlertChannelRepo extends Context.Service<
  AlertChannelRepo,
  {
    /** By name. */
    readonly list: (paging: Paging) => Effect.Effect<Page<AlertChannel>, never, TenantContext>
    readonly get: (id: AlertChannelId) => Change
    readonly insert: (values: AlertChannelValues) => Effect.Effect<AlertChannel, never, TenantContext>
    /** `decide` sees the channel with its secrets, locked until its answer is written. */
    readonly update: <E, R>(
      id: AlertChannelId,
      decide: (current: AlertChannelValues) => Effect.Effect<AlertChannelValues, E, R>
    ) => Effect.Effect<AlertChannel, NotFound | E, TenantContext | R>
    /** Can be undone by `restore`. */
    readonly remove: (id: AlertChannelId) => Change
    readonly restore: (id: AlertChannelId) => Change
  }
>()("@v-insight/database/repo/AlertChannelRepo") {
  static readonly layer = Layer.effect(
    AlertChannelRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const sealed = sealedSettings.make(yield* SecretBox)
  const columns = sql.literal(
    `id, name, type, settings, ${mannerColumns}, rfc3339(created_at) AS "createdAt", rfc3339(updated_at) AS "updatedAt"`
  )

  const one = Effect.fnUntraced(function* (statement: Effect.Effect<ReadonlyArray<AlertChannel>, SqlError.SqlError>) {
    const [row] = yield* statement
    return row === undefined ? yield* noChannel : row
  })

  const split = (tenantId: string, channelId: string, { type, settings }: AlertChannelValues) =>
    sealed.seal(settings, isChannelTypeName(type) ? secretsOf(type) : [], { tenantId, rowId: channelId })

  return AlertChannelRepo.of({
    list: Effect.fn("AlertChannelRepo.list")(({ page, perPage }) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const items = yield* sql<AlertChannel>`
            SELECT ${columns}
            FROM alert_channels
            WHERE tenant_id = ${tenantId} AND deleted_at IS NULL
            ORDER BY lower(name), id
            LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
          const [counted] = yield* sql<{ total: number }>`
            SELECT count(*)::integer AS total FROM alert_channels WHERE tenant_id = ${tenantId} AND deleted_at IS NULL`
          return { items, total: counted!.total }
        })
      )
    ),
    get: Effect.fn("AlertChannelRepo.get")((id) =>
      scoped((tenantId) =>
        one(sql<AlertChannel>`
          SELECT ${columns}
          FROM alert_channels
          WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL`)
      )
    ),
    insert: Effect.fn("AlertChannelRepo.insert")((values) => {
      const id = uuidV7Unsafe()
      return scoped(
        Effect.fnUntraced(function* (tenantId) {
          const { settings, secrets } = yield* split(tenantId, id, values)
          const [row] = yield* sql<AlertChannel>`
            INSERT INTO alert_channels (tenant_id, id, name, type, settings, secrets, enabled, quiet_hours, budget_messages, budget_seconds)
            VALUES (${tenantId}, ${id}, ${values.name}, ${values.type}, ${settings}::jsonb, ${secrets}::bytea, ${values.enabled},
              ${jsonOrNull(values.quietHours)}::jsonb, ${values.stormBudget.messages}, ${values.stormBudget.seconds})
            RETURNING ${columns}`
          return row!
        })
      )
    }),
    update: Effect.fn("AlertChannelRepo.update")((id, decide) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const [row] = yield* sql<AlertChannelValues & { readonly secrets: Uint8Array | null }>`
            SELECT name, type, settings, secrets, ${sql.literal(mannerColumns)}
            FROM alert_channels
            WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL
            FOR UPDATE`
          if (row === undefined) return yield* noChannel
          const { secrets: stored, ...rest } = row
          const opened = yield* sealed.open(stored, { tenantId, rowId: id })
          const values = yield* decide({
            ...rest,
            settings: { ...row.settings, ...opened } as AlertChannel["settings"]
          })
          const { settings, secrets } = yield* split(tenantId, id, values)
          return yield* one(sql<AlertChannel>`
            UPDATE alert_channels
            SET name = ${values.name}, settings = ${settings}::jsonb, secrets = ${secrets}::bytea,
              enabled = ${values.enabled}, quiet_hours = ${jsonOrNull(values.quietHours)}::jsonb,
              budget_messages = ${values.stormBudget.messages}, budget_seconds = ${values.stormBudget.seconds},
              updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id}
            RETURNING ${columns}`)
        })
      )
    ),
    remove: Effect.fn("AlertChannelRepo.remove")((id) =>
      scoped((tenantId) =>
        one(sql<AlertChannel>`
          UPDATE alert_channels
          SET deleted_at = clock_timestamp(), updated_at = clock_timestamp()
          WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL
          RETURNING ${columns}`)
      )
    ),
    restore: Effect.fn("AlertChannelRepo.restore")((id) =>
      scoped((tenantId) =>
        one(sql<AlertChannel>`
          UPDATE alert_channels
          SET deleted_at = NULL, updated_at = clock_timestamp()
          -- the worker empties what was removed long ago
          WHERE tenant_id = ${tenantId} AND id = ${id}
            AND (settings <> '{}' OR secrets IS NOT NULL)
          RETURNING ${columns}`)
      )
    )
  })
})

const mannerColumns = `enabled, quiet_hours AS "quietHours",
  jsonb_build_object('messages', budget_messages, 'seconds', budget_seconds) AS "stormBudget"`

const jsonOrNull = (value: object | null): string | null => (value === null ? null : JSON.stringify(value))

const noChannel = new NotFound({ message: "There is no such alert channel." })
