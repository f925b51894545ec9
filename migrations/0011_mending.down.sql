DROP INDEX idx_monitor_rollups_1d_counts;
DROP INDEX idx_incidents_merged_open;
REVOKE UPDATE (starts_at, relayed_at, due_at, ended_at, ended_because, resumed) ON escalations FROM vinsight_api;
ALTER TABLE escalations DROP COLUMN ended_because, DROP COLUMN resumed;
