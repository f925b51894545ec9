/**
 * One attempt to deliver one message, and what follows from it: delivered, tried again later, or given up. What its
 * receiver took is recorded as soon as the database takes it; until then it may be told again.
 */
import { deliver, type DeliverServices } from "@v-insight/domain/channel-types/registry"
import type { CheckError } from "@v-insight/domain/model/CheckOutcome"
import { isConnectionLost, nextTryMs } from "@v-insight/domain/rules/backoff"
import { updateWaitMs } from "@v-insight/domain/rules/stormBudget"
import { Clock, Effect, Option, Random, Schedule } from "effect"
import { logDefect } from "../Defect.ts"
import { Links } from "./Links.ts"
import { countDelivery } from "../metrics/Metrics.ts"
import { type Attempt, type Delivery, make as makeLedger, type Verdict } from "./Ledger.ts"

/** Sooner than the queue gives the message to another worker once the database is back. */
const recordAgainAfter = "100 millis"
const recordWithin = "2 minutes"
/** A worker that dies again and again in the middle of the same attempt shall live. */
const maxInterrupted = 20

/** Not given up at once: a worker may have been started with another VINSIGHT_SECRET by mistake. */
const sealed: CheckError = {
  code: "secret_unreadable",
  message: "The channel's secret cannot be read: save the channel again."
}
const removed: CheckError = { code: "channel_removed", message: "The channel was removed." }
const disabled: CheckError = { code: "channel_disabled", message: "The channel was disabled." }
const interrupted: CheckError = {
  code: "interrupted",
  message: `The worker stopped in the middle of ${maxInterrupted} tries of this message.`
}

interface Answer extends Omit<Attempt, "attemptedAt"> {
  readonly isPermanent: boolean
  readonly retryAfterMs: number | null
}
const unsent = (error: CheckError, isPermanent: boolean): Answer => ({
  durationMs: 0,
  responseStatus: null,
  answer: null,
  error,
  isPermanent,
  retryAfterMs: null
})

/** `kind`: `lost`, only a connection was; `refused`, for good; `isDueAnew`: something waits in the outbox that did not. */
export interface Done {
  readonly kind: "taken" | "lost" | "failed" | "refused"
  readonly durationMs: number
  readonly isDueAnew: boolean
}

export const make = Effect.gen(function* () {
  const ledger = yield* makeLedger
  const services = yield* Effect.context<DeliverServices>()
  const withLinks = yield* Links

  const send = Effect.fnUntraced(function* ({ channelId, event, id, sequence, tenantId, type }: Delivery) {
    const channel = yield* ledger
      .findChannel(tenantId, channelId)
      .pipe(Effect.catchDefect((defect) => Effect.as(logDefect("A channel cannot be used", defect), undefined)))
    if (channel === undefined) return unsent(sealed, false)
    if (Option.isNone(channel)) return unsent(removed, true)
    if (!channel.value.isEnabled) return unsent(disabled, true)
    // A digest that is told anew is another message: receivers drop an id that they know.
    const messageId = type === "digest" && sequence > 0 ? `${id}.${sequence}` : id
    return yield* deliver(channel.value.spec, { id: messageId, event: withLinks(event, { channelId, tenantId }) }).pipe(
      Effect.provideContext(services),
      Effect.map(({ answer, durationMs, status }): Answer => ({
        durationMs,
        responseStatus: status,
        answer,
        error: null,
        isPermanent: false,
        retryAfterMs: null
      })),
      Effect.catchTag("DeliveryFailed", ({ answer, durationMs, permanent, reason, retryAfterMs, status }) =>
        Effect.succeed<Answer>({
          durationMs,
          responseStatus: status,
          answer,
          error: reason,
          isPermanent: permanent,
          retryAfterMs
        })
      )
    )
  })

  const verdictOf = Effect.fnUntraced(function* (delivery: Delivery, answer: Answer, attemptedAt: number) {
    if (answer.error === null) return { status: "sent" } satisfies Verdict
    const tries = {
      failures: delivery.attempts - (delivery.type === "digest" ? delivery.sequence : 0) + 1,
      elapsedMs: attemptedAt - (delivery.failingSince ?? attemptedAt),
      askedMs: answer.retryAfterMs,
      isLost: isConnectionLost(answer.error.code)
    }
    const wait = answer.isPermanent ? undefined : nextTryMs(tries, yield* Random.next)
    if (wait === undefined) return { status: "failed" } satisfies Verdict
    return { status: "pending", at: attemptedAt + answer.durationMs + wait } satisfies Verdict
  })

  /** None when it is not to be delivered any more. `taken`: how often the queue has given this attempt to a worker. */
  const attempt = Effect.fnUntraced(function* (delivery: Delivery, taken: number) {
    const attemptedAt = yield* Clock.currentTimeMillis
    const answer = taken > maxInterrupted ? unsent(interrupted, true) : yield* send(delivery)
    const verdict = yield* verdictOf(delivery, answer, attemptedAt)
    countDelivery(verdict.status === "pending" ? "retried" : verdict.status)
    const lookAt = attemptedAt + answer.durationMs + updateWaitMs(delivery.budget, delivery.sequence + 1)
    const isDueAnew = yield* ledger
      .record(delivery, { ...answer, attemptedAt }, verdict, lookAt)
      .pipe(Effect.retry(Schedule.spaced(recordAgainAfter).pipe(Schedule.upTo({ duration: recordWithin }))))
    return {
      kind: kindOf(answer),
      durationMs: answer.durationMs,
      isDueAnew
    } satisfies Done
  })

  return { attempt, findDue: ledger.findDue }
})

const kindOf = ({ error, isPermanent }: Answer): Done["kind"] => {
  if (error === null) return "taken"
  if (isPermanent) return "refused"
  return isConnectionLost(error.code) ? "lost" : "failed"
}
