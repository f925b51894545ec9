/** Names of the monitors that silences speak of. */
import type { RequestEvent } from "@sveltejs/kit"
import type { SilenceMatcher } from "@v-insight/domain/model/Silence"
import { MonitorId } from "@v-insight/domain/model/Monitor"
import { Schema } from "effect"
import type { Named } from "#lib/alerts/ruleText.ts"
import { attempt } from "./api.ts"

/** No page shows more. */
const most = 50
const isId = Schema.is(MonitorId)

export const namesOf = async (
  event: Pick<RequestEvent, "fetch" | "locals" | "request">,
  matchers: ReadonlyArray<Pick<SilenceMatcher, "field" | "value">>,
  known: ReadonlyArray<Named> = []
): Promise<ReadonlyArray<Named>> => {
  const ids = monitorsOf(matchers).filter((id) => known.every((monitor) => monitor.id !== id))
  return [...known, ...(await namedOf(event, ids, []))]
}

/** The monitors that they speak of, once each. */
export const monitorsOf = (matchers: ReadonlyArray<Pick<SilenceMatcher, "field" | "value">>): ReadonlyArray<string> => [
  ...new Set(matchers.flatMap(({ field, value }) => (field === "monitor" && isId(value) ? [value] : [])))
]

/** These, with their names; without those that are gone. */
export const namedOf = async (
  event: Pick<RequestEvent, "fetch" | "locals" | "request">,
  ids: ReadonlyArray<string>,
  known: ReadonlyArray<Named>
): Promise<ReadonlyArray<Named>> => {
  const names = new Map(known.map((monitor) => [monitor.id, monitor]))
  const missing = ids
    .filter((id) => !names.has(id))
    .filter(isId)
    .slice(0, most)
  const found = await Promise.all(missing.map((id) => attempt(event, (api) => api.monitors.get({ params: { id } }))))
  for (const answer of found)
    if (answer.ok) names.set(answer.value.id, { id: answer.value.id, name: answer.value.name })
  return ids.flatMap((id) => names.get(id) ?? [])
}
