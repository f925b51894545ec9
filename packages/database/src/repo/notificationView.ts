/** A notification as the API shows it. */
export const notificationColumnsOf = `
  n.id,
  n.incident_id AS "incidentId",
  n.channel_id AS "channelId",
  c.name AS "channelName",
  n.type,
  n.status,
  n.attempts,
  n.last_error AS "lastError",
  m.name AS "monitorName",
  n.rule_id AS "ruleId",
  n.sequence,
  rfc3339(n.due_at) AS "dueAt",
  n.reasons,
  n.digest_id AS "digestId",
  rfc3339(n.created_at) AS "createdAt",
  rfc3339(n.sent_at) AS "sentAt"
FROM notifications n
JOIN alert_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id
LEFT JOIN incidents i ON i.tenant_id = n.tenant_id AND i.id = n.incident_id
LEFT JOIN monitors m ON m.tenant_id = i.tenant_id AND m.id = i.monitor_id`
