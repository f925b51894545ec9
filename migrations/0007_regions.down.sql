-- Before, a monitor had one state; those of other regions would be shown as monitors of their own.
ALTER TABLE monitor_state NO FORCE ROW LEVEL SECURITY;
DELETE FROM monitor_state WHERE region <> default_region();
ALTER TABLE monitor_state FORCE ROW LEVEL SECURITY;

DROP TABLE monitor_verdicts;
ALTER TABLE monitors
  DROP CONSTRAINT ck_monitors_quorum,
  DROP COLUMN quorum,
  DROP COLUMN regions;
DROP FUNCTION default_region();
DROP INDEX idx_regions_is_default;
REVOKE UPDATE (seen_at, is_default) ON regions FROM vinsight_worker;
ALTER TABLE regions
  DROP COLUMN is_default,
  DROP COLUMN seen_at;
