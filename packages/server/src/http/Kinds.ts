/** The kinds of monitors and channels, as the registries know them. */
import { Api } from "@v-insight/domain/api/Api"
import type { Kind } from "@v-insight/domain/api/Kinds"
import { channelTypes } from "@v-insight/domain/channel-types/registry"
import { monitorTypes } from "@v-insight/domain/monitor-types/registry"
import { Effect, Layer, type Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { settingsSchema } from "./settingsSchema.ts"

interface Definition {
  readonly type: string
  readonly label: string
  readonly description?: string
  readonly settings: Schema.Top
  readonly secrets: ReadonlyArray<string>
}

const toKind = ({ type, label, description = "", settings, secrets }: Definition): Kind => ({
  type,
  label,
  description,
  settings: settingsSchema(settings),
  secrets
})

const kindsOf = (registry: Readonly<Record<string, Definition>>) => {
  const kinds = Object.values(registry).map(toKind)
  return () => Effect.succeed(kinds)
}

export const KindsLive = Layer.merge(
  HttpApiBuilder.group(Api, "monitorTypes", (handlers) => handlers.handle("list", kindsOf(monitorTypes))),
  HttpApiBuilder.group(Api, "channelTypes", (handlers) => handlers.handle("list", kindsOf(channelTypes)))
)
