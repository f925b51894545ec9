/** A dry run for browsers without JS: the page waits for its end. */
import type { RequestEvent } from "@sveltejs/kit"
import { SimulationInput, type SimulationFailure, type SimulationResult } from "@v-insight/domain/api/Simulations"
import { Unavailable } from "@v-insight/domain/api/Failures"
import { Effect, Stream } from "effect"
import { ruleIn } from "#lib/alerts/ruleValues.ts"
import { daysOf, trialOf } from "#lib/alerts/trial.ts"
import { serverEvents } from "#lib/api/sse.ts"
import { attempt } from "./api.ts"
import { refuse, text } from "./forms.ts"
import { read } from "./payload.ts"

/** A page waits no longer; with JS progress is shown and it may take longer. */
const patienceMs = 60_000
const tooLong = "Trying it took longer than a minute. Try fewer days, or fewer monitors."

export const tryRule = async (event: RequestEvent, ruleId?: string) => {
  const form = await event.request.formData()
  const values = ruleIn(form)
  const days = daysOf(text(form, "days"))
  const tried = await attempt(event, (api) =>
    Effect.gen(function* () {
      const payload = yield* read(SimulationInput, trialOf(values, days, ruleId))
      const events = yield* api.simulations.simulate({ payload })
      const said = yield* events.pipe(
        Stream.decodeText(),
        Stream.runFold(
          () => "",
          (all, part) => all + part
        )
      )
      return yield* resultOf(said)
    }).pipe(Effect.timeoutOrElse({ duration: patienceMs, orElse: () => new Unavailable({ message: tooLong }) }))
  )
  if (!tried.ok) return refuse(event, tried.problem, { ...values })
  return { values: { ...values }, tried: { result: tried.value, days } }
}

const resultOf = Effect.fnUntraced(function* (said: string) {
  const events = yield* Effect.promise(() => Array.fromAsync(serverEvents(new Response(said).body!)))
  const result = events.find(({ event }) => event === "result")
  if (result !== undefined) return JSON.parse(result.data) as SimulationResult
  const failure = events.find(({ event }) => event === "failure")
  const told = failure === undefined ? undefined : (JSON.parse(failure.data) as SimulationFailure)
  return yield* new Unavailable({ message: told?.message ?? "The answer broke off. Try again." })
})
