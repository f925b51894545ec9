/** The slots of a rule's sentence: what stands in each while it is filled in. */
import type { Severity } from "@v-insight/domain/model/Severity"
import type { MonitorChoices } from "#lib/settings/choices.ts"
import { both, either } from "#lib/words/lists.ts"
import { amountText } from "./amounts.ts"
import { hoursText } from "./hours.ts"
import type { RuleValues } from "./ruleValues.ts"
import { triggerText } from "./triggers.ts"

export interface Named {
  readonly id: string
  readonly name: string
}
export interface Channel extends Named {
  readonly enabled: boolean
}
/** What a rule can name. */
export interface Offered {
  /** Whose names are known. */
  readonly monitors: ReadonlyArray<Named>
  readonly tags: ReadonlyArray<string>
  readonly channels: ReadonlyArray<Channel>
  readonly policies: ReadonlyArray<Named>
}
/** What its form offers. */
export interface RuleChoices extends Offered {
  readonly choices: MonitorChoices
}

export const severityWords: Readonly<Record<Severity, readonly [word: string, help: string]>> = {
  critical: ["critical", "Wakes people: quiet hours can let it pass."],
  warning: ["a warning", "Waits for the morning."],
  info: ["for information", "Good to know, nothing to do."]
}

export const slotTexts = (values: RuleValues, offered: Offered) => ({
  scope: scopeText(values, offered.monitors),
  trigger: triggerText(values.trigger, values.limits),
  channels: channelsText(values.channelIds, offered.channels) ?? "nobody",
  delay: values.isDelayed ? `once it has lasted ${amountText(values.delay)}` : "at once",
  repeat: values.isRepeated ? `again every ${amountText(values.repeat)} until somebody acknowledges` : "once",
  hours: values.hours.isLimited ? hoursText(values.hours) : "at any time",
  severity: severityWords[values.severity][0],
  policy:
    offered.policies.find(({ id }) => id === values.policyId)?.name ??
    (values.policyId === "" ? "nobody" : "a deleted policy")
})

const scopeText = (
  { every, monitorIds, tags }: Pick<RuleValues, "every" | "monitorIds" | "tags">,
  monitors: ReadonlyArray<Named>
): string => {
  if (every) return "any monitor"
  const named = monitorIds.map((id) => monitors.find((monitor) => monitor.id === id)?.name ?? "a deleted monitor")
  const tagged = tags.length === 0 ? [] : [`any monitor tagged ${either(tags)}`]
  // What is not chosen yet is every monitor: so the API has it.
  return either([...named, ...tagged]) || "any monitor"
}

/** `Ops and Mail`; undefined when nobody would be told. Channels that are gone tell nobody. */
export const channelsText = (channelIds: ReadonlyArray<string>, channels: ReadonlyArray<Named>): string | undefined => {
  const names = channelIds.flatMap((id) => channels.find((channel) => channel.id === id)?.name ?? [])
  return names.length === 0 ? undefined : both(names)
}

/** What says who is told: of a rule as it is kept or as it is typed. */
interface Telling {
  readonly enabled: boolean
  readonly channelIds: ReadonlyArray<string>
  readonly escalates: boolean
}

/** Why a rule tells nobody, if so. */
export const silence = (rule: Telling, channels: ReadonlyArray<Channel>): string | undefined => {
  const chosen = channels.filter(({ id }) => rule.channelIds.some((chosen) => chosen === id))
  if (!rule.enabled) return "This rule is off."
  if (rule.escalates) return undefined
  if (chosen.length === 0) return "Nobody would be told."
  if (chosen.every(({ enabled }) => !enabled)) return "Nobody would be told: every channel of it is off."
  return undefined
}

/** The first line of the rules page. */
export const rulesHeadline = (rules: ReadonlyArray<Telling>, channels: ReadonlyArray<Channel>): string => {
  const speaking = rules.filter((rule) => silence(rule, channels) === undefined).length
  if (speaking === 0) return "Nobody would be told."
  return speaking === 1 ? "1 rule tells somebody." : `${speaking} rules tell somebody.`
}
