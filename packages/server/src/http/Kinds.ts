/** The kinds of monitors and channels, as the registries know them. */
import { Api } from "@v-insight/domain/api/Api"
import { type Card, channelCards, monitorCards } from "@v-insight/domain/api/Cards"
import type { Kind } from "@v-insight/domain/api/Kinds"
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { settingsSchema } from "./settingsSchema.ts"

const kindsOf = (cards: ReadonlyArray<Card>) => {
  const kinds = cards.map((card): Kind => ({ ...card, settings: settingsSchema(card.settings) }))
  return () => Effect.succeed(kinds)
}

export const KindsLive = Layer.merge(
  HttpApiBuilder.group(Api, "monitorTypes", (handlers) => handlers.handle("list", kindsOf(monitorCards))),
  HttpApiBuilder.group(Api, "channelTypes", (handlers) => handlers.handle("list", kindsOf(channelCards)))
)
