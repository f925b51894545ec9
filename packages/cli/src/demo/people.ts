/** Who works in the demo's tenant, whom it tells of trouble, and when. */
import { PgClient } from "@effect/sql-pg"
import * as Connections from "@v-insight/database/Connections"
import { AccountRepo } from "@v-insight/database/repo/AccountRepo"
import { AlertChannelRepo } from "@v-insight/database/repo/AlertChannelRepo"
import { AlertRuleRepo } from "@v-insight/database/repo/AlertRuleRepo"
import { defaultStormBudget } from "@v-insight/domain/model/AlertChannel"
import { alertRuleDefaults } from "@v-insight/domain/model/AlertRule"
import type { Role } from "@v-insight/domain/model/Membership"
import type { SessionId } from "@v-insight/domain/model/Session"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { UserId } from "@v-insight/domain/model/User"
import { PasswordHasher } from "@v-insight/server/auth/PasswordHasher"
import { Effect, Layer, Redacted } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient } from "effect/sql"
import type { Places } from "./Places.ts"
import { Refusal } from "../Refusal.ts"

/** Everybody knows it: the demo listens on this machine only. */
export const account = { email: "demo@nordlicht.example", password: "look around" } as const

const colleagues: ReadonlyArray<readonly [email: string, role: Role]> = [
  ["ines@nordlicht.example", "admin"],
  ["tomasz@nordlicht.example", "editor"],
  ["finance@nordlicht.example", "viewer"]
]

export interface People {
  readonly context: TenantContext["Service"]
  /** Who acknowledges incidents. */
  readonly onCall: ReadonlyArray<UserId>
}

/** The first account and its tenant; colleagues with the same password. */
export const makePeople = Effect.fn("demo.makePeople")(function* (ownerUrl: Redacted.Redacted) {
  const accounts = yield* AccountRepo
  const hasher = yield* PasswordHasher
  const passwordHash = yield* Effect.orDie(hasher.hash(Redacted.make(account.password)))
  const made = yield* accounts.register({
    mode: "first",
    email: account.email,
    passwordHash,
    tenantName: "Nordlicht Outdoor"
  })
  if (made._tag !== "Created") {
    return yield* new Refusal({ message: "The demo's database has other accounts: run npm run demo -- --reset" })
  }
  const { tenantId, userId } = made
  const others = yield* Effect.scoped(
    Effect.gen(function* () {
      const owner = yield* Layer.build(PgClient.layer(Connections.ownerSettings(ownerUrl)))
      return yield* Effect.provideContext(join(tenantId, passwordHash), owner)
    })
  )
  const context = { tenantId, userId, sessionId: uuidV7Unsafe() as SessionId, role: "owner" } as const
  return { context, onCall: [...others.slice(0, 2), userId] } satisfies People
})

const join = (tenantId: string, passwordHash: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.forEach(colleagues, ([email, role]) => {
      const id = uuidV7Unsafe() as UserId
      return sql`INSERT INTO users (id, email, password_hash) VALUES (${id}, ${email}, ${passwordHash})`.pipe(
        Effect.andThen(sql`INSERT INTO memberships (tenant_id, user_id, role) VALUES (${tenantId}, ${id}, ${role})`),
        Effect.as(id)
      )
    })
  )

export const channelNames = ["Operations room", "On-call pager", "Warehouse chat"] as const
export type ChannelName = (typeof channelNames)[number]

/** Where each channel's messages go on the demo's own server. */
export const hookPaths: Readonly<Record<ChannelName, string>> = {
  "Operations room": "/hooks/operations",
  "On-call pager": "/hooks/on-call",
  "Warehouse chat": "/hooks/warehouse"
}

interface Rule {
  readonly name: string
  readonly tags: ReadonlyArray<string>
  readonly channel: ChannelName
  readonly enabled: boolean
}

const rules: ReadonlyArray<Rule> = [
  { name: "Everything, to the operations room", tags: [], channel: "Operations room", enabled: true },
  { name: "Payments wake somebody up", tags: ["payments"], channel: "On-call pager", enabled: true },
  { name: "Warehouse, to its own chat", tags: ["warehouse"], channel: "Warehouse chat", enabled: true },
  { name: "Marketing pages, after hours", tags: ["marketing"], channel: "On-call pager", enabled: false }
]

/** The channels that hear of a monitor with these tags. */
export const channelsFor = (tags: ReadonlyArray<string>): ReadonlyArray<ChannelName> =>
  rules
    .filter((rule) => rule.enabled && (rule.tags.length === 0 || rule.tags.some((tag) => tags.includes(tag))))
    .map(({ channel }) => channel)

export const hookUrl = (places: Places, name: ChannelName): string =>
  `http://hooks.nordlicht.localhost:${places.ports.http}${hookPaths[name]}`

/** Ids by the channels' names. */
export const makeAlerts = Effect.fn("demo.makeAlerts")(function* (places: Places) {
  const channels = yield* AlertChannelRepo
  const alertRules = yield* AlertRuleRepo
  const ids = yield* Effect.forEach(channelNames, (name) =>
    channels
      .insert({
        name,
        type: "webhook",
        enabled: true,
        quietHours: null,
        stormBudget: defaultStormBudget,
        settings: { url: hookUrl(places, name), secret: "whsec_bm9yZGxpY2h0IG91dGRvb3IgZGVtbw==" }
      })
      .pipe(Effect.map(({ id }) => [name, id] as const))
  )
  const byName = Object.fromEntries(ids) as Readonly<Record<ChannelName, (typeof ids)[number][1]>>
  yield* Effect.forEach(
    rules,
    ({ channel, enabled, name, tags }) =>
      Effect.orDie(
        alertRules.insert({
          ...alertRuleDefaults,
          name,
          condition: { trigger: "down" },
          scope: { monitorIds: [], tags },
          channelIds: [byName[channel]],
          enabled
        })
      ),
    { discard: true }
  )
  return byName
})
