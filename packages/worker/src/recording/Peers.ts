/**
 * Who answered, as the number that checks keep instead of an address and a certificate's fingerprint: these are seldom
 * others than before. Numbers are looked up, or made, before the batch that needs them is written; what is known is
 * remembered. Half a day later it is asked for again, which tells the database that it is still in use.
 */
import type { PgClient } from "@effect/sql-pg"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { Clock, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/** About 20 MB at the worst; forgetting costs one more statement. */
const maxKnown = 100_000
/**
 * New peers of a tenant in half a day. A name that resolves to another address each time must not use up the numbers,
 * which are 31 bits for everybody: beyond, its checks tell no address.
 */
const maxAsked = 100_000
const rememberedMs = 12 * 3_600_000

/** The part of a decided check that matters here. */
export interface Answered {
  readonly tenantId: string
  readonly checked: { readonly outcome: Pick<CheckOutcome, "address" | "certificate"> }
}

export interface Peers {
  /** After it, `keyOf` knows the peers of these checks. */
  readonly meet: (rows: ReadonlyArray<Answered>) => Effect.Effect<void, SqlError>
  /** 0 for nobody. */
  readonly keyOf: (row: Answered) => number
}

interface Peer {
  readonly tenant_id: string
  readonly address: string
  /** Hexadecimal. */
  readonly fingerprint: string
}

export const make = (sql: PgClient.PgClient): Peers => {
  const known = new Map<string, number>()
  const asked = new Map<string, number>()
  let since = 0

  const forget = Effect.map(Clock.currentTimeMillis, (now) => {
    if (now - since > rememberedMs || now < since) {
      known.clear()
      asked.clear()
      since = now
    }
    if (known.size > maxKnown) known.clear()
  })

  const strangersAmong = (rows: ReadonlyArray<Answered>): ReadonlyArray<Peer> => {
    const strangers = new Map<string, Peer>()
    for (const row of rows) {
      const peer = peerOf(row)
      if (peer === undefined) continue
      const name = nameOf(peer)
      if (known.has(name) || strangers.has(name)) continue
      const times = (asked.get(peer.tenant_id) ?? 0) + 1
      if (times > maxAsked) continue
      asked.set(peer.tenant_id, times)
      strangers.set(name, peer)
    }
    return [...strangers.values()]
  }

  const introduce = Effect.fnUntraced(function* (strangers: ReadonlyArray<Peer>) {
    const sent = sql`json_to_recordset(${JSON.stringify(strangers)}::json) AS s(tenant_id uuid, address text, fingerprint text)`
    // cross-tenant: a batch holds checks of every tenant. One order of locking in every worker.
    yield* sql`
      INSERT INTO check_peers (tenant_key, address, fingerprint)
      SELECT t.key, s.address, decode(s.fingerprint, 'hex')
      FROM ${sent}
      JOIN tenants t ON t.id = s.tenant_id
      WHERE NOT EXISTS (
        SELECT 1 FROM check_peers p
        WHERE p.tenant_key = t.key AND p.address = s.address AND p.fingerprint = decode(s.fingerprint, 'hex'))
      ORDER BY 1, 2, 3
      ON CONFLICT DO NOTHING`
    const found = yield* sql<Peer & { readonly key: number }>`
      WITH met AS (
        SELECT s.tenant_id, s.address, s.fingerprint, p.tenant_key, p.key, p.seen_on
        FROM ${sent}
        JOIN tenants t ON t.id = s.tenant_id
        JOIN check_peers p ON p.tenant_key = t.key AND p.address = s.address AND p.fingerprint = decode(s.fingerprint, 'hex')
      ), stale AS (
        SELECT p.tenant_key, p.key
        FROM check_peers p
        JOIN met USING (tenant_key, key)
        WHERE p.seen_on < (now() AT TIME ZONE 'UTC')::date
        ORDER BY p.tenant_key, p.key
        FOR NO KEY UPDATE OF p SKIP LOCKED
      ), refreshed AS (
        UPDATE check_peers p
        SET seen_on = (now() AT TIME ZONE 'UTC')::date
        FROM stale
        WHERE p.tenant_key = stale.tenant_key AND p.key = stale.key
      )
      SELECT tenant_id, address, fingerprint, key FROM met`
    for (const peer of found) known.set(nameOf(peer), peer.key)
  })

  return {
    meet: (rows) =>
      Effect.flatMap(forget, () => {
        const strangers = strangersAmong(rows)
        return strangers.length === 0 ? Effect.void : introduce(strangers)
      }),
    keyOf: (row) => {
      const peer = peerOf(row)
      return peer === undefined ? 0 : (known.get(nameOf(peer)) ?? 0)
    }
  }
}

const nameOf = ({ address, fingerprint, tenant_id }: Peer): string => `${tenant_id}/${address}/${fingerprint}`

const peerOf = ({ checked: { outcome }, tenantId }: Answered): Peer | undefined =>
  outcome.address === null && outcome.certificate === null
    ? undefined
    : {
        tenant_id: tenantId,
        address: outcome.address ?? "",
        fingerprint: outcome.certificate === null ? "" : fingerprintOf(outcome.certificate)
      }

/** As PostgreSQL's hex decoding takes it. */
export const fingerprintOf = ({ fingerprint256 }: { readonly fingerprint256: string }): string =>
  fingerprint256.replaceAll(":", "").toLowerCase()
