/** A check without a monitor, answered by the worker: at once, or told as it happens. */
import { MonitorRepo } from "@v-insight/database/repo/MonitorRepo"
import { Api } from "@v-insight/domain/api/Api"
import type { TryInput } from "@v-insight/domain/api/Checks"
import { defaults } from "@v-insight/domain/model/Monitor"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Cause, Effect, Queue, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Limits, limits } from "../auth/Limits.ts"
import * as sse from "../live/sse.ts"
import { WorkRequests } from "../live/WorkRequests.ts"
import { permit } from "./permit.ts"
import { completed } from "./sentSettings.ts"

/** Six hops of five phases and an outcome. */
const maxEvents = 64

export const ChecksLive = HttpApiBuilder.group(
  Api,
  "checks",
  Effect.fnUntraced(function* (handlers) {
    const monitors = yield* MonitorRepo
    const work = yield* WorkRequests
    const { take } = yield* Limits

    const allow = Effect.gen(function* () {
      yield* permit("operate")
      const { tenantId } = yield* TenantContext
      yield* take(limits.tryPerTenant, tenantId)
    })

    /** The spec to try, with the secrets of the stored monitor where there is one. */
    const specOf = Effect.fnUntraced(function* ({ monitorId, settings, type }: TryInput) {
      const stored = monitorId === undefined ? undefined : yield* monitors.getWithSecrets(monitorId)
      return yield* completed(type, settings, stored)
    })

    /** `phase` events, then one `outcome` or one `failure`. */
    const live = Effect.fnUntraced(function* (input: TryInput) {
      const { timeoutSeconds = defaults.timeoutSeconds } = input
      const spec = yield* specOf(input)
      const context = yield* Effect.context<TenantContext>()
      const events = Effect.gen(function* () {
        const queue = yield* Queue.sliding<Uint8Array, Cause.Done>(maxEvents)
        yield* work
          .try(spec, timeoutSeconds, (phase) => Queue.offerUnsafe(queue, sse.event("phase", phase)))
          .pipe(
            Effect.matchCause({
              onSuccess: (outcome) => sse.event("outcome", outcome),
              onFailure: (cause) => sse.event("failure", failureOf(cause))
            }),
            Effect.andThen((last) => Queue.offer(queue, last)),
            Effect.andThen(Queue.end(queue)),
            Effect.forkScoped
          )
        return Stream.fromQueue(queue)
      })
      return Stream.concat(Stream.succeed(sse.opening), Stream.unwrap(events)).pipe(Stream.provideContext(context))
    })

    return handlers.handleAll({
      try: Effect.fnUntraced(function* ({ payload, request }) {
        yield* allow
        if (request.headers["accept"]?.includes("text/event-stream")) {
          return HttpServerResponse.stream(yield* live(payload), { contentType: "text/event-stream" })
        }
        const { timeoutSeconds = defaults.timeoutSeconds } = payload
        return yield* work.try(yield* specOf(payload), timeoutSeconds)
      }),
      tryLive: ({ payload }) => Effect.andThen(allow, live(payload))
    })
  })
)

const failureOf = (
  cause: Cause.Cause<{ readonly message?: string }>
): { readonly code: string; readonly message: string } => {
  const failure = cause.reasons.find(Cause.isFailReason)
  return failure === undefined
    ? { code: "INTERNAL_ERROR", message: "Something went wrong on our side." }
    : { code: "UNAVAILABLE", message: failure.error.message ?? "No worker answered." }
}
