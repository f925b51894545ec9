-- History: what checks add up to, so that a year costs no more to look at than a day. Results of late checks change rows
-- that are there, so every row is made by an upsert that may be repeated.
--
-- Not partitioned: rows are few (one for five checks at the usual interval), and BRIN finds the old ones for deletion.

-- Windows of five minutes, made of checks. Kept for 30 days.
CREATE TABLE monitor_rollups_5m (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  -- mean of the good checks that were timed, microseconds; NULL where none had the phase
  dns_us integer,
  connect_us integer,
  tls_us integer,
  first_byte_us integer,
  transfer_us integer,
  total_us integer,
  -- slots of the schedule as it was then; without a check, a slot is unknown
  expected smallint NOT NULL,
  up smallint NOT NULL,
  degraded smallint NOT NULL,
  down smallint NOT NULL,
  unknown smallint NOT NULL,
  maintenance smallint NOT NULL,
  -- good checks that were timed
  timed smallint NOT NULL,
  region text NOT NULL DEFAULT 'default',
  -- their durations: two bytes per entry, bucket and count (packages/domain/src/rules/histogram.ts)
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_5m PRIMARY KEY (tenant_id, monitor_id, starts_at, region),
  CONSTRAINT fk_monitor_rollups_5m_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
);
-- cross-tenant: the level above is made of what is new, and what is old is removed
CREATE INDEX idx_monitor_rollups_5m_starts_at ON monitor_rollups_5m USING brin (starts_at) WITH (pages_per_range = 16);

-- Hours, made of the above. Kept for 400 days.
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
-- cross-tenant: the level above is made of what is new, and what is old is removed
CREATE INDEX idx_monitor_rollups_1h_starts_at ON monitor_rollups_1h USING brin (starts_at) WITH (pages_per_range = 16);

-- Days in UTC, made of hours. Kept for ever.
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
-- cross-tenant: the level above is made of what is new, and what is old is removed
CREATE INDEX idx_monitor_rollups_1d_starts_at ON monitor_rollups_1d USING brin (starts_at) WITH (pages_per_range = 16);

-- How far each level is made. What began before rolled_until is there; what began before settled_until was made again after
-- late results had come.
CREATE TABLE rollup_progress (
  level text NOT NULL,
  rolled_until timestamptz NOT NULL,
  settled_until timestamptz NOT NULL,
  CONSTRAINT pk_rollup_progress PRIMARY KEY (level)
);

-- The incidents of one monitor over a range.
CREATE INDEX idx_incidents_monitor_id ON incidents (tenant_id, monitor_id, started_at);

-- Row-level security ---------------------------------------------------------------------------------------------------

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

-- Grants ---------------------------------------------------------------------------------------------------------------

GRANT SELECT ON monitor_rollups_5m TO vinsight_api;
GRANT SELECT ON monitor_rollups_1h TO vinsight_api;
GRANT SELECT ON monitor_rollups_1d TO vinsight_api;
GRANT SELECT ON rollup_progress TO vinsight_api;

GRANT SELECT, INSERT, UPDATE, DELETE ON monitor_rollups_5m TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON monitor_rollups_1h TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON monitor_rollups_1d TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON rollup_progress TO vinsight_worker;
