/** Calls of the demo's jobs: those of the past as rows, those to come by HTTP, as jobs call. */
import { HeartbeatRepo } from "@v-insight/database/repo/HeartbeatRepo"
import { rfc3339 } from "@v-insight/database/repo/instant"
import { TenantSql } from "@v-insight/database/TenantSql"
import { dueAfter } from "@v-insight/domain/rules/heartbeat"
import { Clock, Effect, Random } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { SqlClient } from "effect/sql"
import { type Chance, chanceOf } from "./chance.ts"
import { circumstanceAt, type Episode } from "./Episode.ts"
import type { MonitorIds } from "./monitors.ts"
import { answerUs } from "./Rhythm.ts"
import { scheduleOf } from "./schedule.ts"
import type { Story, Telling } from "./story.ts"
import type { Watched } from "./Watched.ts"

/** As many as the page of a monitor shows at first, and some. */
const keptCalls = 40

interface Call {
  readonly startedAt: number
  readonly endedAt: number
  readonly isFailed: boolean
}

/** This one has never called: somebody has just set it up. */
const silent = "stocktaking"

const isCalling = ({ key, type }: Watched): boolean => type === "heartbeat" && key !== silent

const graceMs = 30_000

const lastsMs = (watched: Watched, at: number, chance: Chance): number =>
  Math.round(answerUs(watched.rhythm, at, 1, chance) / 1000)

/** What is late by more is another call's lateness. */
const longestMs = 7_200_000
const isLate = ({ circumstance }: Episode): boolean =>
  circumstance.kind === "down" && circumstance.failure.error.code === "heartbeat_late"

/** Those of the past, the oldest first. A job whose call was due while the story says "down" came later, or failed. */
const callsOf = (watched: Watched, story: Story, { now, seed }: Telling): ReadonlyArray<Call> => {
  const chance = chanceOf(`${seed} ${watched.key} calls`)
  const schedule = scheduleOf(watched)
  const episodes = story.get(watched.key) ?? []
  const span = schedule.kind === "period" ? schedule.periodMs * keptCalls : 45 * 86_400_000
  const calls: Array<Call> = []
  for (let due = dueAfter(schedule, now - span, graceMs); due < now; due = dueAfter(schedule, due, graceMs)) {
    const lastMs = lastsMs(watched, due, chance)
    const late = episodes.find((episode) => isLate(episode) && episode.from > due && episode.from < due + longestMs)
    const startedAt =
      late === undefined ? due + Math.round(chance() * 1_500) : Math.round(late.to - lastMs - chance() * 60_000)
    const circumstance = circumstanceAt(episodes, startedAt + lastMs)
    const isFailed = circumstance?.kind === "down" && circumstance.failure.error.code === "heartbeat_failed"
    if (startedAt + lastMs < now) calls.push({ startedAt, endedAt: startedAt + lastMs, isFailed })
  }
  return calls.slice(-keptCalls)
}

const told = (watched: Watched, { endedAt, isFailed, startedAt }: Call): string =>
  isFailed
    ? `${watched.name}: no space left on device\nexit status 1\n`
    : `${watched.name}: done in ${((endedAt - startedAt) / 1000).toFixed(1)} s\n`

