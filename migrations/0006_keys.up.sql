-- Checks and rollups in fewer bytes (docs/adr/0010): integers that stand for UUIDs, durations in two bytes, numbers instead
-- of instants. Migrations are run by the owner, whom forced row-level security holds too; it is lifted where rows move.

ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitors NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_checks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_5m NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1h NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1d NO FORCE ROW LEVEL SECURITY;

-- Keys -----------------------------------------------------------------------------------------------------------------

-- Never shown to anybody: the API speaks of ids.
ALTER TABLE tenants
  ADD COLUMN key integer GENERATED ALWAYS AS IDENTITY,
  ADD CONSTRAINT uq_tenants_key UNIQUE (key),
  ADD CONSTRAINT uq_tenants_id_key UNIQUE (id, key);

ALTER TABLE monitors
  ADD COLUMN tenant_key integer,
  ADD COLUMN key integer GENERATED ALWAYS AS IDENTITY;
UPDATE monitors m SET tenant_key = t.key FROM tenants t WHERE t.id = m.tenant_id;
-- The check of the foreign key would be pending, and ALTER TABLE refuses to wait for it.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE monitors
  ALTER COLUMN tenant_key SET NOT NULL,
  ADD CONSTRAINT uq_monitors_key UNIQUE (tenant_key, key),
  ADD CONSTRAINT fk_monitors_tenant_key FOREIGN KEY (tenant_id, tenant_key) REFERENCES tenants (id, key);

-- Who inserts a monitor names its tenant by id; the key follows, and the foreign key holds them together.
CREATE FUNCTION set_tenant_key() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
BEGIN
  NEW.tenant_key := (SELECT t.key FROM tenants t WHERE t.id = NEW.tenant_id);
  RETURN NEW;
END
$$;
CREATE TRIGGER set_tenant_key BEFORE INSERT ON monitors FOR EACH ROW EXECUTE FUNCTION set_tenant_key();

-- The key of this transaction's tenant, for policies: called once per statement, not per row, from a subquery.
CREATE FUNCTION current_tenant_key() RETURNS integer
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  AS $$
BEGIN
  RETURN (SELECT t.key FROM tenants t WHERE t.id = current_tenant());
END
$$;

-- Where checks are made from; of no tenant.
CREATE TABLE regions (
  key smallint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  CONSTRAINT pk_regions PRIMARY KEY (key),
  CONSTRAINT uq_regions_name UNIQUE (name)
);
INSERT INTO regions (name) VALUES ('default');
INSERT INTO regions (name)
SELECT region FROM check_buckets
UNION SELECT region FROM monitor_checks
UNION SELECT region FROM monitor_rollups_5m
UNION SELECT region FROM monitor_rollups_1h
UNION SELECT region FROM monitor_rollups_1d
ON CONFLICT DO NOTHING;

-- Short durations ------------------------------------------------------------------------------------------------------

-- Microseconds in two bytes, as 12 bits and the 4 bits of a power of two: exact below 4096 us, right to 1/4096 above, at
-- most 134 s. 0 is no duration; a duration of 0 us is 0 times two. The same in packages/domain/src/rules/shortDuration.ts.
CREATE FUNCTION short_duration(us bigint) RETURNS smallint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$
    SELECT (((CASE
        WHEN us IS NULL THEN 0
        WHEN us < 1 THEN 4096
        WHEN us < 4096 THEN us
        ELSE ((least(us, 134184960)
            + ((1 << width_bucket(us::float8, '{4095.5,8191,16382,32764,65528,131056,262112,524224,1048448,2096896,4193792,8387584,16775168,33550336,67100672}'::float8[])) >> 1))
            >> width_bucket(us::float8, '{4095.5,8191,16382,32764,65528,131056,262112,524224,1048448,2096896,4193792,8387584,16775168,33550336,67100672}'::float8[]))
          + (width_bucket(us::float8, '{4095.5,8191,16382,32764,65528,131056,262112,524224,1048448,2096896,4193792,8387584,16775168,33550336,67100672}'::float8[]) << 12)
      END + 32768) & 65535) - 32768)::smallint
  $$;

CREATE FUNCTION duration_us(short smallint) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN short <> 0 THEN (short::integer & 4095) << ((short::integer >> 12) & 15) END $$;

-- Histograms -----------------------------------------------------------------------------------------------------------

