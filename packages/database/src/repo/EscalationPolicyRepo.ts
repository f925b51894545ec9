/** Escalation policies. Whom they name must be the tenant's own. */
import { NotFound, type ValidationFailed } from "@v-insight/domain/api/Failures"
import type {
  EscalationPolicy,
  EscalationPolicyId,
  EscalationStep,
  EscalationTarget
} from "@v-insight/domain/model/EscalationPolicy"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Layer } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import { TenantSql } from "../TenantSql.ts"
import type { Page, Paging } from "./Page.ts"
import { checkReferences, type Reference } from "./references.ts"

/** What people decide about a policy. */
export type EscalationPolicyValues = Pick<EscalationPolicy, "name" | "steps" | "repeats">

type Change<E = never> = Effect.Effect<EscalationPolicy, NotFound | E, TenantContext>

export class EscalationPolicyRepo extends Context.Service<
  EscalationPolicyRepo,
  {
    /** By name. */
    readonly list: (paging: Paging) => Effect.Effect<Page<EscalationPolicy>, never, TenantContext>
    readonly get: (id: EscalationPolicyId) => Change
    /** Fails when it names a member, channel or schedule that the tenant does not have. */
    readonly insert: (
      values: EscalationPolicyValues
    ) => Effect.Effect<EscalationPolicy, ValidationFailed, TenantContext>
    readonly update: (id: EscalationPolicyId, patch: Partial<EscalationPolicyValues>) => Change<ValidationFailed>
    /** Can be undone by `restore`. */
    readonly remove: (id: EscalationPolicyId) => Change
    readonly restore: (id: EscalationPolicyId) => Change
  }
>()("@v-insight/database/repo/EscalationPolicyRepo") {
  static readonly layer = Layer.effect(
    EscalationPolicyRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const columns = sql.literal(
    `id, name, steps, repeats, rfc3339(created_at) AS "createdAt", rfc3339(updated_at) AS "updatedAt"`
  )
  const one = ([row]: ReadonlyArray<EscalationPolicy>) =>
    row === undefined ? Effect.fail(noPolicy) : Effect.succeed(row)

  return EscalationPolicyRepo.of({
    list: Effect.fn("EscalationPolicyRepo.list")(({ page, perPage }) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const items = yield* sql<EscalationPolicy>`
            SELECT ${columns}
            FROM escalation_policies
            WHERE tenant_id = ${tenantId} AND deleted_at IS NULL
            ORDER BY lower(name), id
            LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
          const [counted] = yield* sql<{ total: number }>`
            SELECT count(*)::integer AS total
            FROM escalation_policies
            WHERE tenant_id = ${tenantId} AND deleted_at IS NULL`
          return { items, total: counted!.total }
        })
      )
    ),
    get: Effect.fn("EscalationPolicyRepo.get")((id) =>
      scoped((tenantId) =>
        Effect.flatMap(
          sql<EscalationPolicy>`
            SELECT ${columns}
            FROM escalation_policies
            WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL`,
          one
        )
      )
    ),
    insert: Effect.fn("EscalationPolicyRepo.insert")((values) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          yield* checkReferences(sql, tenantId, referencesOf(values.steps))
          const [row] = yield* sql<EscalationPolicy>`
            INSERT INTO escalation_policies (tenant_id, id, name, steps, repeats)
            VALUES (${tenantId}, ${uuidV7Unsafe()}, ${values.name}, ${textOf(values.steps)}::jsonb, ${values.repeats})
            RETURNING ${columns}`
          return row!
        })
      )
    ),
    update: Effect.fn("EscalationPolicyRepo.update")((id, patch) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const changed = yield* sql<EscalationPolicy>`
            UPDATE escalation_policies
            SET name = coalesce(${patch.name ?? null}, name),
              steps = coalesce(${patch.steps ? textOf(patch.steps) : null}::jsonb, steps),
              repeats = coalesce(${patch.repeats ?? null}::integer, repeats),
              updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL
            RETURNING ${columns}`
          const policy = yield* one(changed)
          yield* checkReferences(sql, tenantId, referencesOf(patch.steps ?? []))
          return policy
        })
      )
    ),
    remove: Effect.fn("EscalationPolicyRepo.remove")((id) =>
      scoped((tenantId) =>
        Effect.flatMap(
          sql<EscalationPolicy>`
            UPDATE escalation_policies
            SET deleted_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL
            RETURNING ${columns}`,
          one
        )
      )
    ),
    restore: Effect.fn("EscalationPolicyRepo.restore")((id) =>
      scoped((tenantId) =>
        Effect.flatMap(
          sql<EscalationPolicy>`
            UPDATE escalation_policies
            SET deleted_at = NULL, updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id}
            RETURNING ${columns}`,
          one
        )
      )
    )
  })
})

const referenceOf = (target: EscalationTarget, path: string): Reference => {
  switch (target.type) {
    case "channel":
      return { kind: "channel", id: target.channelId, path: `${path}.channelId` }
    case "user":
      return { kind: "user", id: target.userId, path: `${path}.userId` }
    case "schedule":
      return { kind: "schedule", id: target.scheduleId, path: `${path}.scheduleId` }
  }
}

const referencesOf = (steps: ReadonlyArray<EscalationStep>): ReadonlyArray<Reference> =>
  steps.flatMap(({ targets }, step) =>
    targets.map((target, place) => referenceOf(target, `steps.${step}.targets.${place}`))
  )

/** As they are kept: ids in lower case, however they were written. */
const textOf = (steps: ReadonlyArray<EscalationStep>): string =>
  JSON.stringify(
    steps.map(({ targets, waitSeconds }) => ({
      waitSeconds,
      targets: targets.map((target) => {
        switch (target.type) {
          case "channel":
            return { type: target.type, channelId: target.channelId.toLowerCase() }
          case "user":
            return { type: target.type, userId: target.userId.toLowerCase() }
          case "schedule":
            return { type: target.type, scheduleId: target.scheduleId.toLowerCase() }
        }
      })
    }))
  )

const noPolicy = new NotFound({ message: "There is no such escalation policy." })
