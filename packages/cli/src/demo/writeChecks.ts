/** Made-up checks into the table, many at a time, in the form that it keeps. */
import { PgTypes } from "@effect/sql-pg"
import { letterOf } from "@v-insight/database/repo/checkLetters"
import { toShort } from "@v-insight/domain/rules/shortDuration"
import { Effect, Result } from "effect"
import { SqlClient } from "effect/sql"
import type { Entry } from "./chronicle.ts"

const rowsAtOnce = 5_000
const quarterMs = 900_000

/** What stands for the tenant, its monitors, this region and the machine that answers. */
interface Keys {
  readonly tenant: number
  readonly region: number
  readonly peer: number
  readonly monitors: ReadonlyMap<string, number>
}

/** Writes checks of the tenant's monitors, as if this region had made them. */
export const makeWriter = Effect.fn("demo.makeWriter")(function* (tenantId: string) {
  const sql = yield* SqlClient.SqlClient
  const keys = yield* keysOf(tenantId)
  /** In the order of time, as they would have come. */
  return Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>) {
    const ordered = entries.toSorted((a, b) => a.checkedAt - b.checkedAt)
    for (let at = 0; at < ordered.length; at += rowsAtOnce) {
      const columns = yield* columnsOf(ordered.slice(at, at + rowsAtOnce), keys)
      yield* sql.unsafe(insert, [keys.tenant, keys.region, ...columns])
    }
  })
})

const keysOf = Effect.fnUntraced(function* (tenantId: string) {
  const sql = yield* SqlClient.SqlClient
  const monitors = yield* sql<{ id: string; key: number }>`SELECT id, key FROM monitors WHERE tenant_id = ${tenantId}`
  const [found] = yield* sql<Omit<Keys, "monitors">>`
    WITH peer AS (
      INSERT INTO check_peers (tenant_key, address, fingerprint)
      SELECT key, '127.0.0.1', '' FROM tenants WHERE id = ${tenantId}
      RETURNING tenant_key, key
    )
    SELECT peer.tenant_key AS tenant, peer.key AS peer, r.key::integer AS region
    FROM peer
    JOIN regions r ON r.name = 'default'`
  return { ...found!, monitors: new Map(monitors.map(({ id, key }) => [id, key])) } satisfies Keys
})

const { int4, text } = PgTypes.OID

const columnsOf = (entries: ReadonlyArray<Entry>, { monitors, peer }: Keys) => {
  const numbers = (pick: (entry: Entry) => number) => PgTypes.array(entries.map(pick), int4)
  const texts = (pick: (entry: Entry) => string) => PgTypes.array(entries.map(pick), text)
  return Effect.orDie(
    Effect.fromResult(
      Result.all([
        numbers(({ checkedAt }) => Math.floor(checkedAt / quarterMs)),
        numbers(({ checkedAt }) => checkedAt % quarterMs),
        numbers(({ monitorId }) => monitors.get(monitorId) ?? 0),
        numbers(({ checkedAt, slot }) => checkedAt - slot),
        numbers(({ outcome }) => (outcome.address === null ? 0 : peer)),
        numbers(({ outcome }) => outcome.httpStatus ?? 0),
        numbers(({ outcome }) => toShort(outcome.timings.dnsUs)),
        numbers(({ outcome }) => toShort(outcome.timings.connectUs)),
        numbers(({ outcome }) => toShort(outcome.timings.tlsUs)),
        numbers(({ outcome }) => toShort(outcome.timings.firstByteUs)),
        numbers(({ outcome }) => toShort(outcome.timings.transferUs)),
        numbers(({ outcome }) => toShort(outcome.timings.totalUs)),
        numbers(({ outcome }) => outcome.attempts),
        texts(({ isMaintenance, outcome }) => letterOf(outcome.status, isMaintenance ? "maintenance" : outcome.status)),
        texts(({ outcome }) => outcome.error?.code ?? ""),
        texts(({ outcome }) => outcome.error?.message ?? ""),
        texts(({ outcome }) => (outcome.detail === null ? "" : JSON.stringify(outcome.detail)))
      ])
    )
  )
}

const insert = `
INSERT INTO monitor_checks (tenant_key, region_key, quarter, after_ms, monitor_key, late_ms, peer_key, http_status, dns,
  connect, tls, first_byte, transfer, total, attempts, status, error_code, error_message, detail)
SELECT $1::integer, $2::smallint, quarter, after_ms, monitor_key, late_ms, peer_key, http_status, dns, connect, tls,
  first_byte, transfer, total, attempts, status::"char", error_code, error_message, detail
FROM unnest($3::int4[], $4::int4[], $5::int4[], $6::int4[], $7::int4[], $8::int4[], $9::int4[], $10::int4[], $11::int4[],
  $12::int4[], $13::int4[], $14::int4[], $15::int4[], $16::text[], $17::text[], $18::text[], $19::text[])
  AS c(quarter, after_ms, monitor_key, late_ms, peer_key, http_status, dns, connect, tls, first_byte, transfer, total,
    attempts, status, error_code, error_message, detail)`
