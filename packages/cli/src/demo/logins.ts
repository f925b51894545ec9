/** The demo at the database: as the API and as the worker, each with the repositories that it needs. */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { PgClient } from "@effect/sql-pg"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import { AccountRepo } from "@v-insight/database/repo/AccountRepo"
import { AlertChannelRepo } from "@v-insight/database/repo/AlertChannelRepo"
import { AlertRuleRepo } from "@v-insight/database/repo/AlertRuleRepo"
import { ContactRepo } from "@v-insight/database/repo/ContactRepo"
import { EscalationPolicyRepo } from "@v-insight/database/repo/EscalationPolicyRepo"
import { HeartbeatRepo } from "@v-insight/database/repo/HeartbeatRepo"
import { MaintenanceWindowRepo } from "@v-insight/database/repo/MaintenanceWindowRepo"
import { MonitorRepo } from "@v-insight/database/repo/MonitorRepo"
import { OnCallRepo } from "@v-insight/database/repo/OnCallRepo"
import { RollupRepo } from "@v-insight/database/repo/RollupRepo"
import { SilenceRepo } from "@v-insight/database/repo/SilenceRepo"
import { SecretBox } from "@v-insight/database/SecretBox"
import { TenantSql } from "@v-insight/database/TenantSql"
import type { SessionId } from "@v-insight/domain/model/Session"
import type { TenantId } from "@v-insight/domain/model/Tenant"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { UserId } from "@v-insight/domain/model/User"
import { PasswordHasher } from "@v-insight/server/auth/PasswordHasher"
import { Effect, Layer, type Redacted } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"

export interface Urls {
  readonly ownerUrl: Redacted.Redacted
  readonly apiUrl: Redacted.Redacted
  readonly workerUrl: Redacted.Redacted
}

/** Fresh: repositories and the client that they use belong together, whoever else has made some of them. */
const within = <I, LE, A, E, R>(layer: Layer.Layer<I, LE>, effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.flatMap(Layer.build(Layer.fresh(layer)), (context) => Effect.provideContext(effect, context)))

const repositories = Layer.mergeAll(
  AccountRepo.layer,
  AlertChannelRepo.layer,
  AlertRuleRepo.layer,
  ContactRepo.layer,
  EscalationPolicyRepo.layer,
  HeartbeatRepo.layer,
  MaintenanceWindowRepo.layer,
  MonitorRepo.layer,
  OnCallRepo.layer,
  SilenceRepo.layer
).pipe(Layer.provideMerge(Layer.mergeAll(TenantSql.layer, SecretBox.layer)))

/** With the API's login: for a tenant once it says whose it is. */
export const asApi = <A, E, R>({ apiUrl }: Urls, keys: Keys["Service"], effect: Effect.Effect<A, E, R>) =>
  within(
    Layer.mergeAll(repositories, PasswordHasher.layer.pipe(Layer.provide(NodeCrypto.layer))).pipe(
      Layer.provide(Layer.succeed(Keys, keys)),
      Layer.provideMerge(PgClient.layer(Connections.apiSettings(apiUrl)))
    ),
    effect
  )

export const asWorker = <A, E, R>({ workerUrl }: Urls, effect: Effect.Effect<A, E, R>) =>
  within(RollupRepo.layer.pipe(Layer.provideMerge(PgClient.layer(Connections.workerSettings(workerUrl)))), effect)

export interface Whose {
  readonly tenantId: string
  readonly ownerId: string
}

/** Acts as the owner of the tenant. */
export const inTenant =
  (urls: Urls, keys: Keys["Service"], { ownerId, tenantId }: Whose) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    asApi(
      urls,
      keys,
      Effect.provideService(effect, TenantContext, {
        tenantId: tenantId as TenantId,
        userId: ownerId as UserId,
        sessionId: uuidV7Unsafe() as SessionId,
        role: "owner"
      })
    )
