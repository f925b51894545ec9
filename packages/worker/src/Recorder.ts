/**
 * Writes decided checks in batches, at most one statement at a time. A row leaves the buffer only with an answer:
 * committed, or refused because the bucket has another owner by now, or because PostgreSQL does not take it. It outlives
 * the buckets, so that what was decided before a stop is written.
 */
import { PgClient } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError, isUnavailable } from "@v-insight/database/SqlTrouble"
import { Clock, Context, Effect, Latch, Layer, Schedule } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { type DecidedCheck, weightOf } from "./recording/DecidedCheck.ts"
import { type Entry, make as makeFencedWrite, type Receipt } from "./recording/FencedWrite.ts"
import type { Lease } from "./buckets/Lease.ts"
import { countFlushRetry, countRefused, countWritten, observeFlushSeconds, setBuffered } from "./metrics/Metrics.ts"
import { limited } from "./sql/TimeLimit.ts"

/** A statement of this many rows costs 0.02 CPU-ms a row in PostgreSQL; more rows gain nothing. */
const maxRows = 1000
/** Characters of evidence in one statement, so that it ends well within its time. */
const maxBatchWeight = 4_000_000
/** How long a result may wait for company. */
const maxDelay = "250 millis"
/** About 20 MB; beyond it nothing is taken from the heaps until there is room. */
const maxBuffered = 20_000
/** The same for characters: when a network goes, every check brings evidence. */
const maxBufferedWeight = 32_000_000
const statementTimeout = "5 seconds"
/**
 * Beside the pool, where a batch would stand in line behind whatever buckets read: when a worker starts, that is some
 * three hundred statements, and the first batches timed out before they had a connection. The second is for a retry
 * while a statement that timed out is still being cancelled.
 */
const ownConnections = 2
const retryEvery = "200 millis"
/** For what is left when the worker stops. */
const drainTimeout = "5 seconds"

export class Recorder extends Context.Service<
  Recorder,
  {
    /**
     * Synchronous on purpose: the caller changes its memory and queues the row in one uninterruptible step. `undo` is
     * called when PostgreSQL does not take the row though the lease holds: what followed from it is dropped with it, and
     * the monitor goes on from what it was before.
     */
    readonly record: (lease: Lease, row: DecidedCheck, undo?: () => void) => void
    /** Waits until everything recorded under the lease was committed or refused, and hurries. */
    readonly settle: (lease: Lease) => Effect.Effect<void>
    /** Waits while the buffer is full. */
    readonly room: Effect.Effect<void>
    /** Opens after commits that may have made notifications. */
    readonly turned: Latch.Latch
  }
>()("@v-insight/worker/Recorder") {
  static readonly layer = (region: string): Layer.Layer<Recorder, SqlError, PgClient.PgClient> =>
    Layer.effect(Recorder, make(region)).pipe(Layer.provide(Reactivity.layer))
}

interface Buffered extends Entry {
  readonly undo: () => void
}

