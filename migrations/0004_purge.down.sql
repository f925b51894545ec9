REVOKE UPDATE (settings, secrets) ON alert_channels FROM vinsight_worker;
REVOKE DELETE ON monitors, alert_rules, alert_channels, incidents, notifications FROM vinsight_worker;
DROP POLICY worker_empty ON alert_channels;
DROP POLICY worker_purge ON alert_channels;
DROP POLICY worker_purge ON alert_rules;
DROP POLICY worker_purge ON monitors;
