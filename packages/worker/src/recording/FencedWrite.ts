/**
 * The one statement that makes decisions true. For a batch of decided checks it writes, together or not at all: states,
 * results, decisions, incidents, pending notifications. Two guards make repeats harmless:
 *   the fence: a bucket's rows count only while its epoch is the one the rows were made under (FOR SHARE makes the next
 *   owner's "epoch + 1" wait for this commit);
 *   the chain: a monitor's state moves only if its newest slot is the one that the row names as its predecessor.
 * Measured (batch of 1,000): about 0.02 CPU-ms per row in PostgreSQL; what turns cost, only batches pay that turn something.
 */
import { PgClient } from "@effect/sql-pg"
import { letterOf } from "@v-insight/database/repo/checkLetters"
import { toShort } from "@v-insight/domain/rules/shortDuration"
import { Clock, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { turnsJson } from "../alerting/DecidedTurn.ts"
import { CertificateMemory } from "./CertificateMemory.ts"
import type { DecidedCheck } from "./DecidedCheck.ts"
import { goodCheck, incidentEvidence } from "./incidentEvidence.ts"
import { inTurn } from "./groupLock.ts"
import type { Lease } from "../buckets/Lease.ts"
import { fingerprintOf, make as makePeers } from "./Peers.ts"
import { liveSql, turnSql } from "./turnSql.ts"

export interface Entry {
  readonly lease: Lease
  readonly row: DecidedCheck
}

/** Which leases still hold, and how many of their rows were written. */
export interface Receipt {
  readonly bucket: number
  readonly epoch: number
  readonly written: number
}

export type FencedWrite = (batch: ReadonlyArray<Entry>) => Effect.Effect<ReadonlyArray<Receipt>, SqlError>

export const make = Effect.fnUntraced(function* (
  region: string
): Effect.fn.Return<FencedWrite, never, PgClient.PgClient> {
  const sql = yield* PgClient.PgClient
  const certificates = new CertificateMemory()
  const peers = makePeers(sql)
  // Hardly any batch turns anything: what turns cost, only those pay that do.
  const withTurns = sql.literal(turnSql(region))
  const withoutTurns = sql.literal(liveSql)

  const write = (batch: ReadonlyArray<Entry>) => {
    const claims = new Map(batch.map(({ lease }) => [lease, { bucket: lease.bucket, epoch: lease.epoch }]))
    const rows = batch.map((entry) => toJson(entry, peers.keyOf(entry.row), certificates))
    const isTurning = batch.some(({ row }) => row.turns.length > 0)
    const statement = sql<Receipt>`
      WITH claim AS (
        SELECT * FROM json_to_recordset(${JSON.stringify([...claims.values()])}::json) AS t(bucket integer, epoch bigint)
      ), sent AS (
        SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::json) AS t(
          bucket integer, epoch bigint, tenant_id uuid, monitor_id uuid, slot_ms bigint, previous_ms bigint, checked_ms bigint,
          late_ms integer, check_status text, letter "char", attempts smallint, http_status smallint, peer_key integer,
          dns smallint, connect smallint, tls smallint, first_byte smallint, transfer smallint, total smallint,
          total_us integer, error_code text, error_message text, fingerprint text, subject text, issuer text, valid_from timestamptz, valid_to timestamptz,
          status text, since_ms bigint, failures integer, successes integer, is_incident_open boolean,
          remembers boolean, memory jsonb, detail jsonb, last_good jsonb,
          turns text, cause_code text, cause_message text, evidence jsonb)
      ), held AS (
        -- cross-tenant: a bucket holds monitors of every tenant
        SELECT b.bucket, b.epoch
        FROM check_buckets b
        JOIN claim c ON c.bucket = b.bucket AND c.epoch = b.epoch
        WHERE b.region = ${region}
        FOR SHARE OF b
      ), moved AS (
        UPDATE monitor_state s
        SET last_slot_ms = sent.slot_ms,
            status = sent.status,
            since_ms = sent.since_ms,
            failures = sent.failures,
            successes = sent.successes,
            is_incident_open = sent.is_incident_open,
            checked_at = from_millis(sent.checked_ms),
            total_us = sent.total_us,
            http_status = sent.http_status,
            error_code = sent.error_code,
            error_message = sent.error_message,
            certificate_valid_to = sent.valid_to,
            last_good = coalesce(sent.last_good, s.last_good),
            memory = CASE WHEN sent.remembers THEN sent.memory ELSE s.memory END,
            recorded_at = clock_timestamp()
        FROM sent
        WHERE (sent.bucket, sent.epoch) IN (SELECT bucket, epoch FROM held)
          AND s.tenant_id = sent.tenant_id
          AND s.monitor_id = sent.monitor_id
          AND s.region = ${region}
          AND s.last_slot_ms = sent.previous_ms
        RETURNING sent.*
      ), results AS (
        INSERT INTO monitor_checks (quarter, after_ms, tenant_key, monitor_key, late_ms, peer_key, region_key, http_status,
          dns, connect, tls, first_byte, transfer, total, attempts, status, error_code, error_message, detail)
        SELECT d.checked_ms / 900000, d.checked_ms % 900000, m.tenant_key, m.key, d.late_ms, d.peer_key,
          (SELECT key FROM regions WHERE name = ${region}), coalesce(d.http_status, 0),
          d.dns, d.connect, d.tls, d.first_byte, d.transfer, d.total, d.attempts, d.letter,
          coalesce(d.error_code, ''), coalesce(d.error_message, ''), coalesce(d.detail::text, '')
        FROM moved d
        JOIN monitors m ON m.tenant_id = d.tenant_id AND m.id = d.monitor_id
      ), seen AS (
        INSERT INTO certificates (tenant_id, fingerprint, subject, issuer, valid_from, valid_to)
        SELECT DISTINCT ON (tenant_id, fingerprint) tenant_id, decode(fingerprint, 'hex'), subject, issuer, valid_from, valid_to
        FROM moved
        WHERE subject IS NOT NULL
        ON CONFLICT DO NOTHING
      ), ${isTurning ? withTurns : withoutTurns}
      SELECT h.bucket, h.epoch::float8, count(m.monitor_id)::integer AS written, (SELECT count(*)::integer FROM live) AS told
      FROM held h
      LEFT JOIN moved m ON m.bucket = h.bucket
      GROUP BY h.bucket, h.epoch`
    const tenantsOpening = batch.flatMap(({ row }) =>
      row.turns.some(({ event }) => event === "opened") ? [row.tenantId] : []
    )
    // Planned anew when something turned: a plan of the time when the tables were small took minutes for a thousand.
    const written = isTurning ? statement.unprepared : statement
    return Effect.tap(tenantsOpening.length === 0 ? written : inTurn(sql, tenantsOpening, written), () =>
      Effect.sync(() => {
        for (const { row } of batch) {
          const { certificate } = row.checked.outcome
          if (certificate !== null) certificates.remember(row.tenantId, certificate)
        }
      })
    )
  }
  // In a transaction of its own: a peer that no check refers to is harmless.
  return (batch) =>
    Effect.andThen(
      peers.meet(batch.map(({ row }) => row)),
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        certificates.forget(now)
        return write(batch)
      })
    )
})