-- Entries, one after the other in any order: a byte below 200 is one duration in that bucket; 200 to 253 and a bucket are
-- 2 to 55 of them; 254, a bucket and a byte are as many as the byte says; 255, a bucket and two bytes, high byte first,
-- likewise. So histograms one after the other are the histogram of both. This makes one of few bytes of them, in order of
-- buckets. The same in packages/domain/src/rules/histogram.ts.
CREATE FUNCTION merged_histogram(entries bytea) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
  AS $$
DECLARE
  times integer[] := array_fill(0, ARRAY[200]);
  merged text := '';
  lowest integer := 199;
  highest integer := 0;
  size integer := length(entries);
  place integer := 0;
  code integer;
  bucket integer;
  n integer;
BEGIN
  WHILE place < size LOOP
    code := get_byte(entries, place);
    IF code < 200 THEN
      bucket := code;
      n := 1;
      place := place + 1;
    ELSE
      bucket := get_byte(entries, place + 1);
      IF code < 254 THEN
        n := code - 198;
        place := place + 2;
      ELSIF code = 254 THEN
        n := get_byte(entries, place + 2);
        place := place + 3;
      ELSE
        n := get_byte(entries, place + 2) * 256 + get_byte(entries, place + 3);
        place := place + 4;
      END IF;
    END IF;
    times[bucket + 1] := times[bucket + 1] + n;
    lowest := least(lowest, bucket);
    highest := greatest(highest, bucket);
  END LOOP;
  FOR bucket IN lowest..highest LOOP
    n := times[bucket + 1];
    CONTINUE WHEN n = 0;
    WHILE n > 65535 LOOP
      merged := merged || 'ff' || lpad(to_hex(bucket), 2, '0') || 'ffff';
      n := n - 65535;
    END LOOP;
    merged := merged || CASE
      WHEN n = 1 THEN lpad(to_hex(bucket), 2, '0')
      WHEN n <= 55 THEN lpad(to_hex((n + 198) * 256 + bucket), 4, '0')
      WHEN n <= 255 THEN 'fe' || lpad(to_hex(bucket * 256 + n), 4, '0')
      ELSE 'ff' || lpad(to_hex(bucket * 65536 + n), 6, '0')
    END;
  END LOOP;
  RETURN decode(merged, 'hex');
END
$$;

-- Checks ---------------------------------------------------------------------------------------------------------------

-- What answered: an address, and the certificate it showed. Seldom another than before, so checks refer to it by key.
CREATE TABLE check_peers (
  tenant_key integer NOT NULL,
  key integer GENERATED ALWAYS AS IDENTITY,
  -- the newest day (UTC) on which a worker asked for the key; it asks every day while checks refer to it
  seen_on date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
  -- '' when there was none
  address text NOT NULL,
  fingerprint bytea NOT NULL,
  CONSTRAINT pk_check_peers PRIMARY KEY (tenant_key, key),
  CONSTRAINT uq_check_peers_address UNIQUE (tenant_key, address, fingerprint),
  CONSTRAINT fk_check_peers_tenant_key FOREIGN KEY (tenant_key) REFERENCES tenants (key)
);

ALTER TABLE monitor_checks RENAME TO wide_checks;
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'wide_checks'::regclass LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', name, 'wide_' || name);
  END LOOP;
END
$$;
DROP INDEX idx_monitor_checks_monitor_id;
DROP INDEX idx_monitor_checks_checked_at;