/** Jobs are watched since `telling.from`, and calls could be received all that time. */
export const writeCalls = Effect.fn("demo.writeCalls")(function* (
  estate: ReadonlyArray<Watched>,
  ids: MonitorIds,
  story: Story,
  telling: Telling
) {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  yield* sql`
    INSERT INTO heartbeat_reception (since, until)
    VALUES (${rfc3339(telling.from)}::timestamptz, ${rfc3339(telling.now)}::timestamptz)`
  const rows = estate.filter(isCalling).flatMap((watched) =>
    callsOf(watched, story, telling).flatMap((call, index) => {
      const { endedAt, isFailed, startedAt } = call
      const common = { id: ids[watched.key], exitCode: null, durationMs: null, body: null }
      return [
        { ...common, number: 2 * index + 1, at: startedAt, kind: "start" },
        {
          ...common,
          number: 2 * index + 2,
          at: endedAt,
          kind: isFailed ? "fail" : "success",
          exitCode: isFailed ? 1 : 0,
          durationMs: endedAt - startedAt,
          body: told(watched, call)
        }
      ]
    })
  )
  yield* scoped((tenantId) =>
    sql`
      INSERT INTO heartbeats (tenant_id, monitor_id, number, received_at, kind, exit_code, duration_ms, method, address,
        user_agent, body)
      SELECT ${tenantId}, c.id, c.number, from_millis(c.at), c.kind, c."exitCode", c."durationMs", 'POST', '127.0.0.1',
        'curl/8.14.1', c.body
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS c(id uuid, number bigint, at bigint, kind text,
        "exitCode" smallint, "durationMs" bigint, body text)`.pipe(
      Effect.andThen(sql`
        UPDATE heartbeat_state s
        SET calls = h.calls, expected_since = ${rfc3339(telling.from)}::timestamptz, last_call_at = h.ended,
          last_kind = 'success', last_start_at = h.started, last_success_at = h.succeeded, last_fail_at = h.failed,
          last_outcome = 'success', last_exit_code = 0, last_duration_ms = h.lasted
        FROM (SELECT monitor_id, max(number) AS calls,
                max(received_at) FILTER (WHERE kind = 'start') AS started,
                max(received_at) FILTER (WHERE kind = 'success') AS succeeded,
                max(received_at) FILTER (WHERE kind = 'fail') AS failed,
                max(received_at) AS ended,
                (array_agg(duration_ms ORDER BY number DESC))[1] AS lasted
              FROM heartbeats WHERE tenant_id = ${tenantId} GROUP BY 1) AS h
        WHERE s.tenant_id = ${tenantId} AND s.monitor_id = h.monitor_id`)
    )
  )
})

/** Making all this up takes longer than the API may be silent without jobs being in doubt. */
export const heardUntilNow = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`UPDATE heartbeat_reception SET until = clock_timestamp()`
)

/** The address that each job calls, by the estate's keys. */
export const tokensOf = Effect.fn("demo.tokensOf")(function* (estate: ReadonlyArray<Watched>, ids: MonitorIds) {
  const heartbeats = yield* HeartbeatRepo
  const tokens = yield* Effect.forEach(estate.filter(isCalling), (watched) => {
    const id = ids[watched.key]
    return id === undefined
      ? Effect.succeed([])
      : heartbeats.getToken(id).pipe(
          Effect.map((token) => [{ watched, token }]),
          // Somebody removed the monitor: its job is not needed any more.
          Effect.catchTag("NotFound", () => Effect.succeed([]))
        )
  })
  return tokens.flat()
})

export interface Job {
  readonly watched: Watched
  readonly token: string
}

/** Each job calls when it is due, for as long as the demo runs; `api` is where. Trouble is the next call's. */
export const keepCalling = (
  jobs: ReadonlyArray<Job>,
  api: string
): Effect.Effect<never, never, HttpClient.HttpClient> =>
  Effect.andThen(
    Effect.forEach(jobs, (job) => callAgainAndAgain(job, api), { concurrency: "unbounded", discard: true }),
    Effect.never
  )

/** What runs by period runs at once: who knows how long ago it did. */
const callAgainAndAgain = Effect.fnUntraced(function* (job: Job, api: string) {
  const schedule = scheduleOf(job.watched)
  if (schedule.kind === "period") yield* run(job, api)
  while (true) {
    const now = yield* Clock.currentTimeMillis
    yield* Effect.sleep(dueAfter(schedule, now, graceMs) - now)
    yield* run(job, api)
  }
})

const run = Effect.fnUntraced(function* ({ token, watched }: Job, api: string) {
  const client = yield* HttpClient.HttpClient
  const call = (suffix: string, body: string) =>
    client
      .execute(
        HttpClientRequest.post(`${api}/api/v1/heartbeats/${token}${suffix}`).pipe(
          HttpClientRequest.setHeader("user-agent", "curl/8.14.1"),
          HttpClientRequest.bodyText(body)
        )
      )
      .pipe(Effect.timeout("10 seconds"), Effect.ignore)
  const startedAt = yield* Clock.currentTimeMillis
  const seed = yield* Random.nextInt
  const lastMs = lastsMs(watched, startedAt, chanceOf(String(seed)))
  yield* call("/start", "")
  yield* Effect.sleep(lastMs)
  yield* call("", told(watched, { startedAt, endedAt: startedAt + lastMs, isFailed: false }))
})
