/**
 * R6 in virtual time: a provider is away for an hour, in each way there is, and returns. The provider is a script behind
 * the dialer; dispatcher, lanes, outbox and ledger are the real ones, over PostgreSQL. A minute or two of real time.
 */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Dialer, type ExchangeRequest, type ExchangeResult } from "@v-insight/domain/monitor-types/Dialer"
import { Clock, Context, Effect, Layer } from "effect"
import { PersistedQueue } from "effect/persistence"
import { TestClock } from "effect/testing"
import { insertRule, insertTenant } from "../testing/Seed.ts"
import { insertIncident, notifyingOver, query } from "./testing/Scene.ts"

const minuteMs = 60_000
const awayMs = 60 * minuteMs
const backWithinMs = 5 * minuteMs

type Mode = "well" | "hanging" | "500" | "reset" | "429"
/** A quarter of an hour of each. */
const course: ReadonlyArray<Mode> = ["hanging", "500", "reset", "429"]

interface Try {
  readonly id: string
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

const provider = () => {
  const tries: Array<Try> = []
  const state = { mode: "well" as Mode }
  const exchange = Effect.fnUntraced(function* ({ headers, timeoutMs, url }: ExchangeRequest) {
    const at = yield* Clock.currentTimeMillis
    const id = headers.find(([name]) => name === "webhook-id")![1]
    const mode = url.hostname.startsWith("dead") ? state.mode : "well"
    tries.push({ id, at, isTaken: mode === "well" })
    if (mode === "hanging") yield* Effect.sleep(timeoutMs)
    return mode === "hanging"
      ? result(undefined, "timeout_first_byte")
      : mode === "reset"
        ? result(undefined, "reset")
        : result(mode === "well" ? 204 : Number(mode))
  })
  const unused = () => Effect.die(new Error("A webhook makes exchanges only"))
  return { tries, state, dialer: Dialer.of({ exchange, connect: unused, datagram: unused }) }
}

layer(TestDatabase.layer, { excludeTestServices: true })("a provider that is away for an hour", (it) => {
  it.effect(
    "is told everything within five minutes of its return, by the same ids; nobody else waits",
    () =>
      Effect.gen(function* () {
        const { dialer, state, tries } = provider()
        // Before anybody sleeps: who sleeps again and again would do so for all the years since 1970.
        yield* TestClock.setTime(Date.now())
        yield* Layer.build(notifyingOver(Layer.merge(Layer.succeed(Dialer, dialer), Queue)))
        const tenantId = yield* insertTenant
        const dead = { tenantId, ...(yield* insertRule(tenantId, "https://dead.example/hook")) }
        const well = { tenantId, ...(yield* insertRule(tenantId, "https://well.example/hook")) }
        yield* query((sql) => sql`UPDATE alert_channels SET budget_messages = 1000 WHERE tenant_id = ${tenantId}`)
        const writtenAt = new Map<string, number>()
        const write = Effect.fnUntraced(function* (channel: typeof dead) {
          const { id: incidentId } = yield* insertIncident([channel], [{ type: "incident.opened" }])
          const [row] = yield* query<{ id: string }>(
            (sql) => sql`SELECT id FROM notifications WHERE incident_id = ${incidentId}`
          )
          writtenAt.set(row!.id, yield* Clock.currentTimeMillis)
          return row!.id
        })
        const sql = Context.get(yield* Layer.build(TestDatabase.superuser), PgClient.PgClient)
        /**
         * All is done that this second of virtual time brings: nobody else's backend has begun or ended a statement for
         * three looks. A second that passed in mid-statement would be held against the statement's time-out.
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
        const pass = Effect.fnUntraced(function* (seconds: number) {
          for (let second = 0; second < seconds; second++) {
            yield* settle
            yield* TestClock.adjust("1 second")
          }
        })

        const began = yield* Clock.currentTimeMillis
        const toDead: Array<string> = []
        const toWell: Array<string> = []
        for (let minute = 0; minute < awayMs / minuteMs; minute++) {
          state.mode = course[Math.floor(minute / 15)]!
          toDead.push(yield* write(dead))
          if (minute === 0) for (let more = 0; more < 10; more++) toDead.push(yield* write(dead))
          toWell.push(yield* write(well))
          yield* pass(60)
        }
        state.mode = "well"
        const returned = yield* Clock.currentTimeMillis
        assert.isAtLeast(returned - began, awayMs)
        yield* pass(backWithinMs / 1000)

        const takenAt = new Map(tries.filter(({ isTaken }) => isTaken).map(({ at, id }) => [id, at]))
        const lateness = toDead.map((id) => (takenAt.get(id) ?? Number.POSITIVE_INFINITY) - returned)
        const delays = toWell
          .map((id) => (takenAt.get(id) ?? Number.POSITIVE_INFINITY) - writtenAt.get(id)!)
          .sort((a, b) => a - b)
        const p99 = delays[Math.ceil(delays.length * 0.99) - 1]!
        const attempts = tries.filter(({ id }) => toDead.includes(id)).length
        yield* Effect.log(
          `${toDead.length} messages, ${attempts} tries: the last was told ${Math.round(Math.max(...lateness) / 1000)} s after the return; ` +
            `another channel's p99 delay was ${Math.round(p99 / 1000)} s`
        )
        assert.isAtMost(Math.max(...lateness), backWithinMs)
        assert.isBelow(p99, 10_000)
        assert.deepStrictEqual(new Set(tries.map(({ id }) => id)), new Set([...toDead, ...toWell]), "no other ids")
        assert.strictEqual(tries.filter(({ isTaken }) => isTaken).length, toDead.length + toWell.length, "none twice")
        const ledger = yield* query<{ status: string; lines: number; attempts: number }>(
          (sql) => sql`
            SELECT n.status, count(*)::integer AS lines, sum(n.attempts)::integer AS attempts
            FROM notifications n WHERE tenant_id = ${tenantId} GROUP BY n.status`
        )
        assert.deepStrictEqual(ledger, [
          { status: "sent", lines: toDead.length + toWell.length, attempts: tries.length }
        ])
      }).pipe(Effect.scoped, Effect.provide(TestClock.layer())),
    300_000
  )
})
