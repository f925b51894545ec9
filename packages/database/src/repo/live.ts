/** Tells every API process that something of a tenant changed; heard when the transaction commits. */
import type { SqlClient } from "effect/sql"

export const tellLive = (sql: SqlClient.SqlClient) => (tenantId: string) => sql`SELECT pg_notify('live', ${tenantId})`
