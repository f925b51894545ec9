/**
 * Takes messages that are due out of the outbox, decides on each with the pure rules, writes what was decided and why,
 * and hands on what is to be told: all in one transaction, in which the queue of the channel's lane takes part.
 */
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { onUntil, windowAt } from "@v-insight/domain/rules/maintenance"
import { dispatch, type DispatchFacts, type Outcome, unhindered } from "@v-insight/domain/rules/dispatch"
import { hasRoom } from "@v-insight/domain/rules/stormBudget"
import { Clock, DateTime, Duration, Effect, type Latch, Queue, Result, type Schema } from "effect"
import type { PersistedQueue } from "effect/persistence"
import type { SqlError } from "effect/sql/SqlError"
import { Alerting } from "../alerting/Alerting.ts"
import { Changes } from "../Changes.ts"
import { DeliverySql } from "./DeliveryQueue.ts"
import { logDefect } from "../Defect.ts"
import { Recorder } from "../Recorder.ts"
import { limited } from "../sql/TimeLimit.ts"
import * as Digests from "./Digests.ts"
import * as Held from "./Held.ts"
import type { Handed, Lanes } from "./Lanes.ts"
import * as mergedOver from "./mergedOver.ts"
import { batchSize, type ChannelRow, type Decided, type DueRow, make as makeOutbox, type SilenceRow } from "./Outbox.ts"

/** Whatever was not heard of is found by then. */
const lookAtLeastEveryMs = 30_000
/** What is held is looked through so often; further back than the last time by this much, as commits come late. */
const lookThroughHeldEvery = "30 seconds"
const heldOverlapMs = 60_000
/** What was handed on and not delivered for so long belonged to a worker that has gone, maybe. */
const leftAfterMs = 10_000
const lookForLeftEvery = "10 seconds"
const batchWithin = "20 seconds"
const troubleWait = "1 second"
/** What is due and was not taken is locked by somebody at this moment, milliseconds. */
const lockedWaitMs = 100
/** Another worker decides at this moment. */
const turnWait = "100 millis"

export const run = Effect.fnUntraced(function* (lanes: Lanes, wake: Latch.Latch) {
  const sql = yield* DeliverySql
  const recorder = yield* Recorder
  const alerting = yield* Alerting
  const news = yield* (yield* Changes).ofNotifications
  const outbox = makeOutbox(sql)
  const digests = Digests.make(sql)
  const freeMerged = mergedOver.make(sql)

  const maintenanceOf = ({ incident, tenantId }: DueRow, now: number) => {
    if (incident === null) return null
    const { monitorId: id, tags } = incident.subject
    const window = windowAt(alerting.windowsOf(tenantId), { id, tags }, now)
    if (window === undefined) return null
    return { name: window.name, endsAt: onUntil(window, now) ?? now }
  }

  const decide = Effect.fnUntraced(function* (rows: ReadonlyArray<DueRow>, now: number) {
    const channels = new Map<string, ChannelState>()
    const keys = new Set(rows.map(({ channelId, tenantId }) => `${tenantId} ${channelId}`))
    for (const channel of yield* outbox.channelsOf([...keys], now)) channels.set(channel.id, { ...channel })
    const silences = new Map<string, Array<SilenceRow>>()
    for (const silence of yield* outbox.silencesOf([...new Set(rows.map(({ tenantId }) => tenantId))], now)) {
      silences.set(silence.tenantId, [...(silences.get(silence.tenantId) ?? []), silence])
    }
    const at = DateTime.formatIso(DateTime.makeUnsafe(now))
    const decided: Array<Decided> = []
    for (const row of rows) {
      const channel = channels.get(row.channelId)!
      const budget = { messages: channel.messages, seconds: channel.seconds }
      if (row.type === "digest") {
        const { reason, ...rest } = yield* digests.decide(row, budget, now)
        decided.push({ ...rest, reason: reason && { ...reason, at } })
        continue
      }
      const outcome = yield* outcomeOf(
        {
          ...row,
          quietHours: channel.quietHours,
          budget,
          hasRoom: hasRoom(budget, channel.told),
          maintenance: maintenanceOf(row, now),
          silences: silences.get(row.tenantId) ?? []
        },
        now
      )
      let digestId: string | null = null
      if (outcome.kind === "digest") {
        digestId = row.type === "incident.resolved" ? row.digestId : channel.digestId
        digestId ??= channel.digestId ??= yield* digests.open(
          row.tenantId,
          row.channelId,
          budget,
          channel.digestToldAt,
          now
        )
      }
      // Tried again, it has its place in the window already.
      if (outcome.kind === "send" && row.attempts === 0) channel.told++
      decided.push(decidedOn(row, outcome, digestId, at))
    }
    return decided
  })

  /** One transaction; undefined: another worker has its turn. */
  const batch = Effect.gen(function* () {
    if (!(yield* outbox.lock)) return undefined
    const now = yield* Clock.currentTimeMillis
    const taken = yield* outbox.takeDue(now)
    if (taken.length === 0) return { isLast: true, handed: [] }
    const isLast = taken.length < batchSize
    // A digest comes last, with all that is due: there is something else, or its turn would never come.
    const messages = taken.filter(({ type }) => type !== "digest")
    const rows = isLast || messages.length === 0 ? taken : messages
    const decided = yield* decide(rows, now)
    yield* outbox.write(decided, now)
    const untold = decided.filter(({ status }) => status === "suppressed" || status === "digested")
    if (untold.length > 0) yield* outbox.release(untold, now)
    const handed = rows.flatMap(({ channelId, id, tenantId }, index): ReadonlyArray<Handed> => {
      const { is_relayed, status } = decided[index]!
      return is_relayed && status === "pending" ? [{ id, tenantId, channelId, relayedAt: now }] : []
    })
    yield* lanes.offer(handed)
    return { isLast, handed }
  }).pipe(sql.withTransaction, (transaction) => limited(transaction, batchWithin))

  const pass = Effect.gen(function* () {
    yield* limited(outbox.noticeSilences(yield* Clock.currentTimeMillis))
    yield* limited(freeMerged)
    while (true) {
      const done = yield* batch
      if (done === undefined) {
        yield* Effect.sleep(turnWait)
        continue
      }
      lanes.open(done.handed)
      if (done.isLast) return
    }
  })

  const passWhenNeeded = Effect.gen(function* () {
    wake.closeUnsafe()
    recorder.turned.closeUnsafe()
    yield* Queue.clear(news)
    yield* pass
    const next = yield* limited(outbox.nextDue)
    const wait = next === null ? lookAtLeastEveryMs : next - (yield* Clock.currentTimeMillis)
    yield* Effect.raceAllFirst([
      recorder.turned.await,
      wake.await,
      Queue.take(news),
      Effect.sleep(Duration.millis(Math.max(lockedWaitMs, Math.min(wait, lookAtLeastEveryMs))))
    ])
  })
  const openLeft = Effect.gen(function* () {
    yield* Effect.sleep(lookForLeftEvery)
    lanes.open(yield* limited(outbox.lanesLeft((yield* Clock.currentTimeMillis) - leftAfterMs)))
  })

  let heldSeenAt = 0
  const lookThroughHeld = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const released = yield* limited(Held.release(sql, now, Math.max(0, heldSeenAt - heldOverlapMs)), batchWithin)
    heldSeenAt = now
    if (released > 0) wake.openUnsafe()
    yield* Effect.sleep(lookThroughHeldEvery)
  })

  yield* forkEssential(Effect.forever(survive(passWhenNeeded)))
  yield* forkEssential(Effect.forever(survive(lookThroughHeld)))
  yield* forkEssential(Effect.forever(survive(openLeft)))
})

