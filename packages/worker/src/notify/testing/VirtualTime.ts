/**
 * The notifier in virtual time: its receivers are scripts behind the dialer; dispatcher, lanes, outbox and ledger are the
 * real ones, over PostgreSQL.
 */
import { PgClient } from "@effect/sql-pg"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Dialer, type ExchangeRequest, type ExchangeResult } from "@v-insight/domain/monitor-types/Dialer"
import { Clock, Context, Effect, Layer } from "effect"
import { PersistedQueue } from "effect/persistence"
import { TestClock } from "effect/testing"
import { notifyingOver } from "./Scene.ts"

export type Mode = "well" | "hanging" | "500" | "reset" | "429"

export interface Try {
  readonly id: string
  readonly host: string
  /** Epoch ms, virtual. */
  readonly at: number
  readonly isTaken: boolean
}

/** In memory: in PostgreSQL locks end by PostgreSQL's own clock, which is not virtual. */
const Queue = PersistedQueue.layer.pipe(Layer.provide(PersistedQueue.layerStoreMemory))

const result = (status: number | undefined, cause?: "reset" | "timeout_first_byte"): ExchangeResult => ({
  failure: cause === undefined ? undefined : { cause, message: "" },
  response:
    status === undefined
      ? undefined
      : { status, headers: [["retry-after", "3600"]], body: new Uint8Array(), isTruncated: false },
  phases: {},
  totalUs: 1000,
  address: undefined,
  certificate: undefined,
  tlsVersion: undefined
})

/** The notifier over receivers that behave as `modeOf` says for each try. Call within a TestClock. */
export const virtualNotifier = Effect.fnUntraced(function* (
  modeOf: (host: string, id: string, tries: ReadonlyArray<Try>) => Mode
) {
  const tries: Array<Try> = []
  const exchange = Effect.fnUntraced(function* ({ headers, timeoutMs, url }: ExchangeRequest) {
    const at = yield* Clock.currentTimeMillis
    const id = headers.find(([name]) => name === "webhook-id")![1]
    const mode = modeOf(url.hostname, id, tries)
    tries.push({ id, host: url.hostname, at, isTaken: mode === "well" })
    if (mode === "hanging") yield* Effect.sleep(timeoutMs)
    return mode === "hanging"
      ? result(undefined, "timeout_first_byte")
      : mode === "reset"
        ? result(undefined, "reset")
        : result(mode === "well" ? 204 : Number(mode))
  })
  const unused = () => Effect.die(new Error("A webhook makes exchanges only"))
  const dialer = Dialer.of({ exchange, connect: unused, datagram: unused })
  // Before anybody sleeps: who sleeps again and again would do so for all the years since 1970.
  yield* TestClock.setTime(Date.now())
  yield* Layer.build(notifyingOver(Layer.merge(Layer.succeed(Dialer, dialer), Queue)))
  const sql = Context.get(yield* Layer.build(TestDatabase.superuser), PgClient.PgClient)
  /**
   * All is done that this instant of virtual time brings: nobody else's backend has begun or ended a statement for
   * three looks. Time that passed in mid-statement would be held against the statement's time-out.
   */
  const settle = Effect.gen(function* () {
    for (let looks = 0, calm = 0, before = ""; calm < 3 && looks < 3000; looks++) {
      const [row] = yield* sql<{ busy: number; seen: string }>`
        SELECT count(*) FILTER (WHERE state <> 'idle')::integer AS busy,
          coalesce(string_agg(concat(pid, state_change), ' ' ORDER BY pid), '') AS seen
        FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`
      calm = row!.busy === 0 && row!.seen === before ? calm + 1 : 0
      before = row!.seen
      yield* TestClock.withLive(Effect.sleep("1 millis"))
    }
  })
  /** So many steps of virtual time, with all that follows from each. */
  const pass = Effect.fnUntraced(function* (steps: number, stepMs = 1000) {
    for (let step = 0; step < steps; step++) {
      yield* settle
      yield* TestClock.adjust(stepMs)
    }
    yield* settle
  })
  /** The dispatcher has heard of an incident's messages: that takes no virtual time, but some of the machine's. */
  const heard = Effect.fnUntraced(function* (incidentId: string) {
    for (let looks = 0; looks < 6000; looks++) {
      const waiting = yield* sql`
        SELECT 1 FROM notifications WHERE incident_id = ${incidentId} AND relayed_at IS NULL AND attempts = 0 LIMIT 1`
      if (waiting.length === 0) return yield* settle
      yield* TestClock.withLive(Effect.sleep("5 millis"))
    }
  })
  return { tries, pass, heard }
})
