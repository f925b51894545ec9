/**
 * The least a list of monitors can cost in Node with the same guarantees from PostgreSQL: node:http and pg, the session
 * looked up, one transaction that carries the tenant, the same columns. No validation, no router, no envelope by schema.
 *   node bench/references/api.ts DATABASE_URL
 */
import { createHash } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Pool } from "pg"

const pool = new Pool({ connectionString: process.argv[2], max: 10 })
const listing = `
  SELECT
    m.id, m.name, m.type, m.settings, m.interval_seconds AS "intervalSeconds", m.timeout_seconds AS "timeoutSeconds",
    m.confirmations, m.recovery_checks AS "recoveryChecks", m.tags, m.paused, rfc3339(m.created_at) AS "createdAt",
    rfc3339(m.updated_at) AS "updatedAt", CASE WHEN m.paused THEN 'paused' ELSE coalesce(s.status, 'pending') END AS status,
    CASE WHEN NOT m.paused AND s.since_ms > 0 THEN rfc3339(from_millis(s.since_ms)) END AS "statusSince",
    rfc3339(s.checked_at) AS "lastCheckedAt", coalesce(s.last_slot_ms, 0)::float8 AS "lastSlotMs", s.total_us AS "totalUs",
    s.http_status AS "httpStatus", s.error_code AS "errorCode", s.error_message AS "errorMessage",
    rfc3339(s.certificate_valid_to) AS "certificateValidTo", count(*) OVER ()::integer AS total
  FROM monitors m
  LEFT JOIN monitor_state s ON s.tenant_id = m.tenant_id AND s.monitor_id = m.id
  WHERE m.tenant_id = $1 AND m.deleted_at IS NULL
  ORDER BY
    CASE CASE WHEN m.paused THEN 'paused' ELSE coalesce(s.status, 'pending') END
      WHEN 'down' THEN 1 WHEN 'degraded' THEN 2 WHEN 'unknown' THEN 3 WHEN 'pending' THEN 4 WHEN 'up' THEN 5 ELSE 6 END,
    lower(m.name), m.id
  LIMIT $2 OFFSET $3`

const list = async (authorization: string): Promise<string | undefined> => {
  const hash = createHash("sha256").update(authorization.slice("Bearer ".length)).digest()
  const session = await pool.query<{ tenant_id: string }>({
    name: "session",
    text: "SELECT session_id, user_id, tenant_id, role FROM find_session($1)",
    values: [hash]
  })
  const tenantId = session.rows[0]?.tenant_id
  if (tenantId === undefined) return undefined
  const client = await pool.connect()
  try {
    await client.query("BEGIN")
    await client.query({ name: "tenant", text: "SELECT set_config('app.tenant_id', $1, true)", values: [tenantId] })
    const { rows } = await client.query<{ total: number }>({ name: "list", text: listing, values: [tenantId, 50, 0] })
    await client.query("COMMIT")
    return JSON.stringify({ data: rows, error: null, meta: { page: 1, perPage: 50, total: rows[0]?.total ?? 0 } })
  } finally {
    client.release()
  }
}

const server = createServer((request, response) => {
  list(request.headers.authorization ?? "").then(
    (body) => {
      response.writeHead(body === undefined ? 401 : 200, { "content-type": "application/json" })
      response.end(body)
    },
    () => response.writeHead(500).end()
  )
})
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ message: "listening", port: (server.address() as AddressInfo).port }))
})