type ChannelState = { -readonly [K in keyof ChannelRow]: ChannelRow[K] }

/** Hours or silences that cannot be read, of another version maybe, hold back nothing: least of all the others' messages. */
const outcomeOf = (facts: DispatchFacts & { readonly id: string }, now: number) => {
  const outcome = Result.try(() => dispatch(facts, now))
  if (Result.isSuccess(outcome)) return Effect.succeed(outcome.success)
  return Effect.logWarning("What may hold a notification back cannot be read").pipe(
    Effect.annotateLogs({ notification: facts.id }),
    Effect.as(dispatch(unhindered(facts), now))
  )
}

const decidedOn = (row: DueRow, outcome: Outcome, digestId: string | null, at: string): Decided => {
  const { lastReason } = row
  const { kind, reason } = outcome
  // What goes on is said once: holding on, and each further try, which has a line of its own in the ledger.
  const isSaid = (lastReason?.code === reason.code && lastReason.message === reason.message) || row.attempts > 0
  return {
    tenant_id: row.tenantId,
    id: row.id,
    status: kind === "suppress" ? "suppressed" : kind === "digest" ? "digested" : "pending",
    due_at: kind === "hold" ? outcome.until : null,
    is_relayed: kind !== "hold",
    reason: isSaid && (kind === "send" || kind === "hold") ? null : { ...reason, at },
    digest_id: digestId
  }
}

/** Trouble is logged and waited out: nothing but a stop ends the loop. */
const survive = <R>(
  effect: Effect.Effect<void, SqlError | PersistedQueue.PersistedQueueError | Schema.SchemaError, R>
) =>
  effect.pipe(
    Effect.catch((error) =>
      Effect.logWarning("Notifications have to wait").pipe(
        Effect.annotateLogs({ reason: error._tag === "SqlError" ? describeSqlError(error) : error._tag }),
        Effect.andThen(Effect.sleep(troubleWait))
      )
    ),
    Effect.catchDefect((defect) =>
      Effect.andThen(logDefect("Notifications have to wait", defect), Effect.sleep(troubleWait))
    )
  )
