/**
 * Settings as people send them, completed with the stored secrets that they left out, then checked as a whole. Nobody
 * but the worker is ever told such a secret; so it goes only where it went before.
 */
import type { StoredMonitor } from "@v-insight/database/repo/MonitorRepo"
import { ValidationFailed } from "@v-insight/domain/api/Failures"
import { staysAmong } from "@v-insight/domain/monitor-types/audience"
import { MonitorSpec, secretsOf } from "@v-insight/domain/monitor-types/registry"
import { Effect, Option, Schema } from "effect"
import { issuesOf } from "./issues.ts"

type Settings = Readonly<Record<string, unknown>>

/** Of a monitor of the same type, if there is one. */
type Stored = StoredMonitor | undefined

/** `sent` has null for a secret that shall be removed. */
export const completed = Effect.fnUntraced(function* (type: string, sent: Settings, stored: Stored) {
  const kept = keptSecrets(type, sent, stored)
  const given = Object.entries(sent).filter(([name, value]) => value !== null || !secretsOf(type).includes(name))
  if (stored === undefined || kept.length === 0) return yield* decodeSpec(type, Object.fromEntries(given))
  if (Option.isNone(stored.secrets)) return yield* refused(kept, unreadable)
  const secrets = stored.secrets.value
  const spec = yield* decodeSpec(type, {
    ...Object.fromEntries(given),
    ...Object.fromEntries(kept.map((name) => [name, secrets[name]]))
  })
  const before = yield* Effect.option(decodeSpec(type, { ...stored.monitor.settings, ...secrets }))
  return Option.isSome(before) && staysAmong(before.value.settings, spec.settings)
    ? spec
    : yield* refused(kept, elsewhere)
})

const keptSecrets = (type: string, sent: Settings, stored: Stored): ReadonlyArray<string> => {
  if (stored?.monitor.type !== type) return []
  return secretsOf(type).filter((name) => stored.monitor.secretsSet.includes(name) && sent[name] === undefined)
}

const unreadable = "What is stored cannot be read any more. Type it again, or send null to remove it."
const elsewhere =
  "Type it again, or send null to remove it: it was stored for another server, and is not sent elsewhere unasked."

const refused = (secrets: ReadonlyArray<string>, message: string) =>
  new ValidationFailed({ issues: secrets.map((name) => ({ path: `settings.${name}`, message })) })

/** What is merged is decoded like what is sent: the paths are those of the request's body. */
const decodeSpec = (type: string, settings: Settings) =>
  Schema.decodeUnknownEffect(MonitorSpec, { errors: "all", onExcessProperty: "error" })({ type, settings }).pipe(
    Effect.mapError(({ issue }) => new ValidationFailed({ issues: issuesOf(issue) }))
  )