-- Every check, by day. 76 bytes: columns stand in the order of their alignment, and none may be NULL, because a row of
-- more than eight columns with a NULL has a header of 32 bytes instead of 24. People read the view check_results.
CREATE TABLE monitor_checks (
  -- when it began: quarter hours since 1970, and milliseconds since the beginning of this one
  quarter integer NOT NULL,
  after_ms integer NOT NULL,
  tenant_key integer NOT NULL,
  monitor_key integer NOT NULL,
  -- since its slot
  late_ms integer NOT NULL,
  -- 0 when nothing answered
  peer_key integer NOT NULL DEFAULT 0,
  region_key smallint NOT NULL,
  -- 0 without
  http_status smallint NOT NULL DEFAULT 0,
  -- short durations; 0 for a phase that was not reached
  dns smallint NOT NULL DEFAULT 0,
  connect smallint NOT NULL DEFAULT 0,
  tls smallint NOT NULL DEFAULT 0,
  first_byte smallint NOT NULL DEFAULT 0,
  transfer smallint NOT NULL DEFAULT 0,
  total smallint NOT NULL DEFAULT 0,
  attempts smallint NOT NULL,
  -- u up, g degraded, d down, n unknown, m maintenance
  status "char" NOT NULL,
  -- '' for most
  error_code text NOT NULL DEFAULT '',
  error_message text NOT NULL DEFAULT '',
  -- JSON, only of checks that are not up, and without the response
  detail text NOT NULL DEFAULT ''
) PARTITION BY RANGE (quarter);
-- One entry for the checks of a quarter of an hour: with 15 of them 12 bytes per check, where one entry for each had 43.
CREATE INDEX idx_monitor_checks_monitor_key ON monitor_checks (tenant_key, monitor_key, quarter);
-- cross-tenant: rollups are made of what is new
CREATE INDEX idx_monitor_checks_quarter ON monitor_checks USING brin (quarter);

-- Rollups --------------------------------------------------------------------------------------------------------------

ALTER TABLE monitor_rollups_5m RENAME TO wide_rollups_5m;
ALTER TABLE monitor_rollups_1h RENAME TO wide_rollups_1h;
ALTER TABLE monitor_rollups_1d RENAME TO wide_rollups_1d;
ALTER TABLE wide_rollups_5m RENAME CONSTRAINT pk_monitor_rollups_5m TO pk_wide_rollups_5m;
ALTER TABLE wide_rollups_1h RENAME CONSTRAINT pk_monitor_rollups_1h TO pk_wide_rollups_1h;
ALTER TABLE wide_rollups_1d RENAME CONSTRAINT pk_monitor_rollups_1d TO pk_wide_rollups_1d;
DROP INDEX idx_monitor_rollups_5m_starts_at;
DROP INDEX idx_monitor_rollups_1h_starts_at;
DROP INDEX idx_monitor_rollups_1d_starts_at;

-- Windows of five minutes, made of checks. Kept for 3 days, dropped by day. No foreign key: dropping a table that has one
-- locks monitors against everybody, and a monitor that is deleted was removed long before these days.
CREATE TABLE monitor_rollups_5m (
  tenant_key integer NOT NULL,
  monitor_key integer NOT NULL,
  -- windows since 1970
  period integer NOT NULL,
  region_key smallint NOT NULL,
  -- short durations: the mean of the good checks that were timed; 0 where none had the phase
  dns smallint NOT NULL,
  connect smallint NOT NULL,
  tls smallint NOT NULL,
  first_byte smallint NOT NULL,
  transfer smallint NOT NULL,
  total smallint NOT NULL,
  -- slots of the schedule as it was then; without a check, a slot is unknown
  expected smallint NOT NULL,
  up smallint NOT NULL,
  degraded smallint NOT NULL,
  down smallint NOT NULL,
  unknown smallint NOT NULL,
  maintenance smallint NOT NULL,
  -- good checks that were timed
  timed smallint NOT NULL,
  -- their durations, see merged_histogram
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_5m PRIMARY KEY (tenant_key, monitor_key, period, region_key)
) PARTITION BY RANGE (period);
-- cross-tenant: the level above is made of what is new
CREATE INDEX idx_monitor_rollups_5m_period ON monitor_rollups_5m USING brin (period) WITH (pages_per_range = 16);

-- Hours, made of the above. Kept for 400 days.
CREATE TABLE monitor_rollups_1h (
  tenant_key integer NOT NULL,
  monitor_key integer NOT NULL,
  period integer NOT NULL,
  region_key smallint NOT NULL,
  dns smallint NOT NULL,
  connect smallint NOT NULL,
  tls smallint NOT NULL,
  first_byte smallint NOT NULL,
  transfer smallint NOT NULL,
  total smallint NOT NULL,
  expected smallint NOT NULL,
  up smallint NOT NULL,
  degraded smallint NOT NULL,
  down smallint NOT NULL,
  unknown smallint NOT NULL,
  maintenance smallint NOT NULL,
  timed smallint NOT NULL,
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_1h PRIMARY KEY (tenant_key, monitor_key, period, region_key),
  CONSTRAINT fk_monitor_rollups_1h_monitor_key FOREIGN KEY (tenant_key, monitor_key) REFERENCES monitors (tenant_key, key) ON DELETE CASCADE
);
-- cross-tenant: the level above is made of what is new, and what is old is removed
CREATE INDEX idx_monitor_rollups_1h_period ON monitor_rollups_1h USING brin (period) WITH (pages_per_range = 16);

