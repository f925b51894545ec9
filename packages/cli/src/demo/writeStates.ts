/** What is believed of each monitor when made-up history ends, so that the worker goes on from there. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import type { GoodCheck } from "@v-insight/domain/rules/traces"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Entry } from "./chronicle.ts"
import type { Watched } from "./Watched.ts"

export interface Ended {
  readonly watched: Watched
  readonly newest: Entry
  readonly lastGood: GoodCheck | null
}

export const writeStates = Effect.fn("demo.writeStates")(function* (tenantId: string, ended: ReadonlyArray<Ended>) {
  const sql = yield* SqlClient.SqlClient
  const rows = ended.map(({ lastGood, newest, watched }) => {
    const { checkedAt, monitorId, outcome, slot, state } = newest
    return {
      id: monitorId,
      slot,
      ...state,
      checkedAt,
      totalUs: outcome.timings.totalUs,
      httpStatus: outcome.httpStatus,
      errorCode: outcome.error?.code ?? null,
      errorMessage: outcome.error?.message ?? null,
      validTo: watched.certificateEndsAt ?? null,
      lastGood: lastGood && { at: rfc3339(lastGood.at), traits: lastGood.traits }
    }
  })
  yield* sql`
    UPDATE monitor_state s
    SET last_slot_ms = e.slot,
        status = e.status,
        since_ms = e.since,
        failures = e.failures,
        successes = e.successes,
        is_incident_open = e."isIncidentOpen",
        checked_at = from_millis(e."checkedAt"),
        total_us = e."totalUs",
        http_status = e."httpStatus",
        error_code = e."errorCode",
        error_message = e."errorMessage",
        certificate_valid_to = from_millis(e."validTo"),
        last_good = e."lastGood"
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS e(id uuid, slot bigint, status text, since bigint,
      failures integer, successes integer, "isIncidentOpen" boolean, "checkedAt" bigint, "totalUs" integer,
      "httpStatus" integer, "errorCode" text, "errorMessage" text, "validTo" bigint, "lastGood" jsonb)
    WHERE s.tenant_id = ${tenantId} AND s.monitor_id = e.id`
})
