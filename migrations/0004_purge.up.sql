-- What people removed can be restored for as long as results are kept; then the worker deletes it. Policies let it delete
-- nothing but what was removed at least a day ago, whatever the code asks for.

CREATE POLICY worker_purge ON monitors FOR DELETE TO vinsight_worker USING (deleted_at < now() - interval '1 day');
CREATE POLICY worker_purge ON alert_rules FOR DELETE TO vinsight_worker USING (deleted_at < now() - interval '1 day');
CREATE POLICY worker_purge ON alert_channels FOR DELETE TO vinsight_worker USING (deleted_at < now() - interval '1 day');
-- A channel that incidents were told through stays in their ledger, as a name only.
CREATE POLICY worker_empty ON alert_channels FOR UPDATE TO vinsight_worker
  USING (deleted_at < now() - interval '1 day') WITH CHECK (deleted_at < now() - interval '1 day');

GRANT DELETE ON monitors, alert_rules, alert_channels, incidents, notifications TO vinsight_worker;
GRANT UPDATE (settings, secrets) ON alert_channels TO vinsight_worker;
