/** Channels with receivers, incidents and their messages as the worker's decisions leave them, and what became of them. */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { PgClient } from "@effect/sql-pg"
import { Keys } from "@v-insight/database/Keys"
import { SecretBox } from "@v-insight/database/SecretBox"
import { testSecret } from "@v-insight/database/testing/constants"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { ConfigProvider, Effect, Layer } from "effect"
import { Alerting } from "../../alerting/Alerting.ts"
import { Changes } from "../../Changes.ts"
import * as DeliveryQueue from "../DeliveryQueue.ts"
import { Outbound } from "../../net/Outbound.ts"
import * as Notifier from "../../Notifier.ts"
import { Recorder } from "../../Recorder.ts"
import { eventuallyWithin } from "../../testing/eventually.ts"
import { asSuperuser, insertMonitor, newId } from "../../testing/Seed.ts"

const Allowed = ConfigProvider.layer(ConfigProvider.fromUnknown({ VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8" }))

/** The notifier as the worker has it, over the real ways out; with the recorder that wakes it. */
export const Notifying = notifyingOver(Layer.empty)

/** `Other` in the place of some of the ways out. */
export function notifyingOver<A>(Other: Layer.Layer<A>) {
  return Notifier.layer.pipe(
    Layer.provide(Other),
    Layer.provide([Outbound.layer, Alerting.layer]),
    Layer.provideMerge(Recorder.layer("default")),
    Layer.provide([Changes.layer, DeliveryQueue.layer]),
    Layer.provide([SecretBox.layer, NodeCrypto.layer, Allowed]),
    Layer.provide(Layer.succeed(Keys, Keys.fromSecret(testSecret))),
    Layer.provide(TestDatabase.worker)
  )
}

export const query = <A extends object>(ask: (sql: PgClient.PgClient) => Effect.Effect<ReadonlyArray<A>, unknown>) =>
  Effect.flatMap(PgClient.PgClient, ask).pipe(asSuperuser, Effect.orDie)

export const eventually = eventuallyWithin("30 seconds")

export interface Told {
  readonly tenantId: string
  readonly channelId: string
  readonly ruleId?: string
}

interface MessageSeed {
  readonly type: string
  readonly sequence?: number
  /** Seconds from now. */
  readonly dueIn?: number
}

const wake = query((sql) => sql`SELECT pg_notify('notifications_pending', '')`)

/** An incident of a monitor of its own and its messages to each of the channels. */
export const insertIncident = Effect.fnUntraced(function* (
  channels: ReadonlyArray<Told>,
  messages: ReadonlyArray<MessageSeed>,
  seed: { readonly tags?: ReadonlyArray<string>; readonly severity?: string } = {}
) {
  const [{ tenantId }] = channels as readonly [Told]
  const monitor = yield* insertMonitor({ tenantId, tags: seed.tags ?? [] })
  const id = newId()
  yield* query(
    (sql) => sql`
      INSERT INTO incidents (tenant_id, id, monitor_id, started_at, cause_code, cause_message, severity)
      VALUES (${tenantId}, ${id}, ${monitor.id}, now(), 'timeout', 'It timed out.', ${seed.severity ?? "critical"})`
  )
  for (const { channelId, ruleId } of channels) yield* insertMessages({ tenantId, channelId, ruleId }, id, messages)
  return { id, monitorId: monitor.id }
})

export const insertMessages = Effect.fnUntraced(function* (
  told: { readonly tenantId: string; readonly channelId: string; readonly ruleId?: string | undefined },
  incidentId: string,
  messages: ReadonlyArray<MessageSeed>
) {
  for (const { dueIn = 0, sequence = 0, type } of messages) {
    const event = {
      type,
      timestamp: "2026-11-21T12:00:00.000Z",
      data: { incident: null, monitor: null, check: null }
    }
    yield* query(
      (sql) => sql`
        INSERT INTO notifications (tenant_id, id, incident_id, channel_id, rule_id, type, sequence, due_at, event)
        VALUES (${told.tenantId}, ${newId()}, ${incidentId}, ${told.channelId}, ${told.ruleId ?? null}, ${type}, ${sequence},
          clock_timestamp() + make_interval(secs => ${dueIn}::integer), ${JSON.stringify(event)}::json)`
    )
  }
  yield* wake
})

export const resolve = (incidentId: string) =>
  query((sql) => sql`UPDATE incidents SET resolved_at = clock_timestamp() WHERE id = ${incidentId}`)

export interface Line {
  readonly id: string
  readonly type: string
  readonly status: string
  readonly sequence: number
  readonly attempts: number
  readonly codes: ReadonlyArray<string>
  readonly digestId: string | null
}

/** What the ledger says of an incident, in order. */
export const linesOf = (incidentId: string) =>
  query<Line>(
    (sql) => sql`
      SELECT id, type, status, sequence, attempts, digest_id AS "digestId",
        ARRAY(SELECT r ->> 'code' FROM jsonb_array_elements(reasons) r) AS codes
      FROM notifications
      WHERE incident_id = ${incidentId}
      ORDER BY created_at, id`
  )

/** The newest line of a type, once it is so. */
export const line = (incidentId: string, type: string, isSo: (line: Line) => boolean) =>
  eventually(Effect.map(linesOf(incidentId), (lines) => lines.findLast((each) => each.type === type && isSo(each))))

/** A second worker's word, so that rows are looked at now. */
export const lookNow = (incidentId: string) =>
  query(
    (sql) => sql`
      UPDATE notifications SET due_at = clock_timestamp()
      WHERE incident_id = ${incidentId} AND status = 'pending' AND relayed_at IS NULL`
  ).pipe(Effect.andThen(wake))
