/** Monitors with what is believed of them now. Every change tells the worker that schedules them, and open screens. */
import { type Conflict, NotFound, type ValidationFailed } from "@v-insight/domain/api/Failures"
import type { Monitor, MonitorId } from "@v-insight/domain/model/Monitor"
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
import * as judgedRules from "./judgedRules.ts"
import { tellLive } from "./live.ts"
import { columnsOf, type MonitorRow, toMonitor, withStateOf } from "./monitorView.ts"
import * as monitorList from "./monitorList.ts"
import type { MonitorList } from "./monitorList.ts"
import * as monitorParents from "./monitorParents.ts"
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
  | "degradedAfterMs"
  | "parentIds"
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

type Change = Effect.Effect<Monitor, NotFound, TenantContext>

export class MonitorRepo extends Context.Service<
  MonitorRepo,
  MonitorList & {
    readonly get: (id: MonitorId) => Change
    /** For those who must not be told, but may use them: a try of the same monitor. */
    readonly getWithSecrets: (id: MonitorId) => Effect.Effect<StoredMonitor, NotFound, TenantContext>
    /** Fails when it names parents that the tenant does not have, or its tags bring it more rules than are judged. */
    readonly insert: (values: MonitorValues) => Effect.Effect<Monitor, Conflict | ValidationFailed, TenantContext>
    /** `decide` sees the monitor as it is, with its secrets, locked until its answer is written. */
    readonly update: <E, R>(
      id: MonitorId,
      decide: (current: StoredMonitor) => Effect.Effect<MonitorChange, E, R>
    ) => Effect.Effect<Monitor, Conflict | NotFound | ValidationFailed | E, TenantContext | R>
    /** Can be undone by `restore`. Its open incident ends, and those who were told of it are told. */
    readonly remove: (id: MonitorId) => Change
    readonly restore: (id: MonitorId) => Effect.Effect<Monitor, Conflict | NotFound, TenantContext>
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
  const tenants = yield* TenantSql
  const { scoped } = tenants
  const sealed = sealedSettings.make(yield* SecretBox)
  const live = tellLive(sql)
  const endIncident = incidentTurn.make(sql)
  const calls = heartbeatToken.make(sql)
  const columns = sql.literal(columnsOf)
  const withState = sql.literal(`FROM monitors m ${withStateOf}`)
  const standing = regionStanding.make(sql)
  const parents = monitorParents.make(sql)
  const { whileMonitorChanges } = judgedRules.make(sql)

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
    ...monitorList.make(sql, tenants),
    get: Effect.fn("MonitorRepo.get")((id) => scoped((tenantId) => getIn(tenantId, id))),
    getWithSecrets: Effect.fn("MonitorRepo.getWithSecrets")((id) => scoped((tenantId) => getStored(tenantId, id))),
    insert: Effect.fn("MonitorRepo.insert")((values) => {
      const id = uuidV7Unsafe() as MonitorId
      return scoped(
        Effect.fnUntraced(function* (tenantId) {
          const { secretNames, secrets, settings } = yield* seal(tenantId, id, values.type, values.settings)
          const written = sql`
            INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, secrets, secret_names, interval_seconds,
              timeout_seconds, confirmations, recovery_checks, inverted, tags, regions, quorum, degraded_after_ms,
              created_at, updated_at)
            VALUES (${tenantId}, ${id}, ${bucketOf(id)}, ${values.name}, ${values.type},
              ${settings}::jsonb, ${secrets}::bytea, ${secretNames}::text[], ${values.intervalSeconds},
              ${values.timeoutSeconds}, ${values.confirmations}, ${values.recoveryChecks}, ${values.inverted},
              ${values.tags}::text[], ${values.regions}::text[], ${values.quorum}::integer,
              ${values.degradedAfterMs}::integer, clock_timestamp(), clock_timestamp())`
          yield* whileMonitorChanges(tenantId, id, written)
          yield* parents.write(tenantId, { id, name: values.name }, values.parentIds)
          yield* standing.begin(tenantId, id, values)
          yield* calls.fit(tenantId, id, values.type, undefined)
          yield* tell(tenantId, id)
          return yield* Effect.orDie(getIn(tenantId, id))
        })
      )
    }),
    update: Effect.fn("MonitorRepo.update")(function* (id, decide) {
      const { userId } = yield* TenantContext
      return yield* scoped(
        Effect.fnUntraced(function* (tenantId) {
          // Not FOR UPDATE: somebody else may name it as a parent meanwhile, which would be a deadlock.
          const current = yield* getStored(tenantId, id, sql`FOR NO KEY UPDATE OF m`)
          const values = yield* decide(current)
          yield* calls.fit(tenantId, id, values.type, current.monitor.type)
          // Before incidents, as the workers that write a verdict do: the other way round each could wait for the other.
          yield* standing.change(tenantId, id, current.monitor, values)
          // Nobody would end what they have raised: the workers there know nothing of it.
          if (yield* standing.isJudgedElsewhere(current.monitor, values)) {
            yield* endIncident({ tenantId, userId, incident: { ofRulesOf: id } })
          }
          yield* parents.write(tenantId, { id, name: values.name }, values.parentIds)
          const settings =
            values.settings === undefined
              ? sql.literal("")
              : yield* Effect.map(
                  seal(tenantId, id, values.type, values.settings),
                  ({ secretNames, secrets, settings }) =>
                    sql`settings = ${settings}::jsonb, secrets = ${secrets}::bytea, secret_names = ${secretNames}::text[],`
                )
          const changed = changing(
            tenantId,
            id,
            sql`
              UPDATE monitors
              SET name = ${values.name}, type = ${values.type}, ${settings} interval_seconds = ${values.intervalSeconds},
                timeout_seconds = ${values.timeoutSeconds}, confirmations = ${values.confirmations},
                recovery_checks = ${values.recoveryChecks}, inverted = ${values.inverted}, tags = ${values.tags}::text[],
                regions = ${values.regions}::text[], quorum = ${values.quorum}::integer,
                degraded_after_ms = ${values.degradedAfterMs}::integer, updated_at = clock_timestamp()
              WHERE tenant_id = ${tenantId} AND id = ${id}
              RETURNING id`
          )
          const isTaggedAnew = values.tags.some((tag) => !current.monitor.tags.includes(tag))
          return yield* isTaggedAnew ? whileMonitorChanges(tenantId, id, changed) : changed
        })
      )
    }),
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
            SET status = 'pending', since_ms = 0, failures = 0, successes = 0, is_incident_open = false, memory = NULL
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
          ),
          (restored) => whileMonitorChanges(tenantId, id, restored)
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

const noMonitor = new NotFound({ message: "There is no such monitor." })
