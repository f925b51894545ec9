/**
 * Where reports are read: history, uptime and the dashboard may be some seconds old, so a replica can answer them and
 * leave the primary to checks and changes. When it is away, is none, or lags behind too far, the primary answers; nobody
 * notices but the operator.
 */
import { PgClient } from "@effect/sql-pg"
import { Clock, Config, Context, Effect, Layer, Metric, Option, type Redacted, Schedule } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import * as Connections from "./Connections.ts"
import { intSetting } from "./intSetting.ts"
import { catchingUp, type Judgement, type Position, ReplicaLag } from "./ReplicaLag.ts"
import { describeSqlError } from "./SqlTrouble.ts"
import { TenantSql } from "./TenantSql.ts"

/** How often primary and replica are asked how far they are. */
const askEvery = "1 second"
const answerTimeout = "1 second"
/** Reports take milliseconds; one that takes longer than this is asked of the primary. */
const readTimeout = "2 seconds"

const unasked = "it was not asked yet"

const nowhere = Context.empty()
const reads = Metric.counter("vinsight_report_reads_total", {
  description: "Reads of reports, by the database that answered",
  incremental: true
})
const fromHere = Metric.withAttributes(reads, { from: "replica" })
const fromThere = Metric.withAttributes(reads, { from: "primary" })
const usable = Metric.gauge("vinsight_replica_usable", { description: "1 while reports are read from the replica" })
const lag = Metric.gauge("vinsight_replica_lag_seconds", {
  description: "How old the replica's data were at the last look"
})

type Read = TenantSql["Service"]["read"]

const maxLagSeconds = intSetting("VINSIGHT_REPLICA_MAX_LAG_SECONDS", { minimum: 1, maximum: 3600 }).pipe(
  Config.withDefault(30)
)

export class ReportSql extends Context.Service<
  ReportSql,
  {
    /** As TenantSql.read: one statement in a transaction of the caller's tenant, read only. */
    readonly read: Read
    /** Undefined when there is no replica. */
    readonly judgement: () => Judgement | undefined
  }
>()("@v-insight/database/ReportSql") {
  static readonly layer = Layer.effect(
    ReportSql,
    Effect.gen(function* () {
      const primary = yield* TenantSql
      const url = yield* Config.option(Connections.readUrl)
      if (Option.isNone(url)) return ReportSql.of({ read: primary.read, judgement: () => undefined })
      const as = yield* Connections.apiUrl
      return yield* withReplica(primary, Connections.withLoginOf(url.value, as), (yield* maxLagSeconds) * 1000)
    })
  )

  /** For repositories of reports: they read through TenantSql as all do, and this decides where from. */
  static readonly asTenantSql = Layer.effect(
    TenantSql,
    Effect.gen(function* () {
      const { read } = yield* ReportSql
      return TenantSql.of({ ...(yield* TenantSql), read })
    })
  )
}

const withReplica = Effect.fnUntraced(function* (
  primary: TenantSql["Service"],
  url: Redacted.Redacted,
  maxLagMs: number
) {
  const primarySql = yield* SqlClient.SqlClient
  const replicaLag = new ReplicaLag(maxLagMs)
  let replica: Replica | undefined
  let judgement: Judgement = { isUsable: false, lagMs: undefined, reason: unasked }

  const judge = (next: Judgement) =>
    Effect.suspend(() => {
      const before = judgement
      // Its first second, in which nothing is known, is worth no word.
      if (!before.isUsable && before.reason === unasked && !next.isUsable && next.reason === catchingUp)
        return Effect.void
      judgement = next
      usable.updateUnsafe(next.isUsable ? 1 : 0, nowhere)
      if (next.lagMs !== undefined) lag.updateUnsafe(next.lagMs / 1000, nowhere)
      if (next.isUsable) {
        return before.isUsable ? Effect.void : Effect.logInfo("Reports are read from the replica")
      }
      // Once, until it changes.
      return before.isUsable || before.reason === unasked
        ? Effect.logWarning("Reports are read from the primary: the replica cannot be used").pipe(
            Effect.annotateLogs({ reason: next.reason })
          )
        : Effect.void
    })
  const away = (reason: string) => judge({ isUsable: false, lagMs: judgement.lagMs, reason })

  /** Others need not try before the next look. A report that replay cancelled, or a slow one, says nothing of the next. */
  const unreachable = (error: SqlError.SqlError) =>
    error.reason._tag === "ConnectionError" ? away(`it does not answer (${describeSqlError(error)})`) : Effect.void

  const look = Effect.gen(function* () {
    replica ??= yield* open(url)
    const [ahead, behind] = yield* Effect.all([Effect.option(positionOf(primarySql)), positionOf(replica.sql)], {
      concurrency: 2
    })
    const now = yield* Clock.currentTimeMillis
    yield* judge(replicaLag.judge(now, Option.getOrUndefined(ahead), behind))
  }).pipe(Effect.catchTag("SqlError", (error) => away(`it does not answer (${describeSqlError(error)})`)))
  yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(askEvery)))

  const fromPrimary: Read = (query, ...parameters) =>
    Effect.suspend(() => {
      fromThere.updateUnsafe(1, nowhere)
      return primary.read(query, ...parameters)
    })
  const read: Read = <A extends ReadonlyArray<unknown>>(query: string, ...parameters: ReadonlyArray<unknown>) =>
    Effect.suspend(() => {
      if (replica === undefined || !judgement.isUsable) return fromPrimary<A>(query, ...parameters)
      return replica.tenantSql.read<A>(query, ...parameters).pipe(
        Effect.timeoutOption(readTimeout),
        Effect.catchDefect((defect) =>
          SqlError.isSqlError(defect)
            ? Effect.as(unreachable(defect), Option.none<ReadonlyArray<A>>())
            : Effect.die(defect)
        ),
        Effect.flatMap((rows) => {
          // What it does not know may be too new for it: nobody's new monitor is "not found".
          if (Option.isNone(rows) || rows.value.length === 0) return fromPrimary<A>(query, ...parameters)
          fromHere.updateUnsafe(1, nowhere)
          return Effect.succeed(rows.value)
        })
      )
    })
  return ReportSql.of({ read, judgement: () => judgement })
})

interface Replica {
  readonly sql: SqlClient.SqlClient
  readonly tenantSql: TenantSql["Service"]
}

/** A pool of its own, with the API's login; row-level security holds there as it does on the primary. */
const open = Effect.fnUntraced(function* (url: Redacted.Redacted) {
  const way = yield* Connections.wayTo(url)
  const context = yield* Layer.build(
    // Fresh, or it would be the primary's again.
    Layer.fresh(TenantSql.layer).pipe(Layer.provideMerge(PgClient.layer(Connections.apiSettings(url, way))))
  )
  return { sql: Context.get(context, SqlClient.SqlClient), tenantSql: Context.get(context, TenantSql) }
})

/** How far the write-ahead log is written, or replayed. */
const positionOf = (sql: SqlClient.SqlClient) =>
  sql<Position>`
    SELECT system_identifier::text AS system, pg_is_in_recovery() AS "isReplica",
      (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0')::float8 AS at
    FROM pg_control_system()`.pipe(
    Effect.map(([row]) => row!),
    Effect.timeoutOrElse({ duration: answerTimeout, orElse: () => Effect.fail(silent) })
  )

const silent = new SqlError.SqlError({
  reason: new SqlError.StatementTimeoutError({ cause: undefined, message: "no answer in time" })
})
