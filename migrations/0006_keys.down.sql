-- Back to UUIDs and instants: durations stay as exact as short ones were.

ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitors NO FORCE ROW LEVEL SECURITY;
ALTER TABLE check_peers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_checks NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_5m NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1h NO FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1d NO FORCE ROW LEVEL SECURITY;

DROP FUNCTION ensure_check_partitions(date, integer);
DROP FUNCTION drop_check_partitions(date);
DROP FUNCTION ensure_rollup_partitions(date, integer);
DROP FUNCTION drop_rollup_partitions(date);
DROP FUNCTION ensure_day_partitions(text, integer, date, integer);
DROP FUNCTION drop_day_partitions(text, date);
ALTER VIEW check_results RENAME TO narrow_results;
ALTER TABLE monitor_checks RENAME TO narrow_checks;
ALTER TABLE monitor_rollups_5m RENAME TO narrow_rollups_5m;
ALTER TABLE monitor_rollups_1h RENAME TO narrow_rollups_1h;
ALTER TABLE monitor_rollups_1d RENAME TO narrow_rollups_1d;
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent IN ('narrow_checks'::regclass, 'narrow_rollups_5m'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %I RENAME TO %I', name, 'narrow_' || name);
  END LOOP;
END
$$;
ALTER TABLE narrow_rollups_5m RENAME CONSTRAINT pk_monitor_rollups_5m TO pk_narrow_rollups_5m;
ALTER TABLE narrow_rollups_1h RENAME CONSTRAINT pk_monitor_rollups_1h TO pk_narrow_rollups_1h;
ALTER TABLE narrow_rollups_1d RENAME CONSTRAINT pk_monitor_rollups_1d TO pk_narrow_rollups_1d;

CREATE TABLE monitor_checks (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  checked_at timestamptz NOT NULL,
  slot timestamptz NOT NULL,
  region text NOT NULL DEFAULT 'default',
  status text NOT NULL,
  attempts smallint NOT NULL,
  http_status smallint,
  dns_us integer,
  connect_us integer,
  tls_us integer,
  first_byte_us integer,
  transfer_us integer,
  total_us integer,
  address text,
  certificate_fingerprint bytea,
  error_code text,
  error_message text,
  detail jsonb
) PARTITION BY RANGE (checked_at);
DROP INDEX idx_monitor_checks_monitor_key;
CREATE INDEX idx_monitor_checks_monitor_id ON monitor_checks (tenant_id, monitor_id, checked_at);
CREATE INDEX idx_monitor_checks_checked_at ON monitor_checks USING brin (checked_at);

CREATE TABLE monitor_rollups_5m (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  dns_us integer,
  connect_us integer,
  tls_us integer,
  first_byte_us integer,
  transfer_us integer,
  total_us integer,
  expected smallint NOT NULL,
  up smallint NOT NULL,
  degraded smallint NOT NULL,
  down smallint NOT NULL,
  unknown smallint NOT NULL,
  maintenance smallint NOT NULL,
  timed smallint NOT NULL,
  region text NOT NULL DEFAULT 'default',
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_5m PRIMARY KEY (tenant_id, monitor_id, starts_at, region),
  CONSTRAINT fk_monitor_rollups_5m_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_monitor_rollups_5m_starts_at ON monitor_rollups_5m USING brin (starts_at) WITH (pages_per_range = 16);
CREATE TABLE monitor_rollups_1h (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  dns_us integer,
  connect_us integer,
  tls_us integer,
  first_byte_us integer,
  transfer_us integer,
  total_us integer,
  expected smallint NOT NULL,
  up smallint NOT NULL,
  degraded smallint NOT NULL,
  down smallint NOT NULL,
  unknown smallint NOT NULL,
  maintenance smallint NOT NULL,
  timed smallint NOT NULL,
  region text NOT NULL DEFAULT 'default',
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_1h PRIMARY KEY (tenant_id, monitor_id, starts_at, region),
  CONSTRAINT fk_monitor_rollups_1h_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_monitor_rollups_1h_starts_at ON monitor_rollups_1h USING brin (starts_at) WITH (pages_per_range = 16);
CREATE TABLE monitor_rollups_1d (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  dns_us integer,
  connect_us integer,
  tls_us integer,
  first_byte_us integer,
  transfer_us integer,
  total_us integer,
  expected integer NOT NULL,
  up integer NOT NULL,
  degraded integer NOT NULL,
  down integer NOT NULL,
  unknown integer NOT NULL,
  maintenance integer NOT NULL,
  timed integer NOT NULL,
  region text NOT NULL DEFAULT 'default',
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_1d PRIMARY KEY (tenant_id, monitor_id, starts_at, region),
  CONSTRAINT fk_monitor_rollups_1d_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_monitor_rollups_1d_starts_at ON monitor_rollups_1d USING brin (starts_at) WITH (pages_per_range = 16);

CREATE FUNCTION ensure_check_partitions(first date, days integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
DECLARE
  day date;
  name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ensure_check_partitions'));
  FOR day IN SELECT generate_series(first, first + least(days, 400) - 1, interval '1 day')::date LOOP
    name := 'monitor_checks_' || to_char(day, 'YYYYMMDD');
    IF to_regclass('public.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF monitor_checks FOR VALUES FROM (%L) TO (%L)', name,
        day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
      EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END
$$;

CREATE FUNCTION drop_check_partitions(before date) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
DECLARE
  name text;
  dropped integer := 0;
BEGIN
  FOR name IN
    SELECT c.relname
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.monitor_checks'::regclass
      AND c.relname ~ '^monitor_checks_\d{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
  LOOP
    EXECUTE format('DROP TABLE %I', name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

SELECT ensure_check_partitions(day, 1)
FROM (SELECT DISTINCT date '1970-01-01' + quarter / 96 AS day FROM narrow_checks) AS days;

INSERT INTO monitor_checks (tenant_id, monitor_id, region, checked_at, slot, status, attempts, http_status, dns_us, connect_us,
  tls_us, first_byte_us, transfer_us, total_us, address, certificate_fingerprint, error_code, error_message, detail)
SELECT tenant_id, monitor_id, region, checked_at, slot, status, attempts, http_status, dns_us, connect_us,
  tls_us, first_byte_us, transfer_us, total_us, address, certificate_fingerprint, error_code, error_message, detail
FROM narrow_results;

-- To entries of two bytes, bucket and count.
CREATE FUNCTION wide_histogram(narrow bytea) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE
  AS $$
DECLARE
  size integer := length(narrow);
  place integer := 0;
  code integer;
  bucket integer;
  n integer;
  wide text := '';
BEGIN
  WHILE place < size LOOP
    code := get_byte(narrow, place);
    bucket := CASE WHEN code < 200 THEN code ELSE get_byte(narrow, place + 1) END;
    IF code < 200 THEN
      n := 1;
      place := place + 1;
    ELSIF code < 254 THEN
      n := code - 198;
      place := place + 2;
    ELSIF code = 254 THEN
      n := get_byte(narrow, place + 2);
      place := place + 3;
    ELSE
      n := get_byte(narrow, place + 2) * 256 + get_byte(narrow, place + 3);
      place := place + 4;
    END IF;
    wide := wide || repeat(lpad(to_hex(bucket), 2, '0') || 'ff', n / 255)
      || CASE WHEN n % 255 > 0 THEN lpad(to_hex(bucket * 256 + n % 255), 4, '0') ELSE '' END;
  END LOOP;
  RETURN decode(wide, 'hex');
END
$$;

DO $$
DECLARE
  level record;
BEGIN
  FOR level IN SELECT * FROM (VALUES ('5m', 300), ('1h', 3600), ('1d', 86400)) AS levels (name, seconds) LOOP
    EXECUTE format($insert$
      INSERT INTO monitor_rollups_%1$s (tenant_id, monitor_id, starts_at, region, dns_us, connect_us, tls_us, first_byte_us,
        transfer_us, total_us, expected, up, degraded, down, unknown, maintenance, timed, histogram)
      SELECT m.tenant_id, m.id, to_timestamp(n.period::bigint * %2$s), r.name, duration_us(n.dns), duration_us(n.connect),
        duration_us(n.tls), duration_us(n.first_byte), duration_us(n.transfer), duration_us(n.total),
        n.expected, n.up, n.degraded, n.down, n.unknown, n.maintenance, n.timed, wide_histogram(n.histogram)
      FROM narrow_rollups_%1$s n
      JOIN monitors m ON m.tenant_key = n.tenant_key AND m.key = n.monitor_key
      JOIN regions r ON r.key = n.region_key
      ORDER BY n.period
    $insert$, level.name, level.seconds);
  END LOOP;
END
$$;

DROP FUNCTION wide_histogram(bytea);
DROP VIEW narrow_results;
DROP TABLE narrow_checks, narrow_rollups_5m, narrow_rollups_1h, narrow_rollups_1d, check_peers, regions;
DROP FUNCTION merged_histogram(bytea);
DROP FUNCTION duration_us(smallint);
DROP FUNCTION short_duration(bigint);
DROP FUNCTION current_tenant_key();
DROP TRIGGER set_tenant_key ON monitors;
DROP FUNCTION set_tenant_key();
ALTER TABLE monitors DROP CONSTRAINT fk_monitors_tenant_key, DROP CONSTRAINT uq_monitors_key, DROP COLUMN key, DROP COLUMN tenant_key;
REVOKE SELECT (key) ON tenants FROM vinsight_worker;
ALTER TABLE tenants DROP CONSTRAINT uq_tenants_id_key, DROP CONSTRAINT uq_tenants_key, DROP COLUMN key;

ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE monitors FORCE ROW LEVEL SECURITY;
ALTER TABLE monitor_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_checks TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON monitor_checks TO vinsight_worker USING (true) WITH CHECK (true);
ALTER TABLE monitor_rollups_5m ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_5m FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_5m TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON monitor_rollups_5m TO vinsight_worker USING (true) WITH CHECK (true);
ALTER TABLE monitor_rollups_1h ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1h FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_1h TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON monitor_rollups_1h TO vinsight_worker USING (true) WITH CHECK (true);
ALTER TABLE monitor_rollups_1d ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1d FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_1d TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON monitor_rollups_1d TO vinsight_worker USING (true) WITH CHECK (true);

REVOKE ALL ON FUNCTION ensure_check_partitions(date, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION drop_check_partitions(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_check_partitions(date, integer) TO vinsight_worker;
GRANT EXECUTE ON FUNCTION drop_check_partitions(date) TO vinsight_worker;
GRANT SELECT ON monitor_checks TO vinsight_api;
GRANT SELECT ON monitor_rollups_5m TO vinsight_api;
GRANT SELECT ON monitor_rollups_1h TO vinsight_api;
GRANT SELECT ON monitor_rollups_1d TO vinsight_api;
GRANT SELECT, INSERT ON monitor_checks TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON monitor_rollups_5m TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON monitor_rollups_1h TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON monitor_rollups_1d TO vinsight_worker;
