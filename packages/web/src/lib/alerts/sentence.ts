/** A rule as a sentence: "When any monitor goes down, tell Ops." Slots are what can be changed. */
import type { AlertRule } from "@v-insight/domain/model/AlertRule"

export interface Named {
  readonly id: string
  readonly name: string
}

/** `any monitor`, `Checkout API`, `any monitor tagged payments or eu`. */
export const scopeText = ({ monitorIds, tags }: AlertRule["scope"], monitors: ReadonlyArray<Named>): string => {
  const named = monitorIds.map((id) => monitors.find((monitor) => monitor.id === id)?.name ?? "a deleted monitor")
  const tagged = tags.length === 0 ? [] : [`any monitor tagged ${either(tags)}`]
  return named.length + tagged.length === 0 ? "any monitor" : either([...named, ...tagged])
}

/** `Ops and Mail`; undefined when nobody would be told. Channels that are gone tell nobody. */
export const channelsText = (channelIds: ReadonlyArray<string>, channels: ReadonlyArray<Named>): string | undefined => {
  const names = channelIds.flatMap((id) => channels.find((channel) => channel.id === id)?.name ?? [])
  return names.length === 0 ? undefined : both(names)
}

/** Why a rule tells nobody, if so. */
export const silence = (
  rule: Pick<AlertRule, "enabled" | "channelIds">,
  channels: ReadonlyArray<Named & { readonly enabled: boolean }>
): string | undefined => {
  const chosen = channels.filter(({ id }) => rule.channelIds.some((chosen) => chosen === id))
  if (!rule.enabled) return "This rule is off."
  if (chosen.length === 0) return "Nobody would be told."
  if (chosen.every(({ enabled }) => !enabled)) return "Nobody would be told: every channel of it is off."
  return undefined
}

const joined = (words: ReadonlyArray<string>, last: string): string =>
  words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`
const either = (words: ReadonlyArray<string>) => joined(words, "or")
const both = (words: ReadonlyArray<string>) => joined(words, "and")

/** The first line of the rules page. */
export const rulesHeadline = (
  rules: ReadonlyArray<Pick<AlertRule, "enabled" | "channelIds">>,
  channels: ReadonlyArray<Named & { readonly enabled: boolean }>
): string => {
  const speaking = rules.filter((rule) => silence(rule, channels) === undefined).length
  if (speaking === 0) return "Nobody would be told."
  return speaking === 1 ? "1 rule tells somebody." : `${speaking} rules tell somebody.`
}
