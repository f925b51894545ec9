/**
 * A primary with its hot standby (Debian's PostgreSQL), the API through pgbouncer in transaction mode, the worker and
 * LISTEN past it. The primary is killed under load, the standby promoted, the ways re-pointed, as docs/operate/database.md
 * says. Judged from the tables with what had been acknowledged before.
 */
import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { apiRole, workerRole } from "@v-insight/database/Connections"
import { testSecret } from "@v-insight/database/testing/constants"
import { address } from "@v-insight/database/testing/peers/Address"
import { pgbouncer, prepareForPgbouncer } from "@v-insight/database/testing/peers/Pgbouncer"
import {
  asRole,
  makeSynchronous,
  primary,
  promote,
  type Server,
  standbyOf
} from "@v-insight/database/testing/peers/Postgres"
import { serve } from "@v-insight/database/testing/servers"
import { type Duration, Effect, Fiber, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { client, start } from "./testing/Deployment.ts"

const monitorCount = 60
const jobCount = 40
const intervalSeconds = 2
/** People write about so often, each; a failing write is followed by another at once. */
const pause = "15 millis"
/** More often a job may not call. */
const callPause = "600 millis"
/** R9: normal at most 10 s after the database is there again. */
const returnLimitMs = 10_000
/** R8: taken up again, and an interval. */
const checkLimitMs = 15_000 + intervalSeconds * 1000
const aftermath = "12 seconds"

interface Result {
  readonly key: string
  readonly slot: number
  readonly status: string
}

const resultsOf = (server: Server) =>
  asRole(
    server.url(),
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql<Result>`
        SELECT monitor_id || '/' || region || '/' || to_millis(slot) AS key, to_millis(slot)::float8 AS slot, status
        FROM check_results`
    )
  )

