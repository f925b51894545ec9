/** The estate as monitors of the demo's tenant: made once, and led to where its servers listen at each start. */
import { type MonitorChange, MonitorRepo, type MonitorValues } from "@v-insight/database/repo/MonitorRepo"
import { TenantSql } from "@v-insight/database/TenantSql"
import type { MonitorId } from "@v-insight/domain/model/Monitor"
import { MonitorSpec } from "@v-insight/domain/monitor-types/registry"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { confirmations } from "./chronicle.ts"
import type { Watched } from "./Watched.ts"

/** Ids by the estate's keys. */
export type MonitorIds = Readonly<Record<string, MonitorId>>

const complete = Schema.decodeUnknownEffect(MonitorSpec)
const encode = Schema.encodeUnknownEffect(MonitorSpec)

/** With everything that people leave out, as the form would store it. */
const settingsOf = ({ settings, type }: Watched) =>
  complete({ type, settings }).pipe(
    Effect.flatMap(encode),
    Effect.map((spec) => spec.settings as unknown as MonitorValues["settings"]),
    Effect.orDie
  )

const valuesOf = Effect.fnUntraced(function* (watched: Watched) {
  const { intervalSeconds, inverted = false, name, recoveryChecks = 1, tags, timeoutSeconds = 10, type } = watched
  const settings = yield* settingsOf(watched)
  const cadence = { intervalSeconds, timeoutSeconds, confirmations, recoveryChecks }
  return {
    name,
    type,
    settings,
    ...cadence,
    inverted,
    tags,
    regions: [],
    quorum: null,
    degradedAfterMs: null,
    parentIds: []
  }
})

/** Made as of `sinceOf` (epoch milliseconds), so that history belongs to them. */
export const makeMonitors = Effect.fn("demo.makeMonitors")(function* (
  estate: ReadonlyArray<Watched>,
  sinceOf: (watched: Watched) => number
) {
  const monitors = yield* MonitorRepo
  const ids = yield* Effect.forEach(estate, (watched) =>
    valuesOf(watched).pipe(
      // Without parents, nothing is refused.
      Effect.flatMap((values) => Effect.orDie(monitors.insert(values))),
      Effect.map(({ id }) => [watched.key, id] as const)
    )
  )
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const rows = estate.map((watched, index) => ({ id: ids[index]?.[1], since: sinceOf(watched) }))
  yield* scoped(
    (tenantId) => sql`
      UPDATE monitors m
      SET created_at = from_millis(s.since), updated_at = from_millis(s.since)
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS s(id uuid, since bigint)
      WHERE m.tenant_id = ${tenantId} AND m.id = s.id`
  )
  return Object.fromEntries(ids) as MonitorIds
})

/** For as long as history is written: `paused` monitors are expected to have done what they did. */
export const setPace = Effect.fn("demo.setPace")(function* (
  ids: MonitorIds,
  paces: ReadonlyArray<{ readonly key: string; readonly intervalSeconds: number; readonly paused: boolean }>
) {
  const sql = yield* SqlClient.SqlClient
  const { scoped } = yield* TenantSql
  const rows = paces.map(({ intervalSeconds, key, paused }) => ({ id: ids[key], seconds: intervalSeconds, paused }))
  yield* scoped(
    (tenantId) => sql`
      UPDATE monitors m
      SET interval_seconds = p.seconds, paused = p.paused
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS p(id uuid, seconds integer, paused boolean)
      WHERE m.tenant_id = ${tenantId} AND m.id = p.id`
  )
})

/** Servers may listen elsewhere than last time; monitors that people have removed meanwhile stay away. */
export const leadMonitors = Effect.fn("demo.leadMonitors")(function* (estate: ReadonlyArray<Watched>, ids: MonitorIds) {
  const monitors = yield* MonitorRepo
  yield* Effect.forEach(
    estate,
    Effect.fnUntraced(function* (watched) {
      const id = ids[watched.key]
      if (id === undefined) return
      const { settings } = yield* valuesOf(watched)
      yield* monitors
        .update(id, ({ monitor }) => Effect.succeed({ ...monitor, settings } satisfies MonitorChange))
        .pipe(Effect.catchTag("NotFound", () => Effect.void))
    }),
    { discard: true }
  )
})
