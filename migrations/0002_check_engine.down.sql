ALTER TABLE incidents DROP COLUMN evidence;
ALTER TABLE monitor_checks DROP COLUMN detail;
ALTER TABLE monitor_state DROP COLUMN last_good;
ALTER TABLE monitors DROP COLUMN secret_names, DROP COLUMN secrets, DROP COLUMN inverted;
