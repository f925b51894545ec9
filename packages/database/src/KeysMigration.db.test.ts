/** Migration 0006 carries over what an installation has: checks and rollups tell the same afterwards, and after going back. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path } from "effect"
import { SqlClient } from "effect/sql"
import { folder } from "./MigrationFiles.ts"
import * as Migrations from "./Migrations.ts"
import { TestDatabase } from "./testing/TestDatabase.ts"

const Tools = Layer.mergeAll(TestDatabase.owner, NodeServices.layer).pipe(Layer.provideMerge(TestDatabase.layerEmpty))

const query = <A extends object>(text: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<A>(text)).pipe(Effect.provide(TestDatabase.superuser))

/** The migrations up to 0005 in a folder of their own. */
const older = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const all = yield* folder
  const few = yield* fs.makeTempDirectoryScoped()
  for (const name of yield* fs.readDirectory(all)) {
    if (/^000[1-5]_/.test(name)) yield* fs.copyFile(path.join(all, name), path.join(few, name))
  }
  return few
})

/** Two tenants, checks of every status around a midnight, two regions, and rollups of every level. */
const fill = `
INSERT INTO tenants (id, name) SELECT uuid_v7(), 'Tenant ' || n FROM generate_series(1, 2) AS n;
INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks)
  SELECT id, uuid_v7(), 0, 'M', 'http', '{}', 60, 5, 1, 1 FROM tenants, generate_series(1, 2);
SELECT ensure_check_partitions('2026-11-19', 3);
INSERT INTO monitor_checks (tenant_id, monitor_id, checked_at, slot, region, status, attempts, http_status, dns_us, connect_us, tls_us,
    first_byte_us, transfer_us, total_us, address, certificate_fingerprint, error_code, error_message, detail)
  SELECT m.tenant_id, m.id, at + interval '999.6 milliseconds', at, CASE WHEN n % 2 = 0 THEN 'default' ELSE 'Falkenstein' END,
    (ARRAY['up', 'degraded', 'down', 'unknown'])[n % 4 + 1], 1, CASE WHEN n % 4 < 2 THEN 200 END,
    CASE WHEN n % 3 > 0 THEN n * 17 END, 0, NULL, n * 97, NULL, n * 100003,
    CASE WHEN n % 3 > 0 THEN '192.0.2.' || n % 5 END, CASE WHEN n % 5 = 0 THEN sha256(m.id::text::bytea) END,
    CASE WHEN n % 4 >= 2 THEN 'timeout' END, CASE WHEN n % 4 >= 2 THEN 'No answer.' END,
    CASE WHEN n % 4 = 2 THEN '{"traits":{"server":"nginx"}}'::jsonb END
  FROM monitors m, generate_series(0, 99) AS n, LATERAL (SELECT timestamptz '2026-11-20 23:00:00Z' + n * interval '73.001 seconds') AS t(at);
INSERT INTO monitor_rollups_5m (tenant_id, monitor_id, starts_at, region, total_us, expected, up, degraded, down, unknown, maintenance, timed, histogram)
  SELECT tenant_id, id, '2026-11-20 23:55:00Z', 'Falkenstein', 40000, 5, 3, 1, 1, 0, 0, 4, '\\x4b034c01' FROM monitors;
INSERT INTO monitor_rollups_1h (tenant_id, monitor_id, starts_at, dns_us, total_us, expected, up, degraded, down, unknown, maintenance, timed, histogram)
  SELECT tenant_id, id, '2026-11-20 23:00:00Z', 1000, 40000, 600, 600, 0, 0, 0, 0, 600, '\\x4bff4bff4c5a' FROM monitors;
INSERT INTO monitor_rollups_1d (tenant_id, monitor_id, starts_at, total_us, expected, up, degraded, down, unknown, maintenance, timed, histogram)
  SELECT tenant_id, id, '2026-11-20 00:00:00Z', 40000, 86400, 86400, 0, 0, 0, 0, 1, '\\xff01' FROM monitors;`

/** What the tables before and the view afterwards tell; durations apart, which become shorter. */
const results = (table: string) => `
  SELECT monitor_id, region, to_millis(slot)::float8 AS slot, to_millis(checked_at)::float8 AS checked_at, status, attempts, http_status,
    tls_us, connect_us, address, encode(certificate_fingerprint, 'hex') AS fingerprint, error_code, error_message, detail
  FROM ${table} ORDER BY 1, 3`
const durations = (table: string) => `SELECT dns_us, first_byte_us, total_us FROM ${table} ORDER BY monitor_id, slot`
const rollups = (level: string) => `SELECT * FROM monitor_rollups_${level} ORDER BY monitor_id`

layer(Tools, { excludeTestServices: true })("migration 0006", (it) => {
  it.effect("keeps checks and rollups, up and down", () =>
    Effect.gen(function* () {
      yield* Effect.provideService(Migrations.up, Migrations.MigrationsFolder, yield* older)
      for (const statement of fill.split(";\n")) yield* query(statement)
      const [checks, times] = [yield* query(results("monitor_checks")), yield* query(durations("monitor_checks"))]
      const before = yield* Effect.forEach(["5m", "1h", "1d"], (level) => query(rollups(level)))
      assert.lengthOf(checks, 400)

      yield* Migrations.up
      assert.deepStrictEqual(yield* query(results("check_results")), checks)
      const kept = yield* query<Record<string, number | null>>(durations("check_results"))
      for (const [index, row] of times.entries()) {
        for (const [name, us] of Object.entries(row as Record<string, number | null>)) {
          if (us === null) assert.isNull(kept[index]![name]!)
          else assert.isAtMost(Math.abs(kept[index]![name]! - us), us / 4096, `${name} ${us}`)
        }
      }
      assert.deepStrictEqual(
        yield* query(`SELECT DISTINCT period * 300 = extract(epoch FROM timestamptz '2026-11-20 23:55:00Z') AS "isThere", total, up, encode(histogram, 'hex') AS text
          FROM monitor_rollups_5m`),
        [{ isThere: true, total: (40_000 >> 4) | (4 << 12), up: 3, text: "c94b4c" }]
      )
      // A bucket that there is no more: the last one.
      assert.deepStrictEqual(
        yield* query("SELECT DISTINCT up, encode(histogram, 'hex') AS text FROM monitor_rollups_1d"),
        [{ up: 86_400, text: "c7" }]
      )

      yield* Migrations.down(5)
      assert.deepStrictEqual(yield* query(results("monitor_checks")), checks)
      const after = yield* Effect.forEach(["5m", "1h"], (level) => query(rollups(level)))
      assert.deepStrictEqual(after, before.slice(0, 2))
      yield* Migrations.up
      assert.deepStrictEqual(yield* query(results("check_results")), checks)
    })
  )
})
