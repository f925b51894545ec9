/** What a rule can be made of, and what its form said. */
import type { RequestEvent } from "@sveltejs/kit"
import { ask } from "./api.ts"
import { text, texts, trimmed } from "./forms.ts"

/** More than these do not fit into a list to pick from. */
const offered = 200

export const choices = async (event: Pick<RequestEvent, "fetch" | "locals" | "request" | "url">) => {
  const [channels, monitors] = await Promise.all([
    ask(event, (api) => api.alertChannels.list({ query: { perPage: offered } })),
    ask(event, (api) => api.monitors.list({ query: { perPage: offered } }))
  ])
  return {
    channels: channels.items.map(({ id, name, enabled }) => ({ id, name, enabled })),
    monitors: monitors.items.map(({ id, name }) => ({ id, name })),
    tags: [...new Set(monitors.items.flatMap(({ tags }) => tags))].sort()
  }
}

export interface RuleValues {
  readonly name: string
  readonly every: boolean
  readonly monitorIds: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
  readonly channelIds: ReadonlyArray<string>
  readonly enabled: boolean
}

export const ruleValues = (form: FormData): RuleValues => ({
  name: trimmed(form, "name"),
  every: text(form, "every") !== "some",
  monitorIds: texts(form, "monitorId"),
  tags: texts(form, "tag"),
  channelIds: texts(form, "channelId"),
  enabled: form.has("enabled")
})

/** As the API wants to hear it: what is chosen below "any monitor" does not count. */
export const ruleOf = ({ name, every, monitorIds, tags, channelIds, enabled }: RuleValues) => ({
  name: name === "" ? "Goes down" : name,
  trigger: "down",
  scope: every ? {} : { monitorIds, tags },
  channelIds,
  enabled
})
