/** The kinds of monitors and channels, as the registries know them. */
import { Api } from "@v-insight/domain/api/Api"
import type { Kind } from "@v-insight/domain/api/Kinds"
import { channelTypes } from "@v-insight/domain/channel-types/registry"
import { monitorTypes } from "@v-insight/domain/monitor-types/registry"
import { Effect, Layer, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"

interface Definition {
  readonly type: string
  readonly label: string
  readonly settings: Schema.Top
  readonly secrets?: ReadonlyArray<string>
}

/** One document per kind with all it refers to inside, so that a form needs nothing else. */
const toKind = ({ type, label, settings, secrets = [] }: Definition): Kind => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(settings)
  // A named schema is a reference to itself among the definitions: a form wants the fields.
  const name = /^#\/\$defs\/(.*)$/.exec(String(schema["$ref"]))?.[1]
  const { [name ?? ""]: root = schema, ...$defs } = definitions
  return { type, label, settings: { ...root, $defs } as Kind["settings"], secrets }
}

const kindsOf = (registry: Readonly<Record<string, Definition>>) => {
  const kinds = Object.values(registry).map(toKind)
  return () => Effect.succeed(kinds)
}

export const KindsLive = Layer.merge(
  HttpApiBuilder.group(Api, "monitorTypes", (handlers) => handlers.handle("list", kindsOf(monitorTypes))),
  HttpApiBuilder.group(Api, "channelTypes", (handlers) => handlers.handle("list", kindsOf(channelTypes)))
)
