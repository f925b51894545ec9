/** Monitors with what is believed of them now. Every change tells the worker that schedules them, and open screens. */
import { NotFound } from "@v-insight/domain/api/Failures"
import type { Monitor, MonitorId, MonitorStatus } from "@v-insight/domain/model/Monitor"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { secretsOf } from "@v-insight/domain/monitor-types/registry"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Clock, Context, Effect, Layer, Option } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { SqlClient, type SqlError } from "effect/sql"
import { SecretBox, type Secrets } from "../SecretBox.ts"
import { TenantSql } from "../TenantSql.ts"
import * as heartbeatToken from "./heartbeatToken.ts"
import * as incidentTurn from "./incidentTurn.ts"
import { tellLive } from "./live.ts"
import { columnsOf, monitorColumns, type MonitorRow, statusOf, toMonitor, withStateOf } from "./monitorView.ts"
import type { Page, Paging } from "./Page.ts"
import * as regionStanding from "./regionStanding.ts"
import * as sealedSettings from "./sealedSettings.ts"

/** What people decide about a monitor; `settings` with the secret ones. */
export type MonitorValues = Pick<
  Monitor,
  | "name"
  | "type"
  | "settings"
  | "intervalSeconds"
  | "timeoutSeconds"
  | "confirmations"
  | "recoveryChecks"
  | "inverted"
  | "tags"
  | "regions"
  | "quorum"
>

/** The same for one that is there: settings that are undefined stay as they are, secrets too. */
export type MonitorChange = Omit<MonitorValues, "settings"> & {
  readonly settings: MonitorValues["settings"] | undefined
}

/** A monitor with its secret settings; none when they cannot be opened with this installation's key. */
export interface StoredMonitor {
  readonly monitor: Monitor
  readonly secrets: Option.Option<Secrets>
}

export interface MonitorFilter {
  readonly search?: string | undefined
  readonly status?: MonitorStatus | undefined
  readonly tag?: string | undefined
}

export type MonitorCounts = { readonly total: number } & Readonly<Record<MonitorStatus, number>>

type Change = Effect.Effect<Monitor, NotFound, TenantContext>

export class MonitorRepo extends Context.Service<
  MonitorRepo,
  {
    /** What needs attention first, then by name. */
    readonly list: (filter: MonitorFilter, paging: Paging) => Effect.Effect<Page<Monitor>, never, TenantContext>
    readonly summary: Effect.Effect<MonitorCounts, never, TenantContext>
    readonly get: (id: MonitorId) => Change
    /** For those who must not be told, but may use them: a try of the same monitor. */
    readonly getWithSecrets: (id: MonitorId) => Effect.Effect<StoredMonitor, NotFound, TenantContext>
    readonly insert: (values: MonitorValues) => Effect.Effect<Monitor, never, TenantContext>
    /** `decide` sees the monitor as it is, with its secrets, locked until its answer is written. */
    readonly update: <E, R>(
      id: MonitorId,
      decide: (current: StoredMonitor) => Effect.Effect<MonitorChange, E, R>
    ) => Effect.Effect<Monitor, NotFound | E, TenantContext | R>
    /** Can be undone by `restore`. Its open incident ends, and those who were told of it are told. */
    readonly remove: (id: MonitorId) => Change
    readonly restore: (id: MonitorId) => Change
    readonly setPaused: (id: MonitorId, isPaused: boolean) => Change
  }
