-- What is locked stays so until the end, so the index that takes longest comes first, and what locks most comes last.

-- ## Days of many monitors

-- bars of a list: 9,000 days are read out of some hundred pages of this index; of the table each lies on a page of its own.
-- Meanwhile no days are made; who makes them comes again.
CREATE INDEX idx_monitor_rollups_1d_counts ON monitor_rollups_1d (tenant_key, monitor_key, period)
  INCLUDE (expected, up, degraded, down, unknown, maintenance);

-- ## Incidents that are told as part of others

-- cross-tenant: the worker looks for those whose other one is over
CREATE INDEX idx_incidents_merged_open ON incidents (tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL AND resolved_at IS NULL;

ALTER TABLE escalations
  -- why it has ended (domain/rules/escalation); NULL: it has not, or an earlier version ended it
  ADD COLUMN ended_because text,
  -- how often it was taken up again: each time is a workflow of its own
  ADD COLUMN resumed integer NOT NULL DEFAULT 0;
GRANT UPDATE (starts_at, relayed_at, due_at, ended_at, ended_because, resumed) ON escalations TO vinsight_api;