describe("a failover", () => {
  it.live(
    "loses nothing that was acknowledged, doubles nothing, and is over by itself",
    () =>
      Effect.gen(function* () {
        const first = yield* primary
        yield* prepareForPgbouncer(first)
        const second = yield* standbyOf(first)
        yield* makeSynchronous(first)
        const pooler = yield* pgbouncer(first)
        const name = yield* address(first.port)
        const byName = (url: Redacted.Redacted): string => {
          const changed = new URL(Redacted.value(url))
          changed.port = String(name.port)
          return changed.href
        }
        const common = { VINSIGHT_SECRET: Redacted.value(testSecret), VINSIGHT_HOST: "127.0.0.1" }
        const api = yield* start("server", {
          ...common,
          VINSIGHT_API_PORT: "0",
          VINSIGHT_SIGNUP: "open",
          VINSIGHT_MAX_MONITORS: "100000",
          VINSIGHT_MIN_INTERVAL_SECONDS: "1",
          VINSIGHT_API_DATABASE_URL: Redacted.value(pooler.through(first.url(apiRole))),
          DATABASE_DIRECT_URL: byName(first.url(apiRole))
        })
        const worker = yield* start("worker", {
          ...common,
          VINSIGHT_WORKER_PORT: "0",
          VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8",
          VINSIGHT_HOST_CONCURRENCY: "1000",
          VINSIGHT_WORKER_DATABASE_URL: byName(first.url(workerRole))
        })
        const target = yield* serve(() => ({ status: 200, body: "fine" }))
        const people = client(api)
        yield* people.register

        /** What clients were told, by when: epoch milliseconds. */
        const created = new Map<string, number>()
        const calls = new Map<string, number>()
        const changes = new Map<string, number>()
        const served = { write: 0, read: 0 }
        const answers = new Map<number, number>()
        const load = { isOver: false }
        const ask = (method: string, path: string, body?: unknown) =>
          Effect.tap(people.ask(method, path, body), ({ status }) =>
            Effect.sync(() => void answers.set(status, (answers.get(status) ?? 0) + 1))
          )
        const create = Effect.fnUntraced(function* (name: string, paused: boolean) {
          const settings = { url: target.url }
          const answer = yield* ask("POST", "/monitors", {
            name,
            type: "http",
            settings,
            intervalSeconds,
            timeoutSeconds: 1
          })
          if (answer.status !== 201) return undefined
          const id: string = answer.body.data.id
          created.set(id, Date.now())
          served.write = Date.now()
          if (paused) yield* ask("POST", `/monitors/${id}/pause`)
          return id
        })
        const watched: Array<string> = []
        for (let index = 0; index < monitorCount; index++) watched.push((yield* create(`Site ${index}`, false))!)
        const tokens: Array<string> = []
        for (let index = 0; index < jobCount; index++) {
          const settings = { periodSeconds: 3600, graceSeconds: 3600 }
          const { body } = yield* ask("POST", "/monitors", { name: `Job ${index}`, type: "heartbeat", settings })
          const { body: known } = yield* ask("GET", `/monitors/${body.data.id}/heartbeat`)
          tokens.push(known.data.token)
          calls.set(tokens[index]!, 0)
        }

        const untilOver = <A>(act: (turn: number) => Effect.Effect<A>, between: Duration.Input = pause) =>
          Effect.gen(function* () {
            for (let turn = 0; !load.isOver; turn++) yield* Effect.andThen(act(turn), Effect.sleep(between))
          })
        const writing = (number: number) => untilOver((turn) => create(`Extra ${number}/${turn}`, true))
        const renaming = untilOver((turn) => {
          const id = watched[turn % monitorCount]!
          return Effect.map(ask("PATCH", `/monitors/${id}`, { name: `Renamed ${turn}` }), ({ status }) => {
            if (status === 200) changes.set(id, turn)
          })
        })
        const calling = (token: string) =>
          untilOver(
            () =>
              Effect.map(ask("GET", `/heartbeats/${token}`), ({ status }) => {
                if (status === 200) calls.set(token, calls.get(token)! + 1)
              }),
            callPause
          )
        const reading = untilOver(() =>
          Effect.map(ask("GET", "/monitors?limit=1"), ({ status }) => {
            if (status === 200) served.read = Date.now()
          })
        )
        const running = yield* Effect.forkChild(
          Effect.all([writing(0), writing(1), renaming, reading, ...tokens.map(calling)], { concurrency: "unbounded" })
        )

        // Under way: what is visible on the primary was acknowledged, and is what the standby has on its disk.
        const before = yield* resultsOf(first).pipe(
          Effect.delay("500 millis"),
          Effect.repeat({ until: (results) => results.length >= 5 * monitorCount }),
          Effect.timeout("60 seconds")
        )
        const killedAt = Date.now()
        first.signal("SIGKILL")
        yield* first.kill
        yield* promote(second)
        const promotedAt = Date.now()
        pooler.leadTo(second)
        name.leadTo(second.port)
        const untilServed = Effect.suspend(() =>
          Effect.sleep("20 millis").pipe(
            Effect.repeat({ until: () => served.write > promotedAt && served.read > promotedAt })
          )
        )
        yield* Effect.timeout(untilServed, returnLimitMs)
        const servedAfterMs = { write: served.write - promotedAt, read: served.read - promotedAt }
        const checked = Effect.map(
          resultsOf(second),
          (rows) => new Set(rows.filter(({ slot }) => slot > promotedAt).map(({ key }) => key.split("/")[0]!))
        )
        yield* Effect.sleep("200 millis").pipe(
          Effect.andThen(checked),
          Effect.repeat({ until: (known) => watched.every((id) => known.has(id)) }),
          Effect.timeout(checkLimitMs)
        )
        const checkedAfterMs = Date.now() - promotedAt
        yield* Effect.sleep(aftermath)
        load.isOver = true
        yield* Fiber.join(running)
        assert.isTrue(worker.isAlive() && api.isAlive())
        assert.deepStrictEqual([yield* worker.stop, yield* api.stop], [0, 0])

        const judged = yield* asRole(
          second.url(),
          Effect.gen(function* () {
            const sql = yield* PgClient.PgClient
            const monitors = yield* sql<{ id: string; name: string }>`SELECT id, name FROM monitors`
            const jobs = yield* sql<{ token: string; calls: number; rows: number }>`
            SELECT t.token, s.calls::int AS calls, count(h)::int AS rows
            FROM heartbeat_tokens t
            JOIN heartbeat_state s USING (tenant_id, monitor_id)
            JOIN heartbeats h USING (tenant_id, monitor_id)
            GROUP BY t.token, s.calls`
            const [incidents] = yield* sql<{ n: number }>`SELECT count(*)::int AS n FROM incidents`
            return { monitors, jobs, incidents: incidents!.n }
          })
        )
        const after = yield* resultsOf(second)
        const keys = new Set(after.map(({ key }) => key))
        const names = new Map(judged.monitors.map(({ id, name }) => [id, name]))
        const gaps = watched.map((id) =>
          longestGap(after.filter(({ key }) => key.startsWith(id)).map(({ slot }) => slot))
        )
        const totalCalls = [...calls.values()].reduce((sum, count) => sum + count, 0)
        yield* Effect.logInfo("figures of the failover").pipe(
          Effect.annotateLogs({
            promotedAfterMs: promotedAt - killedAt,
            servedAfterMs,
            checkedAfterMs,
            longestGapMs: Math.max(...gaps),
            monitors: created.size,
            heartbeats: totalCalls,
            renames: changes.size,
            resultsBeforeKill: before.length,
            results: after.length,
            answers: Object.fromEntries(answers)
          })
        )

        // Whoever could not be served was told so.
        assert.includeMembers([200, 201, 503], [...answers.keys()])
        // No acknowledged write is missing.
        assert.deepStrictEqual(
          [...created.keys()].filter((id) => !names.has(id)),
          []
        )
        for (const [id, turn] of changes) {
          // A later one may have been written without its answer having come.
          assert.isAtLeast(Number(/^Renamed (\d+)$/.exec(names.get(id) ?? "")?.[1]), turn)
        }
        for (const { calls: kept, rows, token } of judged.jobs) {
          assert.isAtLeast(kept, calls.get(token)!)
          assert.isAtLeast(rows, Math.min(kept, 1))
        }
        // No committed result is missing, none is there twice, and nobody was called down.
        assert.deepStrictEqual(
          before.filter(({ key }) => !keys.has(key)),
          []
        )
        assert.strictEqual(after.length, keys.size)
        assert.lengthOf(
          after.filter(({ status }) => status === "down"),
          0
        )
        assert.strictEqual(judged.incidents, 0)
        assert.isAtMost(Math.max(...gaps), promotedAt - killedAt + checkLimitMs)
      }),
    300_000
  )
})

/** Milliseconds between one slot and the next. */
const longestGap = (slots: ReadonlyArray<number>): number => {
  const sorted = slots.toSorted((a, b) => a - b)
  return Math.max(0, ...sorted.slice(1).map((slot, index) => slot - sorted[index]!))
}