/** Three weeks: as far from its slot as a check can be kept, either way, milliseconds. */
const mostLateMs = 2_000_000_000

const toJson = ({ lease, row }: Entry, peerKey: number, certificates: CertificateMemory) => {
  const { outcome, checkedAt } = row.checked
  const { timings, certificate, error } = outcome
  const described = certificate !== null && certificates.isNew(row.tenantId, certificate) ? certificate : undefined
  return {
    bucket: lease.bucket,
    epoch: lease.epoch,
    tenant_id: row.tenantId,
    monitor_id: row.monitorId,
    slot_ms: row.slot,
    previous_ms: row.previous,
    checked_ms: checkedAt,
    late_ms: Math.max(-mostLateMs, Math.min(mostLateMs, checkedAt - row.slot)),
    check_status: outcome.status,
    letter: letterOf(row.checked.outcome.status, row.status),
    attempts: outcome.attempts,
    http_status: outcome.httpStatus,
    peer_key: peerKey,
    dns: toShort(timings.dnsUs),
    connect: toShort(timings.connectUs),
    tls: toShort(timings.tlsUs),
    first_byte: toShort(timings.firstByteUs),
    transfer: toShort(timings.transferUs),
    total: toShort(timings.totalUs),
    total_us: timings.totalUs,
    error_code: error?.code,
    error_message: error?.message,
    fingerprint: described && fingerprintOf(described),
    subject: described?.subject,
    issuer: described?.issuer,
    valid_from: described?.validFrom,
    valid_to: certificate?.validTo,
    status: row.state.status,
    since_ms: row.state.since,
    failures: row.state.failures,
    successes: row.state.successes,
    is_incident_open: row.state.isIncidentOpen,
    remembers: row.memory === undefined ? undefined : true,
    memory: row.memory ?? undefined,
    detail: outcome.detail ?? undefined,
    last_good: row.lastGood && goodCheck(row.lastGood),
    turns: row.turns.length === 0 ? undefined : turnsJson(row.turns),
    evidence: row.evidence && incidentEvidence(row.evidence, checkedAt)
  }
}
