/** Which kinds there are: what stands on their cards, and the settings that forms are made of. */
import type { Schema } from "effect"
import { channelTypes } from "../channel-types/registry.ts"
import { monitorTypes } from "../monitor-types/registry.ts"

export interface Card {
  readonly type: string
  readonly label: string
  /** What it is for, in a short sentence; empty where the label says it all. */
  readonly description: string
  readonly settings: Schema.Top
  /** Settings that are never read back. */
  readonly secrets: ReadonlyArray<string>
}

type Definition = Omit<Card, "description"> & { readonly description?: string }

const cardsOf = (registry: Readonly<Record<string, Definition>>): ReadonlyArray<Card> =>
  Object.values(registry).map(({ type, label, description = "", settings, secrets }) => ({
    type,
    label,
    description,
    settings,
    secrets
  }))

export const monitorCards = cardsOf(monitorTypes)
export const channelCards = cardsOf(channelTypes)
