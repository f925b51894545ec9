/**
 * SQL of what an incident takes up again when it is one of its own once more, whoever writes it: the API when a person
 * unmerges it, or the worker when the incident that it was merged into is over.
 */

/**
 * Common table expressions over `freed`, whose rows are incidents (`tenant_id`, `id`, `acknowledged_at`); `heard` must be
 * read. Of what was not told because of the merging, each channel is told once: of the beginning, else of what came last.
 * The others are marked, too: merged and unmerged again and again, nothing older is told.
 * An escalation that the merging ended goes on at once with the step that it had come to.
 */
export const resumeSql = `
      revived AS (
        UPDATE notifications n
        SET status = CASE WHEN u.is_told THEN 'pending' ELSE n.status END,
          due_at = CASE WHEN u.is_told THEN clock_timestamp() ELSE n.due_at END,
          relayed_at = CASE WHEN u.is_told THEN NULL ELSE n.relayed_at END,
          reasons = n.reasons || jsonb_build_object('code', 'unmerged', 'at', rfc3339(clock_timestamp()), 'message',
            CASE WHEN u.is_told THEN 'An incident of its own again, so what was not told while it was merged is told now.'
                 WHEN u.is_on THEN 'An incident of its own again: another message tells this channel of it.'
                 ELSE 'An incident of its own again, but the channel is disabled or was removed.' END)
        FROM (
          SELECT n.tenant_id, n.id, c.id IS NOT NULL AS is_on, c.id IS NOT NULL AND 1 = row_number() OVER (
            PARTITION BY n.tenant_id, n.incident_id, n.channel_id
            ORDER BY n.type = 'incident.opened' DESC, n.created_at DESC, n.id DESC) AS is_told
          FROM freed f
          JOIN notifications n ON n.tenant_id = f.tenant_id AND n.incident_id = f.id
          LEFT JOIN alert_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id AND c.enabled AND c.deleted_at IS NULL
          WHERE n.status = 'suppressed' AND n.reasons -> -1 ->> 'code' = 'merged'
            AND n.type IN ('incident.opened', 'incident.repeated', 'incident.escalated')
        ) AS u
        WHERE n.tenant_id = u.tenant_id AND n.id = u.id
        RETURNING n.status
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
        FROM (SELECT 'notifications_pending' AS channel WHERE EXISTS (SELECT 1 FROM revived WHERE status = 'pending')
              UNION ALL
              SELECT 'escalations_pending' WHERE EXISTS (SELECT 1 FROM resumed)) AS news
      )`
