/**
 * The hot reads of history as the product sends them: written down on their way to PostgreSQL, so that their plans and
 * times are told of the very statement, as the API's role under row-level security.
 */
import { PgClient } from "@effect/sql-pg"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import { HistoryRepo } from "@v-insight/database/repo/HistoryRepo"
import { MonitorRepo } from "@v-insight/database/repo/MonitorRepo"
import { OverviewRepo } from "@v-insight/database/repo/OverviewRepo"
import { SecretBox } from "@v-insight/database/SecretBox"
import { inTenant, TenantSql } from "@v-insight/database/TenantSql"
import type { SessionId } from "@v-insight/domain/model/Session"
import type { TenantId } from "@v-insight/domain/model/Tenant"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import type { UserId } from "@v-insight/domain/model/User"
import { stepsOf } from "@v-insight/domain/rules/seriesSteps"
import { Effect, Layer, Redacted } from "effect"
import { type Client, escapeLiteral } from "pg"
import { secret } from "./database.ts"

export interface Statement {
  readonly text: string
  readonly parameters: ReadonlyArray<unknown>
}

export interface HotReads {
  readonly list: Statement
  /** Of the bars: days that are over. */
  readonly days: Statement
  /** Of the bars and the sparkline: what is newer. */
  readonly hours: Statement
  readonly uptime: Statement
  readonly percentiles: Statement
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const midnight = (at: number): number => Math.floor(at / dayMs) * dayMs
const fullHour = (at: number): number => Math.floor(at / hourMs) * hourMs

/** As the handlers ask: a page of 100 with bars of 90 days, and the first of its monitors. */
export const hotReads = (apiUrl: string, tenantId: string): Promise<HotReads> => {
  const sent: Array<Statement> = []
  const Recording = Layer.effect(
    TenantSql,
    Effect.map(TenantSql, (real) => ({
      ...real,
      read: <A extends ReadonlyArray<unknown>>(query: string, ...parameters: ReadonlyArray<unknown>) => {
        sent.push({ text: inTenant(query), parameters: [tenantId, ...parameters] })
        return real.read<A>(query, ...parameters)
      }
    }))
  ).pipe(Layer.provide(TenantSql.layer))
  const Repositories = Layer.mergeAll(MonitorRepo.layer, OverviewRepo.layer, HistoryRepo.layer).pipe(
    Layer.provide(Recording),
    Layer.provide(SecretBox.layer),
    Layer.provide(Layer.succeed(Keys, Keys.fromSecret(Redacted.make(secret)))),
    Layer.provide(PgClient.layer(Connections.apiSettings(Redacted.make(apiUrl))))
  )
  const newest = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(effect, () => sent.at(-1)!)
  const all = Effect.gen(function* () {
    const [monitors, overview, history] = [yield* MonitorRepo, yield* OverviewRepo, yield* HistoryRepo]
    const now = Date.now()
    const { items } = yield* monitors.list({}, { page: 1, perPage: 100 })
    const list = sent.at(-1)!
    const ids = items.map(({ id }) => id)
    const before = sent.length
    yield* overview.listPasts(ids, {
      days: midnight(now) - 89 * dayMs,
      hours: fullHour(now) - 23 * hourMs,
      to: now
    })
    const [days, hours] = sent.slice(before) as unknown as readonly [Statement, Statement]
    const spans = [
      { level: "5m", from: now - dayMs - (now % 300_000) },
      { level: "1h", from: fullHour(now - 7 * dayMs) },
      { level: "1h", from: fullHour(now - 30 * dayMs) },
      { level: "1d", from: midnight(now - 90 * dayMs) },
      { level: "1d", from: midnight(now - 365 * dayMs) }
    ] as const
    return {
      list,
      days,
      hours,
      uptime: yield* newest(history.getPast(ids[0]!, spans, now)),
      percentiles: yield* newest(history.listSteps(ids[0]!, stepsOf(now - 30 * dayMs, now, 500, now)))
    }
  })
  return Effect.runPromise(
    all.pipe(
      Effect.provideService(TenantContext, {
        tenantId: tenantId as TenantId,
        userId: tenantId as UserId,
        sessionId: tenantId as SessionId,
        role: "viewer"
      }),
      Effect.provide(Repositories)
    )
  )
}

/** Prepared, as the product's are: from the sixth time on PostgreSQL may keep one plan for all parameters. */
const settled = 6

/** Its times in a client that does not even look at the answer, milliseconds. */
export const timesOf = async (client: Client, name: string, statement: Statement, turns: number) => {
  const query = {
    name,
    text: statement.text,
    values: [...statement.parameters],
    types: { getTypeParser: () => (text: string) => text }
  }
  for (let turn = 0; turn < settled; turn++) await client.query(query)
  const times: Array<number> = []
  for (let turn = 0; turn < turns; turn++) {
    const begun = performance.now()
    await client.query(query)
    times.push(performance.now() - begun)
  }
  return times
}

const literalOf = (value: unknown): string =>
  value === null
    ? "NULL"
    : Array.isArray(value)
      ? escapeLiteral(`{${value.map(String).join(",")}}`)
      : typeof value === "number"
        ? String(value)
        : escapeLiteral(value as string)

/** The plan that connections settle on, warm: one line per node that ran, buffers once. */
export const planOf = async (client: Client, name: string, { parameters, text }: Statement) => {
  await client.query(`PREPARE ${name} AS ${text}`)
  const call = `EXECUTE ${name} (${parameters.map(literalOf).join(", ")})`
  for (let turn = 0; turn < settled; turn++) await client.query(call)
  const { rows } = await client.query<{ "QUERY PLAN": string }>(
    `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY ON) ${call}`
  )
  await client.query(`DEALLOCATE ${name}`)
  const lines = rows.map((row) => row["QUERY PLAN"])
  const buffers = lines.find((line) => line.includes("Buffers:"))
  return [
    ...lines.filter((line) => isNode(line) && !line.includes("never executed")),
    ...(buffers === undefined ? [] : [buffers.trim()]),
    ...lines.filter((line) => /^(Planning|Execution) Time/.test(line))
  ].map((line) => line.replaceAll("  ", " ").replace(/actual /, ""))
}

const isNode = (line: string): boolean => /->|^\S.*\(actual/.test(line)
