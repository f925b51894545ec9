/** Made-up checks into the tables, many at a time: 12 us of PostgreSQL's time each. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Result } from "effect"
import { SqlClient } from "effect/sql"
import type { Entry } from "./chronicle.ts"

const rowsAtOnce = 5_000

/** In the order of time, as they would have come. */
export const writeChecks = Effect.fn("demo.writeChecks")(function* (tenantId: string, entries: ReadonlyArray<Entry>) {
  const sql = yield* SqlClient.SqlClient
  const ordered = entries.toSorted((a, b) => a.row.checked.checkedAt - b.row.checked.checkedAt)
  for (let at = 0; at < ordered.length; at += rowsAtOnce) {
    yield* sql.unsafe(insert, [tenantId, ...(yield* columnsOf(ordered.slice(at, at + rowsAtOnce)))])
  }
})

const { int4, int8, text } = PgTypes.OID

const columnsOf = (entries: ReadonlyArray<Entry>) => {
  const column = (oid: number, pick: (entry: Entry) => unknown) => PgTypes.array(entries.map(pick), oid)
  return Effect.orDie(
    Effect.fromResult(
      Result.all([
        column(text, ({ row }) => row.monitorId),
        column(int8, ({ row }) => BigInt(row.checked.checkedAt)),
        column(int8, ({ row }) => BigInt(row.slot)),
        column(text, ({ isMaintenance, row }) => (isMaintenance ? "maintenance" : row.checked.outcome.status)),
        column(int4, ({ row }) => row.checked.outcome.attempts),
        column(int4, ({ row }) => row.checked.outcome.httpStatus),
        column(int4, ({ row }) => row.checked.outcome.timings.dnsUs),
        column(int4, ({ row }) => row.checked.outcome.timings.connectUs),
        column(int4, ({ row }) => row.checked.outcome.timings.tlsUs),
        column(int4, ({ row }) => row.checked.outcome.timings.firstByteUs),
        column(int4, ({ row }) => row.checked.outcome.timings.transferUs),
        column(int4, ({ row }) => row.checked.outcome.timings.totalUs),
        column(text, ({ row }) => row.checked.outcome.address),
        column(text, ({ row }) => row.checked.outcome.error?.code ?? null),
        column(text, ({ row }) => row.checked.outcome.error?.message ?? null),
        column(text, ({ row }) =>
          row.checked.outcome.detail === null ? null : JSON.stringify(row.checked.outcome.detail)
        )
      ])
    )
  )
}

/** Who answered, each once; then the checks. */
const insert = `
WITH c AS (
  SELECT *
  FROM unnest($2::text[], $3::int8[], $4::int8[], $5::text[], $6::int4[], $7::int4[], $8::int4[], $9::int4[], $10::int4[],
    $11::int4[], $12::int4[], $13::int4[], $14::text[], $15::text[], $16::text[], $17::text[])
    AS c(monitor_id, checked_ms, slot_ms, status, attempts, http_status, dns_us, connect_us, tls_us, first_byte_us,
      transfer_us, total_us, address, error_code, error_message, detail)
), owner AS (
  SELECT key FROM tenants WHERE id = $1::uuid
), met AS (
  INSERT INTO check_peers (tenant_key, address, fingerprint)
  SELECT DISTINCT owner.key, address, ''::bytea
  FROM c, owner
  WHERE address IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM check_peers p WHERE p.tenant_key = owner.key AND p.address = c.address AND p.fingerprint = '')
  RETURNING key, address
), peers AS (
  SELECT key, address FROM met
  UNION ALL
  SELECT p.key, p.address FROM check_peers p JOIN owner ON owner.key = p.tenant_key WHERE p.fingerprint = ''
)
INSERT INTO monitor_checks (quarter, after_ms, tenant_key, monitor_key, late_ms, peer_key, region_key, http_status, dns, connect,
  tls, first_byte, transfer, total, attempts, status, error_code, error_message, detail)
SELECT c.checked_ms / 900000, c.checked_ms % 900000, m.tenant_key, m.key, c.checked_ms - c.slot_ms, coalesce(p.key, 0), r.key,
  coalesce(c.http_status, 0), short_duration(c.dns_us), short_duration(c.connect_us), short_duration(c.tls_us),
  short_duration(c.first_byte_us), short_duration(c.transfer_us), short_duration(c.total_us), c.attempts,
  CASE c.status WHEN 'up' THEN 'u' WHEN 'degraded' THEN 'g' WHEN 'down' THEN 'd' WHEN 'maintenance' THEN 'm' ELSE 'n' END::"char",
  coalesce(c.error_code, ''), coalesce(c.error_message, ''), coalesce(c.detail, '')
FROM c
JOIN monitors m ON m.tenant_id = $1::uuid AND m.id = c.monitor_id::uuid
JOIN regions r ON r.name = 'default'
LEFT JOIN peers p ON p.address = c.address
ORDER BY c.checked_ms`
