/** Tells workers that rules, planned work or parents of a tenant changed; heard when the transaction commits. */
import type { SqlClient } from "effect/sql"

export const tellAlerting = (sql: SqlClient.SqlClient) => (tenantId: string) =>
  sql`SELECT pg_notify('alerting_changed', ${tenantId})`
