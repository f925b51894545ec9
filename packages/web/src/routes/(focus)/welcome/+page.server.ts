/** The first steps: a URL is tried and watched, then a channel is made and tested. */
import { AlertChannelInput } from "@v-insight/domain/api/AlertChannels"
import { TryInput } from "@v-insight/domain/api/Checks"
import { MonitorInput } from "@v-insight/domain/api/Monitors"
import { defaults } from "@v-insight/domain/model/Monitor"
import { redirect } from "@sveltejs/kit"
import { Effect } from "effect"
import { draftOf, tryBody, wholeUrl } from "#lib/try/draft.ts"
import { ask, attempt } from "#lib/server/api.ts"
import { refuse, trimmed } from "#lib/server/forms.ts"
import { read } from "#lib/server/payload.ts"
import type { Actions, PageServerLoad } from "./$types"

export const load: PageServerLoad = async (event) => {
  const step = event.url.searchParams.get("step") === "told" ? "told" : "watch"
  const [rules, monitors] = await Promise.all([
    ask(event, (api) => api.alertRules.list({ query: { perPage: 1 } })),
    ask(event, (api) => api.monitors.list({ query: { perPage: 1 } }))
  ])
  return {
    title: step === "watch" ? "What should we watch?" : "Who should be told?",
    step,
    url: event.url.searchParams.get("url") ?? "",
    isTold: rules.meta.total > 0,
    hasMonitors: monitors.meta.total > 0,
    cadence: { intervalSeconds: defaults.intervalSeconds, confirmations: defaults.confirmations }
  }
}

export const actions: Actions = {
  try: async (event) => {
    const draft = draftOf(await event.request.formData())
    const answer = await attempt(event, (api) =>
      Effect.flatMap(read(TryInput, tryBody(draft)), (payload) => api.checks.try({ payload }))
    )
    return answer.ok ? { draft, outcome: answer.value } : refuse(event, answer.problem, { draft, url: draft.url })
  },
  watch: async (event) => {
    const draft = draftOf(await event.request.formData())
    const created = await attempt(event, (api) =>
      Effect.flatMap(read(MonitorInput, tryBody(draft)), (payload) => api.monitors.create({ payload }))
    )
    if (!created.ok) return refuse(event, created.problem, { draft, url: draft.url })
    const rules = await attempt(event, (api) => api.alertRules.list({ query: { perPage: 1 } }))
    redirect(303, rules.ok && rules.value.meta.total > 0 ? `/monitors/${created.value.id}` : "/welcome?step=told")
  },
  /** A channel and a rule for everything, then a test: all from one address. */
  tell: async (event) => {
    const url = wholeUrl(trimmed(await event.request.formData(), "url"))
    const name = URL.canParse(url) ? new URL(url).host : url
    const made = await attempt(event, (api) =>
      Effect.gen(function* () {
        const input = { name: name.slice(0, 120) || "Webhook", type: "webhook", settings: { url } }
        const channel = yield* api.alertChannels.create({ payload: yield* read(AlertChannelInput, input) })
        yield* api.alertRules.create({
          payload: { name: "Anything goes down", condition: { trigger: "down" }, channelIds: [channel.id] }
        })
        return channel
      })
    )
    if (!made.ok) return refuse(event, made.problem, { draft: undefined, url })
    const { id, settings } = made.value
    const test = await attempt(event, (api) => api.alertChannels.test({ params: { id } }))
    const secret = typeof settings.secret === "string" ? settings.secret : null
    return { told: { id, name, secret, report: test.ok ? test.value : null, trouble: test.ok ? null : test.problem } }
  }
}
