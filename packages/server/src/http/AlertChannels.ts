/** Alert channels: where people are told. */
import { AlertChannelRepo, type AlertChannelValues } from "@v-insight/database/repo/AlertChannelRepo"
import { Api } from "@v-insight/domain/api/Api"
import type { AlertChannelInput, AlertChannelPatch } from "@v-insight/domain/api/AlertChannels"
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { ChannelSpec, isChannelTypeName, isSigning, secretsOf } from "@v-insight/domain/channel-types/registry"
import { type AlertChannel, defaultStormBudget } from "@v-insight/domain/model/AlertChannel"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { staysAmong } from "@v-insight/domain/monitor-types/audience"
import { Effect, Schema } from "effect"
import { randomBytesUnsafe } from "effect/crypto/SecureRandom"
import { Base64 } from "effect/encoding"
import { HttpApiBuilder } from "effect/http-api"
import { Limits, limits } from "../auth/Limits.ts"
import { WorkRequests } from "../live/WorkRequests.ts"
import { issuesOf } from "./issues.ts"
import { countOnly, pagingOf, toPage } from "./paging.ts"
import { permit } from "./permit.ts"
import { maxChannels, within } from "./quota.ts"

export const AlertChannelsLive = HttpApiBuilder.group(
  Api,
  "alertChannels",
  Effect.fnUntraced(function* (handlers) {
    const channels = yield* AlertChannelRepo
    const work = yield* WorkRequests
    const { take } = yield* Limits
    const quota = within(
      maxChannels,
      "alert channels",
      Effect.map(channels.list(countOnly), ({ total }) => total)
    )
    return handlers.handleAll({
      list: ({ query }) => {
        const paging = pagingOf(query)
        return Effect.map(channels.list(paging), (page) => toPage(page, paging))
      },
      get: ({ params }) => channels.get(params.id),
      create: Effect.fnUntraced(function* ({ payload }) {
        yield* permit("write")
        yield* quota
        const made = madeSecrets(payload)
        const settings = { ...payload.settings, ...made } as unknown as AlertChannel["settings"]
        const { name, type, enabled = true, quietHours = null, stormBudget = defaultStormBudget } = payload
        const channel = yield* channels.insert({ name, type, settings, enabled, quietHours, stormBudget })
        // Shown once: reading the channel again tells no secret.
        return { ...channel, settings: { ...channel.settings, ...made } }
      }),
      change: Effect.fnUntraced(function* ({ params, payload }) {
        yield* permit("write")
        return yield* channels.update(params.id, (current) => changed(current, payload))
      }),
      remove: ({ params }) => Effect.andThen(permit("write"), channels.remove(params.id)),
      restore: ({ params }) => permit("write").pipe(Effect.andThen(quota), Effect.andThen(channels.restore(params.id))),
      test: Effect.fnUntraced(function* ({ params }) {
        yield* permit("write")
        const { tenantId } = yield* TenantContext
        const { id } = yield* channels.get(params.id)
        yield* take(limits.testPerTenant, tenantId)
        return yield* work.test(id)
      })
    })
  })
)

/** Standard Webhooks: the prefix and base64 of 24 to 64 bytes. */
const webhookSecretBytes = 32

/** Secrets that a receiver needs and that people need not think of. */
const madeSecrets = ({ type, settings }: AlertChannelInput): Readonly<Record<string, string>> =>
  type === "webhook" && settings.secret === undefined
    ? { secret: `whsec_${Base64.encode(randomBytesUnsafe(webhookSecretBytes))}` }
    : {}

const decodeSpec = Schema.decodeUnknownEffect(ChannelSpec, { errors: "all", onExcessProperty: "error" })

/** Who may change a channel may not learn its password by pointing it at a server of their own. */
const strayingSecrets = (current: AlertChannelValues, patch: AlertChannelPatch, settings: unknown) => {
  const { type } = current
  if (!isChannelTypeName(type) || isSigning(type) || staysAmong(current.settings, settings)) return []
  return secretsOf(type)
    .filter((name) => current.settings[name] != null && patch.settings?.[name] === undefined)
    .map((name) => ({ path: `settings.${name}`, message: elsewhere }))
}
const elsewhere = "Type it again: it was stored for another server, and is not sent elsewhere unasked."

const changed = Effect.fnUntraced(function* (current: AlertChannelValues, patch: AlertChannelPatch) {
  const { settings } = yield* decodeSpec({
    type: current.type,
    settings: { ...current.settings, ...patch.settings }
  }).pipe(Effect.mapError(({ issue }) => new ValidationFailed({ issues: issuesOf(issue) })))
  const issues = strayingSecrets(current, patch, settings)
  if (issues.length > 0) return yield* new ValidationFailed({ issues })
  return {
    type: current.type,
    name: patch.name ?? current.name,
    enabled: patch.enabled ?? current.enabled,
    quietHours: patch.quietHours === undefined ? current.quietHours : patch.quietHours,
    stormBudget: patch.stormBudget ?? current.stormBudget,
    settings: settings as unknown as AlertChannel["settings"]
  }
})
