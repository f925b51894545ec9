-- Monitors that are checked from several regions: each region keeps its own state, and one verdict follows from them.

ALTER TABLE regions
  -- the newest sign of life of one of its workers; NULL when there never was one
  ADD COLUMN seen_at timestamptz,
  -- checks what names no region of its own: the first that a worker ever came from
  ADD COLUMN is_default boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX idx_regions_is_default ON regions (is_default) WHERE is_default;
UPDATE regions
SET is_default = true
WHERE name = (SELECT region FROM check_buckets GROUP BY region ORDER BY min(taken_at), region LIMIT 1);

CREATE FUNCTION default_region() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT coalesce((SELECT name FROM regions WHERE is_default), 'default') $$;

ALTER TABLE monitors
  -- empty: the default region
  ADD COLUMN regions text[] NOT NULL DEFAULT '{}',
  -- how many of them must find it down; NULL: more than half
  ADD COLUMN quorum integer,
  ADD CONSTRAINT ck_monitors_quorum CHECK (quorum BETWEEN 1 AND greatest(1, cardinality(regions)));

-- Of monitors in several regions only, and written only when what a region believes has changed. Once a monitor has a row
-- here, its incidents follow from it for good.
CREATE TABLE monitor_verdicts (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  -- compare and set: a verdict moves from the version it was decided on
  version bigint NOT NULL DEFAULT 1,
  status text NOT NULL DEFAULT 'pending',
  since_ms bigint NOT NULL DEFAULT 0,
  is_incident_open boolean NOT NULL DEFAULT false,
  -- the region that can tell why; NULL before the first verdict
  region text,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_monitor_verdicts PRIMARY KEY (tenant_id, monitor_id),
  CONSTRAINT fk_monitor_verdicts_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
);
-- cross-tenant: workers look at the verdicts of a bucket's monitors
CREATE INDEX idx_monitor_verdicts_monitor_id ON monitor_verdicts (monitor_id);

ALTER TABLE monitor_verdicts ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_verdicts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_verdicts TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON monitor_verdicts TO vinsight_worker USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON monitor_verdicts TO vinsight_api;
GRANT SELECT, UPDATE ON monitor_verdicts TO vinsight_worker;
GRANT SELECT ON regions TO vinsight_api;
GRANT SELECT, INSERT, UPDATE (seen_at, is_default) ON regions TO vinsight_worker;
