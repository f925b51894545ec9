/**
 * SQL of what an incident takes up again when it is one of its own once more, whoever writes it: the API when a person
 * unmerges it, or the worker when the incident that it was merged into is over.
 */

/**
 * Common table expressions over `freed`, whose rows are incidents (`tenant_id`, `id`, `acknowledged_at`); `heard` must be
 * read. Of what was not told because of the merging, each channel is told once: of the beginning, else of what came last.
 * An escalation that the merging ended goes on at once with the step that it had come to.
 */
export const resumeSql = `
      revived AS (
        UPDATE notifications n
        SET status = 'pending', due_at = clock_timestamp(), relayed_at = NULL,
          reasons = n.reasons || jsonb_build_object('code', 'unmerged', 'at', rfc3339(clock_timestamp()),
            'message', 'An incident of its own again, so what was not told while it was merged is told now.')
        FROM (
          SELECT DISTINCT ON (n.tenant_id, n.incident_id, n.channel_id) n.tenant_id, n.id
          FROM freed f
          JOIN notifications n ON n.tenant_id = f.tenant_id AND n.incident_id = f.id
          JOIN alert_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id AND c.enabled AND c.deleted_at IS NULL
          WHERE n.status = 'suppressed' AND n.reasons -> -1 ->> 'code' = 'merged'
            AND n.type IN ('incident.opened', 'incident.repeated', 'incident.escalated')
          ORDER BY n.tenant_id, n.incident_id, n.channel_id, n.type = 'incident.opened' DESC, n.created_at DESC, n.id DESC
        ) AS untold
        WHERE n.tenant_id = untold.tenant_id AND n.id = untold.id
        RETURNING n.id
      ), resumed AS (
        UPDATE escalations e
        SET ended_at = NULL, ended_because = NULL, relayed_at = NULL, resumed = e.resumed + 1,
          starts_at = clock_timestamp(), due_at = clock_timestamp()
        FROM freed f
        WHERE e.tenant_id = f.tenant_id AND e.incident_id = f.id
          AND e.ended_because = 'merged' AND f.acknowledged_at IS NULL
        RETURNING e.incident_id
      ), heard AS (
        SELECT pg_notify(channel, '')
        FROM (SELECT 'notifications_pending' AS channel WHERE EXISTS (SELECT 1 FROM revived)
              UNION ALL
              SELECT 'escalations_pending' WHERE EXISTS (SELECT 1 FROM resumed)) AS news
      )`
