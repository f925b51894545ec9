/**
 * Takes what is over out of the cluster's tables: the messages and replies of workflows that have ended, which the
 * library keeps for ever. Those that sleep or run are not touched.
 */
import { PgClient } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Clock, Effect, Layer, Schedule } from "effect"
import { MachineId, Snowflake } from "effect/cluster"
import { prefixOf } from "../cluster/Cluster.ts"
import { limited } from "../sql/TimeLimit.ts"

const every = "15 minutes"
/** Whoever asks for a result of a workflow does so at once: ten minutes are plenty, milliseconds. */
const keptMs = 600_000
/** Workflows per statement. */
const batch = 200
/** 20,000 workflows; the rest a quarter of an hour later. */
const maxBatches = 100
const statementWithin = "30 seconds"

export const layer = (region: string) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const clean = yield* make(region)
      yield* clean(keptMs).pipe(
        Effect.catchTag("SqlError", (error) =>
          Effect.logWarning("Messages of the cluster cannot be cleaned up").pipe(
            Effect.annotateLogs({ reason: describeSqlError(error) })
          )
        ),
        Effect.repeat(Schedule.spaced(every)),
        Effect.delay(every),
        forkEssential
      )
    })
  )

/** Answers with how many workflows were forgotten that ended longer ago than this, milliseconds. */
export const make = Effect.fnUntraced(function* (region: string) {
  const sql = yield* PgClient.PgClient
  const [messages, replies] = [sql(`${prefixOf(region)}_messages`), sql(`${prefixOf(region)}_replies`)]

  return Effect.fnUntraced(function* (longerThanMs: number, { workflowsPerStatement = batch } = {}) {
    const timestamp = (yield* Clock.currentTimeMillis) - longerThanMs
    // Ids of replies begin with their time.
    const before = String(Snowflake.make({ machineId: MachineId.make(0), sequence: 0, timestamp }))
    // cross-tenant: the cluster's tables belong to nobody
    const cleanBatch = sql<{ cleaned: number }>`
      WITH ended AS (
        SELECT m.entity_id
        FROM ${messages} m
        JOIN ${replies} r ON r.id = m.last_reply_id
        WHERE m.entity_type LIKE 'Workflow/%' AND m.tag = 'run' AND m.processed
          AND m.entity_type <> 'Workflow/-/DurableClock'
          AND r.kind = 0 AND r.id < ${before}::bigint
          AND r.payload::jsonb #>> '{value,_tag}' IS DISTINCT FROM 'Suspended'
        LIMIT ${workflowsPerStatement}
      ), gone AS (
        DELETE FROM ${messages} m
        USING ended e
        WHERE m.entity_id = e.entity_id AND m.entity_type LIKE 'Workflow/%'
        RETURNING m.request_id
      ), answers AS (
        DELETE FROM ${replies} r
        USING gone g
        WHERE r.request_id = g.request_id
      )
      SELECT count(*)::integer AS cleaned FROM ended`
    let total = 0
    for (let round = 0; round < maxBatches; round++) {
      const [row] = yield* limited(cleanBatch, statementWithin)
      total += row!.cleaned
      if (row!.cleaned < workflowsPerStatement) break
    }
    return total
  })
})
