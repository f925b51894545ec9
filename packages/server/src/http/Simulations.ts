/** Dry runs of alert rules over stored checks, told as they go. */
import { AlertRuleRepo } from "@v-insight/database/repo/AlertRuleRepo"
import { HistoryRepo } from "@v-insight/database/repo/HistoryRepo"
import { SimulationRepo } from "@v-insight/database/repo/SimulationRepo"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Api } from "@v-insight/domain/api/Api"
import { TooManyRequests } from "@v-insight/domain/api/Failures"
import {
  type SimulationFailure,
  type SimulationInput,
  simulationLimits,
  type SimulationProgress
} from "@v-insight/domain/api/Simulations"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { isInScope, scopeOf } from "@v-insight/domain/rules/scope"
import { Cause, Clock, Context, Duration, Effect, Queue, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { SqlError } from "effect/sql"
import { Limits, limits } from "../auth/Limits.ts"
import * as sse from "../live/sse.ts"
import { invalid } from "./instantQuery.ts"
import { permit } from "./permit.ts"
import { replayRules, type Version } from "./replayRules.ts"

const dayMs = 86_400_000
/** Unread progress of a slow reader; the newest counts. */
const maxWaiting = 16

export const SimulationsLive = HttpApiBuilder.group(
  Api,
  "simulations",
  Effect.fnUntraced(function* (handlers) {
    const repo = yield* SimulationRepo
    const rules = yield* AlertRuleRepo
    const { checksFrom } = yield* HistoryRepo
    const replay = replayRules(repo)
    const { take } = yield* Limits
    const underWay = new Map<string, number>()

    const versionsOf = Effect.fnUntraced(function* ({ draft, ruleId }: SimulationInput) {
      const { activeHours = null, condition, delaySeconds = 0, repeatSeconds = null, scope } = draft
      const present = ruleId === undefined ? undefined : yield* rules.get(ruleId)
      const versions: Array<Version> = [
        {
          rule: { condition, delaySeconds, repeatSeconds, activeHours },
          scope: scopeOf(scope)
        }
      ]
      if (present !== undefined) versions.push({ rule: present, scope: present.scope })
      return versions
    })

    /** One of the few that a tenant may have at once, until the scope closes. */
    const admitted = (tenantId: string) =>
      Effect.acquireRelease(
        Effect.sync(() => void underWay.set(tenantId, (underWay.get(tenantId) ?? 0) + 1)),
        () =>
          Effect.sync(() => {
            const left = underWay.get(tenantId)! - 1
            if (left === 0) underWay.delete(tenantId)
            else underWay.set(tenantId, left)
          })
      )
    const isFull = (tenantId: string): boolean => (underWay.get(tenantId) ?? 0) >= simulationLimits.atOnce

    return handlers.handle(
      "simulate",
      Effect.fnUntraced(function* ({ payload }) {
        yield* permit("operate")
        const context = yield* Effect.context<TenantContext>()
        const { tenantId } = Context.get(context, TenantContext)
        yield* take(limits.simulatePerTenant, tenantId)
        if (isFull(tenantId)) return yield* tooMany
        const versions = yield* versionsOf(payload)
        const scopes = versions.map(({ scope }) => scope)
        const monitors = yield* repo.listMonitors(scopes, simulationLimits.monitors + 1)
        if (monitors.length > simulationLimits.monitors) return yield* invalid("draft.scope", tooWide)
        if (!monitors.some((monitor) => isInScope(scopes[0]!, monitor))) return yield* invalid("draft.scope", tooNarrow)
        const oldest = yield* checksFrom
        const to = yield* Clock.currentTimeMillis
        const from = Math.max(to - payload.days * dayMs, Math.min(oldest, to - dayMs))
        const events = Effect.gen(function* () {
          // Several that asked at the same moment.
          if (isFull(tenantId)) return Stream.succeed(sse.event("failure", full))
          yield* admitted(tenantId)
          const queue = yield* Queue.sliding<Uint8Array, Cause.Done>(maxWaiting)
          const tell = (progress: SimulationProgress): void => {
            Queue.offerUnsafe(queue, sse.event("progress", progress))
          }
          yield* replay(monitors, versions, from, to, tell).pipe(
            Effect.timeoutOrElse({
              duration: Duration.seconds(simulationLimits.seconds),
              orElse: () => Effect.fail(tooLong)
            }),
            Effect.tapCause(log),
            Effect.matchCause({
              onSuccess: (result) => sse.event("result", result),
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
    )
  })
)

const waitForOthers = `This workspace has ${simulationLimits.atOnce} dry runs under way. Wait until one of them ends.`
const tooMany = new TooManyRequests({ retryAfterSeconds: 5, message: waitForOthers })
const full: SimulationFailure = { code: "RATE_LIMITED", message: waitForOthers }
const tooWide = `Narrow it down: a dry run is of at most ${simulationLimits.monitors} monitors, draft and present rule together`
const tooNarrow = "No monitor is in it: name one, or a tag that one has"
const tooLong: SimulationFailure = {
  code: "TOO_LONG",
  message: `It took longer than ${simulationLimits.seconds} s. Take fewer days or fewer monitors.`
}
const ours: SimulationFailure = { code: "INTERNAL_ERROR", message: "Something went wrong on our side. Try again." }
const away: SimulationFailure = {
  code: "UNAVAILABLE",
  message: "The database does not answer. Try again in a moment."
}

/** A client that left and a run that took too long are nobody's fault. */
const log = (cause: Cause.Cause<SimulationFailure>) => {
  if (Cause.hasInterruptsOnly(cause) || cause.reasons.some(Cause.isFailReason)) return Effect.void
  const error = Cause.squash(cause)
  const reason = SqlError.isSqlError(error) ? describeSqlError(error) : String(error)
  return Effect.logError("A dry run broke", { reason })
}

const failureOf = (cause: Cause.Cause<SimulationFailure>): SimulationFailure => {
  const failure = cause.reasons.find(Cause.isFailReason)
  if (failure !== undefined) return failure.error
  return SqlError.isSqlError(Cause.squash(cause)) ? away : ours
}