-- Days in UTC, made of hours. Kept for ever.
CREATE TABLE monitor_rollups_1d (
  tenant_key integer NOT NULL,
  monitor_key integer NOT NULL,
  period integer NOT NULL,
  region_key smallint NOT NULL,
  dns smallint NOT NULL,
  connect smallint NOT NULL,
  tls smallint NOT NULL,
  first_byte smallint NOT NULL,
  transfer smallint NOT NULL,
  total smallint NOT NULL,
  expected integer NOT NULL,
  up integer NOT NULL,
  degraded integer NOT NULL,
  down integer NOT NULL,
  unknown integer NOT NULL,
  maintenance integer NOT NULL,
  timed integer NOT NULL,
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_1d PRIMARY KEY (tenant_key, monitor_key, period, region_key),
  CONSTRAINT fk_monitor_rollups_1d_monitor_key FOREIGN KEY (tenant_key, monitor_key) REFERENCES monitors (tenant_key, key) ON DELETE CASCADE
);
-- cross-tenant: the level above is made of what is new
CREATE INDEX idx_monitor_rollups_1d_period ON monitor_rollups_1d USING brin (period) WITH (pages_per_range = 16);

-- Partitions -----------------------------------------------------------------------------------------------------------
-- Definer functions, because workers may not create tables. The two that take the table are for the others only.

DROP FUNCTION ensure_check_partitions(date, integer);
DROP FUNCTION drop_check_partitions(date);

CREATE FUNCTION ensure_day_partitions(parent text, per_day integer, first date, days integer) RETURNS integer
  LANGUAGE plpgsql SET search_path = public, pg_temp
  AS $$
DECLARE
  day date;
  name text;
  made integer := 0;
BEGIN
  -- Mostly everything is there: then nobody waits for anybody.
  IF (SELECT bool_and(to_regclass('public.' || parent || '_' || to_char(first + n, 'YYYYMMDD')) IS NOT NULL)
      FROM generate_series(0, least(days, 400) - 1) AS n) THEN
    RETURN 0;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('ensure_day_partitions'));
  FOR day IN SELECT generate_series(first, first + least(days, 400) - 1, interval '1 day')::date LOOP
    name := parent || '_' || to_char(day, 'YYYYMMDD');
    IF to_regclass('public.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', name, parent,
        (day - date '1970-01-01') * per_day, (day - date '1970-01-01' + 1) * per_day);
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
      EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END
$$;

CREATE FUNCTION drop_day_partitions(parent text, before date) RETURNS integer
  LANGUAGE plpgsql SET search_path = public, pg_temp
  AS $$
DECLARE
  name text;
  dropped integer := 0;
