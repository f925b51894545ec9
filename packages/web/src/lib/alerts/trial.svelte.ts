/** One dry run as it happens in the browser: how far it is, then what it found. Closing it ends it on the server too. */
import type { SimulationFailure, SimulationProgress, SimulationResult } from "@v-insight/domain/api/Simulations"
import { Refused, send } from "#lib/api/call.ts"
import type { Problem } from "#lib/api/problem.ts"
import { serverEvents } from "#lib/api/sse.ts"

export interface Tried {
  readonly result: SimulationResult
  readonly days: number
}

export class Trial {
  isRunning = $state(false)
  days = $state(0)
  progress = $state.raw<SimulationProgress>()
  tried = $state.raw<Tried>()
  problem = $state.raw<Problem>()
  #abort: AbortController | undefined

  async run(body: { readonly days: number }): Promise<void> {
    this.stop()
    const abort = new AbortController()
    this.#abort = abort
    this.isRunning = true
    this.days = body.days
    this.progress = undefined
    this.problem = undefined
    try {
      const response = await send("POST", "/alert-rules/simulate", body, abort.signal)
      let isTold = false
      for await (const { event, data } of serverEvents(response.body!)) {
        if (event === "progress") this.progress = JSON.parse(data) as SimulationProgress
        if (event === "result") this.tried = { result: JSON.parse(data) as SimulationResult, days: body.days }
        if (event === "failure") this.problem = { ...brokenOff, ...(JSON.parse(data) as SimulationFailure) }
        isTold ||= event === "result" || event === "failure"
      }
      if (!isTold) this.problem = brokenOff
    } catch (cause) {
      if (abort.signal.aborted) return
      this.problem = cause instanceof Refused ? cause.problem : brokenOff
    }
    this.isRunning = false
  }

  stop(): void {
    this.#abort?.abort()
    this.isRunning = false
  }
}

export const brokenOff: Problem = {
  status: 503,
  code: "UNAVAILABLE",
  message: "The answer broke off. Try again.",
  issues: [],
  retryAfterSeconds: null,
  requestId: ""
}
