DROP INDEX idx_incidents_monitor_id;
DROP TABLE rollup_progress;
DROP TABLE monitor_rollups_1d;
DROP TABLE monitor_rollups_1h;
DROP TABLE monitor_rollups_5m;
