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
  const ids = new Set(matchers.flatMap(({ field, value }) => (field === "monitor" && isId(value) ? [value] : [])))
  const missing = [...ids].filter((id) => known.every((monitor) => monitor.id !== id)).slice(0, most)
  const found = await Promise.all(missing.map((id) => attempt(event, (api) => api.monitors.get({ params: { id } }))))
  return [...known, ...found.flatMap((answer) => (answer.ok ? [{ id: answer.value.id, name: answer.value.name }] : []))]
}