>()("@v-insight/database/repo/MonitorRepo") {
  static readonly layer = Layer.effect(
    MonitorRepo,
    Effect.suspend(() => make)
  )
}

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { read, scoped } = yield* TenantSql
  const sealed = sealedSettings.make(yield* SecretBox)
  const live = tellLive(sql)
  const endIncident = incidentTurn.make(sql)
  const calls = heartbeatToken.make(sql)
  const columns = sql.literal(columnsOf)
  const withState = sql.literal(`FROM monitors m ${withStateOf}`)
  const standing = regionStanding.make(sql)

  const find = (tenantId: string, id: MonitorId, lock = sql.literal("")) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      sql`
        SELECT ${columns}
        ${withState}
        WHERE m.tenant_id = ${tenantId} AND m.id = ${id} AND m.deleted_at IS NULL
        ${lock}`.values.pipe(
        Effect.map(([row]) =>
          Option.map(Option.fromUndefinedOr(row as MonitorRow | undefined), (row) => toMonitor(row, now))
        )
      )
    )
  const getIn = (tenantId: string, id: MonitorId, lock = sql.literal("")) =>
    Effect.flatMap(
      find(tenantId, id, lock),
      Option.match({ onNone: () => Effect.fail(noMonitor), onSome: Effect.succeed })
    )

  const getStored = Effect.fnUntraced(function* (tenantId: string, id: MonitorId, lock = sql.literal("")) {
    const monitor = yield* getIn(tenantId, id, lock)
    const [row] = yield* sql<{ secrets: Uint8Array | null }>`
      SELECT secrets FROM monitors WHERE tenant_id = ${tenantId} AND id = ${id}`
    const secrets = yield* sealed.open(row?.secrets ?? null, { tenantId, rowId: id }).pipe(
      Effect.asSome,
      Effect.catchDefect(() => Effect.succeedNone)
    )
    return { monitor, secrets } satisfies StoredMonitor
  })

  /** The worker that owns the bucket reads the row again. */
  const tell = (tenantId: string, id: MonitorId) =>
    Effect.andThen(sql`SELECT pg_notify('monitor_changed', ${`${bucketOf(id)} ${id}`})`, live(tenantId))

  /** `set` says what changes and on which rows; answers with the monitor as it is then. */
  const changing = Effect.fnUntraced(function* (
    tenantId: string,
    id: MonitorId,
    statement: Effect.Effect<ReadonlyArray<object>, SqlError.SqlError>
  ) {
    const changed = yield* statement
    if (changed.length === 0) return yield* noMonitor
    yield* tell(tenantId, id)
    return yield* getIn(tenantId, id)
  })

  const seal = (tenantId: string, id: string, type: string, settings: MonitorValues["settings"]) =>
    sealed.seal(settings, secretsOf(type), { tenantId, rowId: id })

  return MonitorRepo.of({
    list: Effect.fn("MonitorRepo.list")(function* ({ search, status, tag }, { page, perPage }) {
      const now = yield* Clock.currentTimeMillis
      const pattern = search === undefined ? null : `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
      const rows = (limit: number, offset: number) =>
        read<readonly [...MonitorRow, total: number]>(list, limit, offset, pattern, status ?? null, tag ?? null)
      const items = yield* rows(perPage, (page - 1) * perPage)
      // Beyond the last page no row carries the count.
      const [counted] = items.length > 0 || page === 1 ? items : yield* rows(1, 0)
      return { items: items.map((row) => toMonitor(row, now)), total: counted?.[monitorColumns] ?? 0 }
    }),
    summary: Effect.gen(function* () {
      const rows = yield* scoped(
        (tenantId) => sql<{ status: MonitorStatus; count: number }>`
          SELECT ${sql.literal(statusOf)} AS status, count(*)::integer AS count
          ${withState}
          WHERE m.tenant_id = ${tenantId} AND m.deleted_at IS NULL
          GROUP BY 1`
      )
      const counts = { total: 0, up: 0, degraded: 0, down: 0, unknown: 0, pending: 0, paused: 0, maintenance: 0 }
      for (const row of rows) {
        counts[row.status] = row.count
        counts.total += row.count
      }
      return counts
    }).pipe(Effect.withSpan("MonitorRepo.summary")),
    get: Effect.fn("MonitorRepo.get")((id) => scoped((tenantId) => getIn(tenantId, id))),
    getWithSecrets: Effect.fn("MonitorRepo.getWithSecrets")((id) => scoped((tenantId) => getStored(tenantId, id))),
    insert: Effect.fn("MonitorRepo.insert")((values) => {
      const id = uuidV7Unsafe() as MonitorId
      return scoped(
        Effect.fnUntraced(function* (tenantId) {
          const { secretNames, secrets, settings } = yield* seal(tenantId, id, values.type, values.settings)
          yield* sql`
            INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, secrets, secret_names, interval_seconds,
              timeout_seconds, confirmations, recovery_checks, inverted, tags, regions, quorum, created_at, updated_at)
            VALUES (${tenantId}, ${id}, ${bucketOf(id)}, ${values.name}, ${values.type},
              ${settings}::jsonb, ${secrets}::bytea, ${secretNames}::text[], ${values.intervalSeconds},
              ${values.timeoutSeconds}, ${values.confirmations}, ${values.recoveryChecks}, ${values.inverted},
              ${values.tags}::text[], ${values.regions}::text[], ${values.quorum}::integer, clock_timestamp(),
              clock_timestamp())`
          yield* standing.begin(tenantId, id, values)
          yield* calls.fit(tenantId, id, values.type, undefined)
          yield* tell(tenantId, id)
          return yield* Effect.orDie(getIn(tenantId, id))
        })
      )
    }),
    update: Effect.fn("MonitorRepo.update")((id, decide) =>
      scoped(
        Effect.fnUntraced(function* (tenantId) {
          const current = yield* getStored(tenantId, id, sql`FOR UPDATE OF m`)
          const values = yield* decide(current)
          yield* calls.fit(tenantId, id, values.type, current.monitor.type)
          yield* standing.change(tenantId, id, current.monitor, values)
          const settings =
            values.settings === undefined
              ? sql.literal("")
              : yield* Effect.map(
                  seal(tenantId, id, values.type, values.settings),
                  ({ secretNames, secrets, settings }) =>
                    sql`settings = ${settings}::jsonb, secrets = ${secrets}::bytea, secret_names = ${secretNames}::text[],`
                )
          return yield* changing(
            tenantId,
            id,
            sql`
              UPDATE monitors
              SET name = ${values.name}, type = ${values.type}, ${settings} interval_seconds = ${values.intervalSeconds},
                timeout_seconds = ${values.timeoutSeconds}, confirmations = ${values.confirmations},
                recovery_checks = ${values.recoveryChecks}, inverted = ${values.inverted}, tags = ${values.tags}::text[],
                regions = ${values.regions}::text[], quorum = ${values.quorum}::integer, updated_at = clock_timestamp()
              WHERE tenant_id = ${tenantId} AND id = ${id}
              RETURNING id`
          )
        })
      )
    ),
    remove: Effect.fn("MonitorRepo.remove")(function* (id) {
      const { userId } = yield* TenantContext
      return yield* scoped(
        Effect.fnUntraced(function* (tenantId) {
          const monitor = yield* getIn(tenantId, id, sql`FOR UPDATE OF m`)
          yield* endIncident({ tenantId, userId, incident: { ofMonitor: id } })
          yield* sql`
            UPDATE monitors
            SET deleted_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id}`
          yield* tell(tenantId, id)
          return monitor
        })
      )
    }),
    restore: Effect.fn("MonitorRepo.restore")((id) =>
      scoped((tenantId) =>
        calls.expectAnew(tenantId, id).pipe(
          // Its incident ended with the removal: what is still wrong opens a new one. Nobody owns its state meanwhile.
          Effect.andThen(sql`
            UPDATE monitor_state s
            SET status = 'pending', since_ms = 0, failures = 0, successes = 0, is_incident_open = false
            FROM monitors m
            WHERE s.tenant_id = ${tenantId} AND s.monitor_id = ${id}
              AND m.tenant_id = s.tenant_id AND m.id = s.monitor_id AND m.deleted_at IS NOT NULL`),
          Effect.andThen(standing.beginAnew(tenantId, id)),
          Effect.andThen(
            changing(
              tenantId,
              id,
              sql`
              UPDATE monitors
              SET deleted_at = NULL, updated_at = clock_timestamp()
              WHERE tenant_id = ${tenantId} AND id = ${id}
              RETURNING id`
            )
          )
        )
      )
    ),
    setPaused: Effect.fn("MonitorRepo.setPaused")((id, isPaused) =>
      scoped((tenantId) =>
        Effect.andThen(
          isPaused ? Effect.void : calls.expectAnew(tenantId, id),
          changing(
            tenantId,
            id,
            sql`
            UPDATE monitors
            SET paused = ${isPaused}, updated_at = clock_timestamp()
            WHERE tenant_id = ${tenantId} AND id = ${id} AND deleted_at IS NULL
            RETURNING id`
          )
        )
      )
    )
  })
})

/**
 * Hot. 50 of 50: primary keys of both tables, a hash join and a sort, 0.4 ms in PostgreSQL. The count rides along. One
 * text for every filter: made anew per request, the text cost Node more than its answer.
 */
const list = `
  SELECT ${columnsOf}, count(*) OVER ()::integer AS total
  FROM monitors m
  ${withStateOf}
  WHERE m.tenant_id = tenant.id
    AND m.deleted_at IS NULL
    AND ($4::text IS NULL OR m.name ILIKE $4 OR m.settings ->> 'url' ILIKE $4 OR m.settings ->> 'host' ILIKE $4)
    AND ($5::text IS NULL OR ${statusOf} = $5)
    AND ($6::text IS NULL OR $6 = ANY (m.tags))
  ORDER BY
    CASE ${statusOf} WHEN 'down' THEN 1 WHEN 'degraded' THEN 2 WHEN 'unknown' THEN 3 WHEN 'pending' THEN 4
                     WHEN 'up' THEN 5 ELSE 6 END,
    lower(m.name), m.id
  LIMIT $2 OFFSET $3`

const noMonitor = new NotFound({ message: "There is no such monitor." })