BEGIN
  FOR name IN
    SELECT c.relname
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = ('public.' || parent)::regclass
      AND c.relname ~ '_\d{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
  LOOP
    EXECUTE format('DROP TABLE %I', name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

-- Creates the daily partitions from `first` for `days` days, 400 at most; returns how many were missing.
CREATE FUNCTION ensure_check_partitions(first date, days integer) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT ensure_day_partitions('monitor_checks', 96, first, days) $$;
CREATE FUNCTION ensure_rollup_partitions(first date, days integer) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT ensure_day_partitions('monitor_rollups_5m', 288, first, days) $$;

-- Drops the daily partitions that end on or before `before`; returns how many.
CREATE FUNCTION drop_check_partitions(before date) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT drop_day_partitions('monitor_checks', before) $$;
CREATE FUNCTION drop_rollup_partitions(before date) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT drop_day_partitions('monitor_rollups_5m', before) $$;

-- What is there already ------------------------------------------------------------------------------------------------

SELECT ensure_check_partitions(day::date, 1)
FROM (
  SELECT DISTINCT (checked_at AT TIME ZONE 'UTC')::date + later AS day FROM wide_checks CROSS JOIN generate_series(0, 1) AS later
) AS days;
SELECT ensure_rollup_partitions(day::date, 1)
FROM (SELECT DISTINCT (starts_at AT TIME ZONE 'UTC')::date AS day FROM wide_rollups_5m) AS days;

INSERT INTO check_peers (tenant_key, address, fingerprint)
SELECT DISTINCT m.tenant_key, coalesce(c.address, ''), coalesce(c.certificate_fingerprint, '')
FROM wide_checks c
JOIN monitors m ON m.tenant_id = c.tenant_id AND m.id = c.monitor_id
WHERE c.address IS NOT NULL OR c.certificate_fingerprint IS NOT NULL;

INSERT INTO monitor_checks (quarter, after_ms, tenant_key, monitor_key, late_ms, peer_key, region_key, http_status,
  dns, connect, tls, first_byte, transfer, total, attempts, status, error_code, error_message, detail)
SELECT
  c.checked_ms / 900000,
  c.checked_ms % 900000,
  m.tenant_key,
  m.key,
  greatest(-2147483647, least(2147483647, c.checked_ms - to_millis(c.slot))),
  coalesce(p.key, 0),
  r.key,
  coalesce(c.http_status, 0),
  short_duration(c.dns_us),
  short_duration(c.connect_us),
  short_duration(c.tls_us),
  short_duration(c.first_byte_us),
  short_duration(c.transfer_us),
  short_duration(c.total_us),
  c.attempts,
  CASE c.status WHEN 'up' THEN 'u' WHEN 'degraded' THEN 'g' WHEN 'down' THEN 'd' WHEN 'maintenance' THEN 'm' ELSE 'n' END::"char",
  coalesce(c.error_code, ''),
  coalesce(c.error_message, ''),
  coalesce(c.detail::text, '')
FROM (SELECT *, to_millis(checked_at) AS checked_ms FROM wide_checks) AS c
JOIN monitors m ON m.tenant_id = c.tenant_id AND m.id = c.monitor_id
JOIN regions r ON r.name = c.region
LEFT JOIN check_peers p
  ON p.tenant_key = m.tenant_key AND p.address = coalesce(c.address, '') AND p.fingerprint = coalesce(c.certificate_fingerprint, '')
ORDER BY c.checked_at;

-- From entries of two bytes, bucket and count.
CREATE FUNCTION narrow_histogram(wide bytea) RETURNS bytea
  LANGUAGE sql IMMUTABLE
  AS $$
    SELECT merged_histogram(coalesce(string_agg(
      set_byte(set_byte('\xfe0000', 1, least(199, get_byte(wide, 2 * n))), 2, get_byte(wide, 2 * n + 1)), ''::bytea), ''))
    FROM generate_series(0, length(wide) / 2 - 1) AS n
  $$;

DO $$
DECLARE
  level record;
BEGIN
  FOR level IN SELECT * FROM (VALUES ('5m', 300), ('1h', 3600), ('1d', 86400)) AS levels (name, seconds) LOOP
    EXECUTE format($insert$
      INSERT INTO monitor_rollups_%1$s (tenant_key, monitor_key, period, region_key, dns, connect, tls, first_byte, transfer, total,
        expected, up, degraded, down, unknown, maintenance, timed, histogram)
      SELECT m.tenant_key, m.key, floor(extract(epoch FROM w.starts_at) / %2$s), r.key,
        short_duration(w.dns_us), short_duration(w.connect_us), short_duration(w.tls_us), short_duration(w.first_byte_us),
        short_duration(w.transfer_us), short_duration(w.total_us),
        w.expected, w.up, w.degraded, w.down, w.unknown, w.maintenance, w.timed, narrow_histogram(w.histogram)
      FROM wide_rollups_%1$s w
      JOIN monitors m ON m.tenant_id = w.tenant_id AND m.id = w.monitor_id
      JOIN regions r ON r.name = w.region
      ORDER BY w.starts_at
    $insert$, level.name, level.seconds);
  END LOOP;
END
$$;

DROP FUNCTION narrow_histogram(bytea);
DROP TABLE wide_checks, wide_rollups_5m, wide_rollups_1h, wide_rollups_1d;

-- For people and tests: checks as the API tells them. Row-level security is that of who asks.
CREATE VIEW check_results WITH (security_invoker = true) AS
SELECT
  m.tenant_id,
  m.id AS monitor_id,
  r.name AS region,
  from_millis(c.quarter * 900000::bigint + c.after_ms - c.late_ms) AS slot,
  from_millis(c.quarter * 900000::bigint + c.after_ms) AS checked_at,
  CASE c.status WHEN 'u' THEN 'up' WHEN 'g' THEN 'degraded' WHEN 'd' THEN 'down' WHEN 'm' THEN 'maintenance' ELSE 'unknown' END AS status,
  c.attempts,
  nullif(c.http_status, 0) AS http_status,
  duration_us(c.dns) AS dns_us,
  duration_us(c.connect) AS connect_us,
  duration_us(c.tls) AS tls_us,
  duration_us(c.first_byte) AS first_byte_us,
  duration_us(c.transfer) AS transfer_us,
  duration_us(c.total) AS total_us,
  nullif(p.address, '') AS address,
  nullif(p.fingerprint, '') AS certificate_fingerprint,
  nullif(c.error_code, '') AS error_code,
  CASE WHEN c.error_code <> '' THEN c.error_message END AS error_message,
  CASE WHEN c.detail <> '' THEN c.detail::jsonb END AS detail
FROM monitor_checks c
JOIN monitors m ON m.tenant_key = c.tenant_key AND m.key = c.monitor_key
JOIN regions r ON r.key = c.region_key
LEFT JOIN check_peers p ON p.tenant_key = c.tenant_key AND p.key = c.peer_key;

-- Row-level security ---------------------------------------------------------------------------------------------------

ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE monitors FORCE ROW LEVEL SECURITY;

ALTER TABLE check_peers ENABLE ROW LEVEL SECURITY;
ALTER TABLE check_peers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON check_peers TO vinsight_api USING (tenant_key = (SELECT current_tenant_key())) WITH CHECK (tenant_key = (SELECT current_tenant_key()));
CREATE POLICY worker_access ON check_peers TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE monitor_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_checks TO vinsight_api USING (tenant_key = (SELECT current_tenant_key())) WITH CHECK (tenant_key = (SELECT current_tenant_key()));
CREATE POLICY worker_access ON monitor_checks TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE monitor_rollups_5m ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_5m FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_5m TO vinsight_api USING (tenant_key = (SELECT current_tenant_key())) WITH CHECK (tenant_key = (SELECT current_tenant_key()));
CREATE POLICY worker_access ON monitor_rollups_5m TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE monitor_rollups_1h ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1h FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_1h TO vinsight_api USING (tenant_key = (SELECT current_tenant_key())) WITH CHECK (tenant_key = (SELECT current_tenant_key()));
CREATE POLICY worker_access ON monitor_rollups_1h TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE monitor_rollups_1d ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1d FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_1d TO vinsight_api USING (tenant_key = (SELECT current_tenant_key())) WITH CHECK (tenant_key = (SELECT current_tenant_key()));
CREATE POLICY worker_access ON monitor_rollups_1d TO vinsight_worker USING (true) WITH CHECK (true);

-- Grants ---------------------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION ensure_day_partitions(text, integer, date, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION drop_day_partitions(text, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION ensure_check_partitions(date, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION drop_check_partitions(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION ensure_rollup_partitions(date, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION drop_rollup_partitions(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_check_partitions(date, integer) TO vinsight_worker;
GRANT EXECUTE ON FUNCTION drop_check_partitions(date) TO vinsight_worker;
GRANT EXECUTE ON FUNCTION ensure_rollup_partitions(date, integer) TO vinsight_worker;
GRANT EXECUTE ON FUNCTION drop_rollup_partitions(date) TO vinsight_worker;

GRANT SELECT ON regions TO vinsight_api;
GRANT SELECT ON check_peers TO vinsight_api;
GRANT SELECT ON monitor_checks TO vinsight_api;
GRANT SELECT ON check_results TO vinsight_api;
GRANT SELECT ON monitor_rollups_5m TO vinsight_api;
GRANT SELECT ON monitor_rollups_1h TO vinsight_api;
GRANT SELECT ON monitor_rollups_1d TO vinsight_api;

GRANT SELECT (id, name, key) ON tenants TO vinsight_worker;
GRANT SELECT, INSERT ON regions TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE (seen_on), DELETE ON check_peers TO vinsight_worker;
GRANT SELECT, INSERT ON monitor_checks TO vinsight_worker;
GRANT SELECT ON check_results TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON monitor_rollups_5m TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON monitor_rollups_1h TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON monitor_rollups_1d TO vinsight_worker;