const make = Effect.fnUntraced(function* (region: string) {
  const { config } = yield* PgClient.PgClient
  const own = yield* PgClient.make({ ...config, maxConnections: ownConnections })
  const fencedWrite = yield* makeFencedWrite(region).pipe(Effect.provideService(PgClient.PgClient, own))
  const buffer: Array<Buffered> = []
  let weight = 0
  const isFull = (): boolean => buffer.length >= maxBuffered || weight >= maxBufferedWeight
  const hurry = Latch.makeUnsafe(false)
  const room = Latch.makeUnsafe(true)
  const turned = Latch.makeUnsafe(false)

  /** The oldest rows, at most one per monitor: an UPDATE applies only one of several matches. */
  const nextBatch = (): ReadonlyArray<Buffered> => {
    const seen = new Set<string>()
    let batchWeight = 0
    while (seen.size < Math.min(maxRows, buffer.length) && batchWeight < maxBatchWeight) {
      const { row } = buffer[seen.size]!
      if (seen.has(row.monitorId)) break
      seen.add(row.monitorId)
      batchWeight += weightOf(row)
    }
    // One order of locking in every worker.
    return buffer
      .slice(0, seen.size)
      .sort((a, b) => compare(a.row.tenantId, b.row.tenantId) || compare(a.row.monitorId, b.row.monitorId))
  }

  const leave = ({ lease, row }: Entry): void => {
    weight -= weightOf(row)
    lease.leave()
  }

  const forget = (batch: ReadonlyArray<Entry>): void => {
    buffer.splice(0, batch.length)
    batch.forEach(leave)
    if (batch.some(({ row }) => isTold(row))) turned.openUnsafe()
    if (!isFull()) room.openUnsafe()
    setBuffered(buffer.length)
  }

  /** With what was decided after it, behind the batch: it builds on what never was. */
  const refuse = (refused: Buffered): void => {
    const { lease, row, undo } = refused
    let count = 1
    for (let index = buffer.length - 1; index >= 0; index--) {
      const entry = buffer[index]!
      if (entry === refused || entry.lease !== lease || entry.row.monitorId !== row.monitorId) continue
      buffer.splice(index, 1)
      leave(entry)
      count++
    }
    countRefused(count)
    undo()
  }

  const write = (batch: ReadonlyArray<Buffered>): Effect.Effect<void> => {
    let isRetry = false
    return fencedWrite(batch).pipe(
      (statement) => limited(statement, statementTimeout),
      Effect.tapError((error) => {
        isRetry = true
        countFlushRetry()
        return Effect.logWarning("Results could not be written").pipe(
          Effect.annotateLogs({ rows: batch.length, reason: describeSqlError(error) })
        )
      }),
      // Anything else would come back on every retry, and hold up every bucket behind it.
      Effect.retry({ schedule: Schedule.spaced(retryEvery), while: isUnavailable }),
      Effect.matchEffect({
        onSuccess: (receipts) => Effect.sync(() => settleBatch(batch, receipts, isRetry)),
        // Something in it cannot be written: all the rest is, and only the guilty row's monitor stays behind.
        onFailure: (error) =>
          batch.length > 1
            ? Effect.forEach(partsOf(batch), write, { discard: true })
            : Effect.andThen(
                Effect.sync(() => refuse(batch[0]!)),
                Effect.logError("PostgreSQL does not take a result").pipe(
                  Effect.annotateLogs({ monitor: batch[0]!.row.monitorId, reason: describeSqlError(error) })
                )
              )
      })
    )
  }

  const flush = Effect.gen(function* () {
    const batch = nextBatch()
    const started = yield* Clock.currentTimeMillis
    yield* write(batch)
    observeFlushSeconds(((yield* Clock.currentTimeMillis) - started) / 1000)
    forget(batch)
  })
  const drain = Effect.whileLoop({ while: () => buffer.length > 0, body: () => flush, step: () => {} })

  // Finalizers run in reverse: the loop stops first, then what is left is written, but not for ever.
  yield* Effect.addFinalizer(() => drain.pipe(Effect.timeoutOption(drainTimeout)))
  yield* Effect.raceFirst(hurry.await, Effect.sleep(maxDelay)).pipe(
    Effect.andThen(Effect.sync(() => hurry.closeUnsafe())),
    Effect.andThen(drain),
    Effect.forever,
    forkEssential
  )

  return Recorder.of({
    record: (lease, row, undo = () => {}) => {
      lease.enter()
      buffer.push({ lease, row, undo })
      weight += weightOf(row)
      if (isFull()) room.closeUnsafe()
      if (buffer.length >= maxRows || isTold(row)) hurry.openUnsafe()
      setBuffered(buffer.length)
    },
    settle: (lease) =>
      Effect.suspend(() => {
        if (!lease.isSettled) hurry.openUnsafe()
        return lease.settled
      }),
    room: room.await,
    turned
  })
})

/**
 * A retry sends the identical batch. Each bucket's rows are written all together or not at all, so there are three
 * answers per bucket: no receipt (epoch gone), all rows, or, on a retry only, none: an earlier attempt had committed
 * and only its answer was lost. Anything else means that memory and tables disagree.
 */
const settleBatch = (batch: ReadonlyArray<Entry>, receipts: ReadonlyArray<Receipt>, isRetry: boolean): void => {
  for (const [lease, entries] of Map.groupBy(batch, (entry) => entry.lease)) {
    const written = receipts.find(({ bucket, epoch }) => bucket === lease.bucket && epoch === lease.epoch)?.written
    if (written === entries.length || (written === 0 && isRetry)) countWritten(entries.length)
    else {
      countRefused(entries.length - (written ?? 0))
      lease.lose(written === undefined ? "another worker owns it" : `wrote ${written} of ${entries.length} rows`)
    }
  }
}

/** By bucket, then in halves: a row among a thousand is found in ten steps. */
const partsOf = <E extends Entry>(batch: ReadonlyArray<E>): ReadonlyArray<ReadonlyArray<E>> => {
  const groups = [...Map.groupBy(batch, ({ lease }) => lease).values()]
  const middle = Math.ceil(batch.length / 2)
  return groups.length > 1 ? groups : [batch.slice(0, middle), batch.slice(middle)]
}

/** Somebody may be told of it. */
const isTold = ({ turns }: DecidedCheck): boolean => turns.some(({ event }) => event !== undefined)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
