/** One try as it happens in the browser: phases arrive one by one, then the outcome. */
import type { PhaseEvent, TryInput } from "@v-insight/domain/api/Checks"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { Refused, send } from "#lib/api/call.ts"
import type { Problem } from "#lib/api/problem.ts"
import { serverEvents } from "#lib/api/sse.ts"

/** In the order in which charts show them. */
const phases: ReadonlyArray<PhaseEvent["phase"]> = ["dns", "connect", "tls", "first_byte", "transfer"]

export class Attempt {
  isRunning = $state(false)
  /** Microseconds; undefined: not known yet, null: not needed. */
  phases = $state.raw<ReadonlyArray<number | null | undefined>>([])
  outcome = $state.raw<CheckOutcome>()
  problem = $state.raw<Problem>()
  #abort: AbortController | undefined

  async run(body: typeof TryInput.Encoded): Promise<void> {
    this.#abort?.abort()
    const abort = new AbortController()
    this.#abort = abort
    this.isRunning = true
    this.outcome = undefined
    this.problem = undefined
    this.phases = phases.map(() => undefined)
    try {
      const response = await send("POST", "/checks/try/live", body, abort.signal)
      for await (const { event, data } of serverEvents(response.body!)) {
        if (event === "phase") this.#add(JSON.parse(data) as PhaseEvent)
        if (event === "outcome") this.outcome = JSON.parse(data) as CheckOutcome
        if (event === "failure")
          this.problem = { ...unavailable, ...(JSON.parse(data) as { code: string; message: string }) }
      }
      if (this.outcome === undefined && this.problem === undefined) this.problem = unavailable
    } catch (cause) {
      if (abort.signal.aborted) return
      this.problem = cause instanceof Refused ? cause.problem : unavailable
    }
    this.isRunning = false
  }

  stop(): void {
    this.#abort?.abort()
    this.isRunning = false
  }

  /** Phases that were passed over were not needed; redirects add up, as in the outcome. */
  #add({ phase, us }: PhaseEvent): void {
    const index = phases.indexOf(phase)
    this.phases = this.phases.map((known, place) => {
      if (place === index) return (known ?? 0) + us
      return place < index ? (known ?? null) : known
    })
  }
}

const unavailable: Problem = {
  status: 503,
  code: "UNAVAILABLE",
  message: "The answer broke off. Try again.",
  issues: [],
  retryAfterSeconds: null,
  requestId: ""
}
