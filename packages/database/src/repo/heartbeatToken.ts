/** Which monitors can be called: those of the kind heartbeat have a token, made with them, and lose it with the kind. */
import { heartbeat } from "@v-insight/domain/monitor-types/heartbeat"
import { Effect } from "effect"
import { randomBytesUnsafe } from "effect/crypto/SecureRandom"
import { Base64Url } from "effect/encoding"
import type { SqlClient } from "effect/sql"

/** 192 bits: 32 characters that need no escaping in a URL. */
const tokenBytes = 24

export const makeHeartbeatToken = (): string => Base64Url.encode(randomBytesUnsafe(tokenBytes))

/** Anything else need not be looked up. */
export const isHeartbeatToken = (text: string): boolean => /^[A-Za-z0-9_-]{32}$/.test(text)

export const make = (sql: SqlClient.SqlClient) => ({
  /** The monitor is of a kind now that it was not before; `before` is undefined when it was made a moment ago. */
  fit: (tenantId: string, monitorId: string, type: string, before: string | undefined) => {
    if (type === before || (type !== heartbeat.type && before !== heartbeat.type)) return Effect.void
    if (type !== heartbeat.type)
      return Effect.asVoid(sql`
        DELETE FROM heartbeat_tokens
        WHERE tenant_id = ${tenantId} AND monitor_id = ${monitorId}`)
    return Effect.andThen(
      sql`
        INSERT INTO heartbeat_tokens (tenant_id, monitor_id, token)
        VALUES (${tenantId}, ${monitorId}, ${makeHeartbeatToken()})
        ON CONFLICT (tenant_id, monitor_id) DO NOTHING`,
      sql`
        INSERT INTO heartbeat_state (tenant_id, monitor_id)
        VALUES (${tenantId}, ${monitorId})
        ON CONFLICT (tenant_id, monitor_id) DO UPDATE SET expected_since = clock_timestamp()`
    ).pipe(Effect.asVoid)
  },
  /** Before a monitor that nobody watched is watched again: what was missed meanwhile is not missed. */
  expectAnew: (tenantId: string, monitorId: string) =>
    sql`
    UPDATE heartbeat_state s
    SET expected_since = clock_timestamp()
    FROM monitors m
    WHERE s.tenant_id = ${tenantId} AND s.monitor_id = ${monitorId}
      AND m.tenant_id = s.tenant_id AND m.id = s.monitor_id AND (m.paused OR m.deleted_at IS NOT NULL)`.pipe(
      Effect.asVoid
    )
})
