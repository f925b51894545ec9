REVOKE SELECT (id, email) ON users FROM vinsight_worker;
REVOKE SELECT (tenant_id, user_id) ON memberships FROM vinsight_worker;
DROP POLICY worker_access ON users;
DROP POLICY worker_access ON memberships;

DROP TABLE delivery_attempts, escalations, incident_events, decisions;
DROP FUNCTION tell_escalation();

REVOKE UPDATE (status, due_at, relayed_at, reasons) ON notifications FROM vinsight_api;
-- what only the newer schema knows of
UPDATE notifications SET digest_id = NULL WHERE digest_id IS NOT NULL;
DELETE FROM notifications n
USING incidents i
WHERE i.tenant_id = n.tenant_id AND i.id = n.incident_id AND i.rule_id IS NOT NULL;
DELETE FROM notifications WHERE sequence > 0 OR type IN ('digest', 'silence.ended');
UPDATE notifications SET status = 'failed' WHERE status IN ('suppressed', 'digested');
DROP INDEX idx_notifications_digest_id, idx_notifications_rule_id, idx_notifications_created_at, idx_notifications_channel_id,
  idx_notifications_relay, idx_notifications_once, idx_notifications_relayed_at, idx_notifications_under_way, idx_notifications_digest;
ALTER TABLE notifications
  DROP CONSTRAINT ck_notifications_status,
  ADD CONSTRAINT ck_notifications_status CHECK (status IN ('pending', 'sent', 'failed')),
  DROP COLUMN digest_id,
  DROP COLUMN reasons,
  DROP COLUMN due_at,
  DROP COLUMN sequence,
  DROP COLUMN rule_id;
CREATE UNIQUE INDEX idx_notifications_once ON notifications (tenant_id, incident_id, channel_id, type);
CREATE INDEX idx_notifications_relay ON notifications (created_at) WHERE relayed_at IS NULL;

ALTER TABLE alert_channels
  DROP COLUMN budget_seconds,
  DROP COLUMN budget_messages,
  DROP COLUMN quiet_hours;

DROP INDEX idx_incidents_merged_into_id, idx_incidents_group_id, idx_incidents_rule_id, idx_incidents_open;
REVOKE UPDATE (severity, owner_id, merged_into_id) ON incidents FROM vinsight_api;
UPDATE incidents SET merged_into_id = NULL WHERE merged_into_id IS NOT NULL;
DELETE FROM incidents WHERE rule_id IS NOT NULL;
ALTER TABLE incidents
  DROP COLUMN merged_into_id,
  DROP COLUMN group_id,
  DROP COLUMN owner_id,
  DROP COLUMN severity,
  DROP COLUMN rule_id,
  DROP COLUMN trigger;
CREATE UNIQUE INDEX idx_incidents_open ON incidents (tenant_id, monitor_id) WHERE resolved_at IS NULL;
DROP TABLE incident_groups, silences;

DROP INDEX idx_alert_rules_escalation_policy_id;
-- rules of other triggers mean nothing to the older schema
DELETE FROM alert_rules WHERE trigger <> 'down';
ALTER TABLE alert_rules
  DROP COLUMN escalation_policy_id,
  DROP COLUMN active_hours,
  DROP COLUMN repeat_seconds,
  DROP COLUMN delay_seconds,
  DROP COLUMN condition,
  DROP COLUMN severity;

DROP TABLE escalation_policies, user_contacts, on_call_overrides, on_call_schedules, maintenance_windows, monitor_parents;

DROP VIEW check_results;
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
GRANT SELECT ON check_results TO vinsight_api, vinsight_worker;
-- the older schema knows one letter for maintenance
UPDATE monitor_checks SET status = 'm' WHERE status IN ('G', 'D');

ALTER TABLE monitor_state DROP COLUMN memory;
ALTER TABLE monitors DROP COLUMN degraded_after_ms;
