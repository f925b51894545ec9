/** What a rule can be made of. */
import type { RequestEvent } from "@sveltejs/kit"
import type { RuleChoices } from "#lib/alerts/ruleText.ts"
import { ruleIn } from "#lib/alerts/ruleValues.ts"
import { ask } from "./api.ts"
import { everything } from "./everything.ts"
import { isSeeking, monitorChoices } from "./monitorChoices.ts"

/** At a time. */
const perPage = 200

/** `chosen`: monitors. */
export const choices = async (
  event: Pick<RequestEvent, "fetch" | "locals" | "request" | "url">,
  chosen: ReadonlyArray<string> = []
): Promise<RuleChoices> => {
  const [channels, monitors, policies] = await Promise.all([
    everything((page) => ask(event, (api) => api.alertChannels.list({ query: { page, perPage } }))),
    monitorChoices(event, chosen),
    everything((page) => ask(event, (api) => api.escalationPolicies.list({ query: { page, perPage } })))
  ])
  return {
    channels: channels.map(({ id, name, enabled }) => ({ id, name, enabled })),
    monitors: monitors.choices.monitors,
    choices: monitors.choices,
    policies: policies.map(({ id, name }) => ({ id, name })),
    tags: monitors.tags
  }
}

/** The same form with the monitors that were sought. */
export const find = async (event: RequestEvent) => {
  const form = await event.request.formData()
  const values = ruleIn(form)
  isSeeking(event, form, values.monitorIds)
  return { values: { ...values } }
}
