/**
 * Asks the worker and waits for its answer: a row in, an announcement back, the answer read from the row. A look at the
 * row every other second finds answers whose announcement was lost.
 */
import { type WorkAnswer, type WorkRequest, WorkRequestRepo } from "@v-insight/database/repo/WorkRequestRepo"
import type { PhaseEvent } from "@v-insight/domain/api/Checks"
import { Conflict, NotFound, Unavailable } from "@v-insight/domain/api/Failures"
import type { AlertChannelId } from "@v-insight/domain/model/AlertChannel"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import type { Monitor } from "@v-insight/domain/model/Monitor"
import type { MonitorCheck } from "@v-insight/domain/model/MonitorCheck"
import type { DeliveryReport } from "@v-insight/domain/model/Notification"
import type { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { MonitorSpec } from "@v-insight/domain/monitor-types/registry"
import { Context, Effect, Latch, Layer, Option } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { Announcements } from "./Announcements.ts"

/** For the way there and back, on top of the check's own time. */
const marginSeconds = 5
const lookEvery = "2 seconds"
/** Whoever asks waits no longer, whatever the monitor's time-out and confirmations add up to; nor do proxies. */
const maxSeconds = 65
/** A webhook receiver may take 15 s. */
const testSeconds = 15
/** A failing try is repeated after at most this long, within the same run (worker/Checker). */
const confirmSeconds = 2

type Asked<A, E = never> = Effect.Effect<A, Unavailable | E, TenantContext>
type OnPhase = (event: PhaseEvent) => void

export class WorkRequests extends Context.Service<
  WorkRequests,
  {
    /** Checks now; answers when the check is stored. */
    readonly run: (
      monitor: Pick<Monitor, "id" | "timeoutSeconds" | "confirmations">
    ) => Asked<MonitorCheck, NotFound | Conflict>
    /** A check without a monitor. `onPhase` hears of each phase as it ends. */
    readonly try: (spec: MonitorSpec, timeoutSeconds: number, onPhase?: OnPhase) => Asked<CheckOutcome>
    readonly test: (channelId: AlertChannelId) => Asked<DeliveryReport, NotFound>
    readonly pending: () => number
  }
>()("@v-insight/server/live/WorkRequests") {
  static readonly layer = Layer.effect(
    WorkRequests,
    Effect.suspend(() => make)
  )
}

interface Pending {
  /** Open when there may be an answer. */
  readonly answered: Latch.Latch
  readonly onPhase: OnPhase | undefined
}

const make = Effect.gen(function* () {
  const repo = yield* WorkRequestRepo
  const pending = new Map<string, Pending>()

  yield* (yield* Announcements).listen({
    on: {
      work_answered: (id) => pending.get(id)?.answered.openUnsafe(),
      work_progress: (payload) => {
        const [id = "", phase, us] = payload.split(" ")
        pending.get(id)?.onPhase?.({ phase: phase as PhaseEvent["phase"], us: Number(us) })
      }
    },
    onConnected: () => {
      for (const { answered } of pending.values()) answered.openUnsafe()
    }
  })

  const waitFor = (id: string, { answered }: Pending): Effect.Effect<WorkAnswer, never, TenantContext> =>
    Effect.timeoutOption(answered.await, lookEvery).pipe(
      Effect.tap(() => Effect.sync(() => answered.closeUnsafe())),
      Effect.andThen(repo.findAnswer(id)),
      Effect.repeat({ until: Option.isSome }),
      Effect.map((answer) => Option.getOrThrow(answer))
    )

  const ask = Effect.fn("WorkRequests.ask")(function* <A>(request: WorkRequest, seconds: number, onPhase?: OnPhase) {
    const id = uuidV7Unsafe()
    // Before the row is there, so that no announcement comes too early.
    const registered = Effect.sync((): Pending => {
      const one = { answered: Latch.makeUnsafe(false), onPhase }
      pending.set(id, one)
      return one
    })
    const answer = yield* Effect.acquireUseRelease(
      registered,
      (one) =>
        Effect.andThen(repo.insert(id, request, seconds), waitFor(id, one)).pipe(
          Effect.timeoutOrElse({
            duration: `${seconds} seconds`,
            orElse: () => Effect.fail(request.kind === "run" && seconds === maxSeconds ? stillUnderWay : noAnswer)
          })
        ),
      () => Effect.sync(() => pending.delete(id))
    )
    if ("data" in answer) return answer.data as A
    const { code, message } = answer.error
    if (code === "NOT_FOUND") return yield* new NotFound({ message })
    if (code === "CONFLICT") return yield* new Conflict({ message })
    return yield* new Unavailable({ message })
  })

  return WorkRequests.of({
    run: ({ confirmations, id, timeoutSeconds }) => {
      const tries = 1 + confirmations
      const seconds = tries * timeoutSeconds + confirmations * confirmSeconds + marginSeconds
      return ask<MonitorCheck>({ kind: "run", monitorId: id }, Math.min(seconds, maxSeconds))
    },
    try: ({ settings, type }, timeoutSeconds, onPhase) =>
      ask<CheckOutcome>(
        { kind: "try", payload: { type, settings, timeoutSeconds } },
        timeoutSeconds + marginSeconds,
        onPhase
      ).pipe(Effect.catchTag(["NotFound", "Conflict"], Effect.die)),
    test: (channelId) =>
      ask<DeliveryReport>({ kind: "test", channelId }, testSeconds + marginSeconds).pipe(
        Effect.catchTag("Conflict", Effect.die)
      ),
    pending: () => pending.size
  })
})

const stillUnderWay = new Unavailable({
  message: `No answer after ${maxSeconds} s. If a worker is running, the result will show among the monitor's checks.`
})
const noAnswer = new Unavailable({ message: "No worker answered. Is the worker running?" })
