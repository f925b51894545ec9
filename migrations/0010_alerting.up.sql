-- Alerting that can be trusted: rules beyond "down", planned work, dependencies, decisions with their reasons, people on
-- call, and a ledger of every attempt to tell somebody.

-- ## What is known of a monitor

ALTER TABLE monitors
  -- an answer that took longer makes a good check degraded, milliseconds; NULL: never
  ADD COLUMN degraded_after_ms integer,
  ADD CONSTRAINT ck_monitors_degraded_after_ms CHECK (degraded_after_ms BETWEEN 1 AND 120000);

ALTER TABLE monitor_state
  -- what decisions remember beyond the columns: turns for flapping, what each rule has raised; NULL: nothing
  ADD COLUMN memory jsonb;

-- A check in a maintenance window counts as maintenance, and its letter says what it found all the same: m up, G degraded,
-- D down. Without that, stored checks could not be decided again.
CREATE OR REPLACE VIEW check_results WITH (security_invoker = true) AS
SELECT
  m.tenant_id,
  m.id AS monitor_id,
  r.name AS region,
  from_millis(c.quarter * 900000::bigint + c.after_ms - c.late_ms) AS slot,
  from_millis(c.quarter * 900000::bigint + c.after_ms) AS checked_at,
  CASE WHEN c.status = 'u' THEN 'up' WHEN c.status = 'g' THEN 'degraded' WHEN c.status = 'd' THEN 'down'
    WHEN c.status IN ('m', 'G', 'D') THEN 'maintenance' ELSE 'unknown' END AS status,
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
  CASE WHEN c.detail <> '' THEN c.detail::jsonb END AS detail,
  CASE c.status WHEN 'u' THEN 'up' WHEN 'm' THEN 'up' WHEN 'g' THEN 'degraded' WHEN 'G' THEN 'degraded'
    WHEN 'd' THEN 'down' WHEN 'D' THEN 'down' ELSE 'unknown' END AS found
FROM monitor_checks c
JOIN monitors m ON m.tenant_key = c.tenant_key AND m.key = c.monitor_key
JOIN regions r ON r.key = c.region_key
LEFT JOIN check_peers p ON p.tenant_key = c.tenant_key AND p.key = c.peer_key;

-- While one of its parents is down, a monitor that fails is noted but nobody is told.
CREATE TABLE monitor_parents (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  parent_id uuid NOT NULL,
  CONSTRAINT pk_monitor_parents PRIMARY KEY (tenant_id, monitor_id, parent_id),
  CONSTRAINT fk_monitor_parents_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_monitor_parents_parent_id FOREIGN KEY (tenant_id, parent_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_monitor_parents_other CHECK (monitor_id <> parent_id)
);
CREATE INDEX idx_monitor_parents_parent_id ON monitor_parents (tenant_id, parent_id);

-- Planned work. Of a recurring window, `starts_at` and `ends_at` are the first occurrence; the others follow from
-- `recurrence` on the clock of `time_zone` (domain/rules/maintenance).
CREATE TABLE maintenance_windows (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  -- IANA name
  time_zone text NOT NULL,
  -- NULL: once
  recurrence jsonb,
  -- monitors with one of these tags, or named below; both empty: every monitor
  tags text[] NOT NULL DEFAULT '{}',
  monitor_ids uuid[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  CONSTRAINT pk_maintenance_windows PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_maintenance_windows_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT ck_maintenance_windows_span CHECK (ends_at > starts_at)
);

-- ## On call

CREATE TABLE on_call_schedules (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  time_zone text NOT NULL,
  -- rotations, the later ones over the earlier ones (domain/model/OnCallSchedule)
  layers jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  CONSTRAINT pk_on_call_schedules PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_on_call_schedules_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

-- Somebody stands in for whoever the rotations name.
CREATE TABLE on_call_overrides (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  user_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_on_call_overrides PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_on_call_overrides_schedule_id FOREIGN KEY (tenant_id, schedule_id) REFERENCES on_call_schedules (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_on_call_overrides_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE,
  CONSTRAINT ck_on_call_overrides_span CHECK (ends_at > starts_at)
);
CREATE INDEX idx_on_call_overrides_schedule_id ON on_call_overrides (tenant_id, schedule_id, ends_at);

-- By which channels a person is told.
CREATE TABLE user_contacts (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  CONSTRAINT pk_user_contacts PRIMARY KEY (tenant_id, user_id, channel_id),
  CONSTRAINT fk_user_contacts_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE,
  CONSTRAINT fk_user_contacts_channel_id FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_user_contacts_channel_id ON user_contacts (tenant_id, channel_id);

CREATE TABLE escalation_policies (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  -- in order: how long to wait, whom to tell (domain/model/EscalationPolicy)
  steps jsonb NOT NULL,
  -- how often all steps are gone through again while nobody acknowledges
  repeats integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  CONSTRAINT pk_escalation_policies PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_escalation_policies_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

-- ## Rules and silences

ALTER TABLE alert_rules
  ADD COLUMN severity text NOT NULL DEFAULT 'critical',
  -- of the trigger: limits and windows (domain/model/AlertRule)
  ADD COLUMN condition jsonb NOT NULL DEFAULT '{}',
  -- told only when it lasts so long
  ADD COLUMN delay_seconds integer NOT NULL DEFAULT 0,
  -- told again so often until somebody acknowledges; NULL: once
  ADD COLUMN repeat_seconds integer,
  -- NULL: always (domain/model/ActiveHours)
  ADD COLUMN active_hours jsonb,
  ADD COLUMN escalation_policy_id uuid,
  ADD CONSTRAINT fk_alert_rules_escalation_policy_id FOREIGN KEY (tenant_id, escalation_policy_id) REFERENCES escalation_policies (tenant_id, id),
  ADD CONSTRAINT ck_alert_rules_severity CHECK (severity IN ('critical', 'warning', 'info')),
  ADD CONSTRAINT ck_alert_rules_delay_seconds CHECK (delay_seconds BETWEEN 0 AND 86400),
  ADD CONSTRAINT ck_alert_rules_repeat_seconds CHECK (repeat_seconds BETWEEN 60 AND 86400);
CREATE INDEX idx_alert_rules_escalation_policy_id ON alert_rules (tenant_id, escalation_policy_id);

CREATE TABLE silences (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  -- what they match, all of them (domain/model/Silence)
  matchers jsonb NOT NULL,
  reason text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  created_by uuid NOT NULL,
  -- told that it has ended; NULL: nobody
  notice_channel_id uuid,
  noticed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_silences PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_silences_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT fk_silences_created_by FOREIGN KEY (created_by) REFERENCES users (id),
  CONSTRAINT fk_silences_notice_channel_id FOREIGN KEY (tenant_id, notice_channel_id) REFERENCES alert_channels (tenant_id, id),
  CONSTRAINT ck_silences_span CHECK (ends_at > starts_at)
);
CREATE INDEX idx_silences_ends_at ON silences (tenant_id, ends_at);
CREATE INDEX idx_silences_notice_channel_id ON silences (tenant_id, notice_channel_id);
-- cross-tenant: the worker looks for those that have just ended
CREATE INDEX idx_silences_unnoticed ON silences (ends_at) WHERE notice_channel_id IS NOT NULL AND noticed_at IS NULL;

-- ## Incidents

-- Those that were opened together: by tag or by cause, within a window.
CREATE TABLE incident_groups (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  -- what they have in common: tag:<tag> or cause:<code>
  key text NOT NULL,
  opened_at timestamptz NOT NULL,
  CONSTRAINT pk_incident_groups PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_incident_groups_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);
CREATE INDEX idx_incident_groups_key ON incident_groups (tenant_id, key, opened_at DESC);

ALTER TABLE incidents
  -- what was raised: `down` of the monitor itself, anything else by the rule
  ADD COLUMN trigger text NOT NULL DEFAULT 'down',
  ADD COLUMN rule_id uuid,
  ADD COLUMN severity text NOT NULL DEFAULT 'critical',
  ADD COLUMN owner_id uuid,
  ADD COLUMN group_id uuid,
  -- told as part of another one from then on
  ADD COLUMN merged_into_id uuid,
  ADD CONSTRAINT fk_incidents_rule_id FOREIGN KEY (tenant_id, rule_id) REFERENCES alert_rules (tenant_id, id),
  ADD CONSTRAINT fk_incidents_owner_id FOREIGN KEY (owner_id) REFERENCES users (id),
  ADD CONSTRAINT fk_incidents_group_id FOREIGN KEY (tenant_id, group_id) REFERENCES incident_groups (tenant_id, id),
  ADD CONSTRAINT fk_incidents_merged_into_id FOREIGN KEY (tenant_id, merged_into_id) REFERENCES incidents (tenant_id, id),
  ADD CONSTRAINT ck_incidents_severity CHECK (severity IN ('critical', 'warning', 'info')),
  ADD CONSTRAINT ck_incidents_rule CHECK ((trigger = 'down') = (rule_id IS NULL)),
  ADD CONSTRAINT ck_incidents_merged_into_id CHECK (merged_into_id <> id);
-- R4: at most one is open per monitor and rule; the zero UUID stands for the monitor itself
DROP INDEX idx_incidents_open;
CREATE UNIQUE INDEX idx_incidents_open ON incidents (tenant_id, monitor_id, (coalesce(rule_id, '00000000-0000-0000-0000-000000000000'))) WHERE resolved_at IS NULL;
CREATE INDEX idx_incidents_rule_id ON incidents (tenant_id, rule_id) WHERE rule_id IS NOT NULL;
CREATE INDEX idx_incidents_group_id ON incidents (tenant_id, group_id) WHERE group_id IS NOT NULL;
CREATE INDEX idx_incidents_merged_into_id ON incidents (tenant_id, merged_into_id) WHERE merged_into_id IS NOT NULL;

-- Every turn that the worker decided, with what it was decided on: enough to decide it again, byte by byte. Also those
-- that opened nothing, such as a failure during planned work.
CREATE TABLE decisions (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  -- NULL: nothing was opened or ended
  incident_id uuid,
  -- NULL: of the monitor itself
  rule_id uuid,
  kind text NOT NULL,
  -- when the check began that was decided on
  decided_at timestamptz NOT NULL,
  -- {code, message} in the order in which they were found
  reasons jsonb NOT NULL,
  -- json keeps every byte
  record json NOT NULL,
  CONSTRAINT pk_decisions PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_decisions_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_decisions_incident_id FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_decisions_monitor_id ON decisions (tenant_id, monitor_id, decided_at DESC);
CREATE INDEX idx_decisions_incident_id ON decisions (tenant_id, incident_id, decided_at) WHERE incident_id IS NOT NULL;
-- cross-tenant: the worker forgets what is older than checks are kept
CREATE INDEX idx_decisions_decided_at ON decisions USING brin (decided_at);

-- What people and the escalation did to an incident, in order.
CREATE TABLE incident_events (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  incident_id uuid NOT NULL,
  -- acknowledged, resolved, note, owner, severity, merged, escalated ...
  kind text NOT NULL,
  -- NULL: nobody, or whoever had the signed link
  user_id uuid,
  -- a sentence, or the note
  message text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_incident_events PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_incident_events_incident_id FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_incident_events_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX idx_incident_events_incident_id ON incident_events (tenant_id, incident_id, created_at);

-- The outbox of escalations: written with the incident, then a workflow of its own.
CREATE TABLE escalations (
  tenant_id uuid NOT NULL,
  incident_id uuid NOT NULL,
  policy_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  -- the first step waits from here
  starts_at timestamptz NOT NULL,
  -- handed to the workflow
  relayed_at timestamptz,
  -- the next step: ten for each time that all steps are gone through, from 0
  position integer NOT NULL DEFAULT 0,
  -- when it is looked at next
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  CONSTRAINT pk_escalations PRIMARY KEY (tenant_id, incident_id, policy_id),
  CONSTRAINT fk_escalations_incident_id FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_escalations_policy_id FOREIGN KEY (tenant_id, policy_id) REFERENCES escalation_policies (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_escalations_rule_id FOREIGN KEY (tenant_id, rule_id) REFERENCES alert_rules (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_escalations_policy_id ON escalations (tenant_id, policy_id);
CREATE INDEX idx_escalations_rule_id ON escalations (tenant_id, rule_id);
-- cross-tenant: the worker starts those of every tenant, and takes over what nobody looks at any more
CREATE INDEX idx_escalations_due_at ON escalations (due_at) WHERE ended_at IS NULL;

-- Whoever writes one: the workers hear of it when the transaction commits.
CREATE FUNCTION tell_escalation() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('escalations_pending', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER tell_escalation AFTER INSERT ON escalations FOR EACH ROW EXECUTE FUNCTION tell_escalation();

-- ## Telling people

ALTER TABLE alert_channels
  -- NULL: never (domain/model/QuietHours)
  ADD COLUMN quiet_hours jsonb,
  -- so many messages per window; what is beyond them goes into one digest
  ADD COLUMN budget_messages integer NOT NULL DEFAULT 20,
  ADD COLUMN budget_seconds integer NOT NULL DEFAULT 300,
  ADD CONSTRAINT ck_alert_channels_budget CHECK (budget_messages BETWEEN 1 AND 1000 AND budget_seconds BETWEEN 60 AND 86400);

ALTER TABLE notifications
  ADD COLUMN rule_id uuid,
  -- first, second ... time that this channel is told of this turn: repeats and escalation
  ADD COLUMN sequence integer NOT NULL DEFAULT 0,
  -- not before; later than created_at: why, is in `reasons`
  ADD COLUMN due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- why it was sent, held, suppressed or digested: {code, message, at} in order
  ADD COLUMN reasons jsonb NOT NULL DEFAULT '[]',
  -- the notification that told of it instead
  ADD COLUMN digest_id uuid,
  ADD CONSTRAINT fk_notifications_rule_id FOREIGN KEY (tenant_id, rule_id) REFERENCES alert_rules (tenant_id, id) ON DELETE SET NULL (rule_id),
  ADD CONSTRAINT fk_notifications_digest_id FOREIGN KEY (tenant_id, digest_id) REFERENCES notifications (tenant_id, id) ON DELETE SET NULL (digest_id),
  DROP CONSTRAINT ck_notifications_status,
  ADD CONSTRAINT ck_notifications_status CHECK (status IN ('pending', 'sent', 'failed', 'suppressed', 'digested'));
DROP INDEX idx_notifications_once;
CREATE UNIQUE INDEX idx_notifications_once ON notifications (tenant_id, incident_id, channel_id, type, sequence);
DROP INDEX idx_notifications_relay;
-- cross-tenant: the outbox, in the order in which it is due
CREATE INDEX idx_notifications_relay ON notifications (due_at) WHERE relayed_at IS NULL;
CREATE INDEX idx_notifications_channel_id ON notifications (tenant_id, channel_id, created_at DESC);
CREATE INDEX idx_notifications_created_at ON notifications (tenant_id, created_at DESC);
CREATE INDEX idx_notifications_rule_id ON notifications (tenant_id, rule_id) WHERE rule_id IS NOT NULL;
CREATE INDEX idx_notifications_digest_id ON notifications (tenant_id, digest_id) WHERE digest_id IS NOT NULL;
-- how much of a channel's budget is used
CREATE INDEX idx_notifications_relayed_at ON notifications (tenant_id, channel_id, relayed_at) WHERE relayed_at IS NOT NULL;
-- cross-tenant: channels with something that was handed on and has not been delivered
CREATE INDEX idx_notifications_under_way ON notifications (relayed_at) WHERE status = 'pending' AND relayed_at IS NOT NULL;
CREATE INDEX idx_notifications_digest ON notifications (tenant_id, channel_id, created_at DESC) WHERE type = 'digest';

-- The delivery ledger: each attempt and what the receiver answered.
CREATE TABLE delivery_attempts (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  notification_id uuid NOT NULL,
  attempt integer NOT NULL,
  attempted_at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  -- NULL: no answer, or no protocol with a status
  response_status integer,
  -- the first 2 KiB
  answer text,
  error_code text,
  error_message text,
  CONSTRAINT pk_delivery_attempts PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_delivery_attempts_notification_id FOREIGN KEY (tenant_id, notification_id) REFERENCES notifications (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_delivery_attempts_notification_id ON delivery_attempts (tenant_id, notification_id, attempted_at);
-- cross-tenant: the worker forgets the oldest
CREATE INDEX idx_delivery_attempts_attempted_at ON delivery_attempts USING brin (attempted_at);

-- ## Walls

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['monitor_parents', 'maintenance_windows', 'on_call_schedules', 'on_call_overrides', 'user_contacts',
    'escalation_policies', 'silences', 'incident_groups', 'decisions', 'incident_events', 'escalations', 'delivery_attempts']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_isolation ON %I TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', name);
    EXECUTE format('CREATE POLICY worker_access ON %I TO vinsight_worker USING (true) WITH CHECK (true)', name);
  END LOOP;
END
$$;

-- what was removed and comes back, or is checked from elsewhere, begins anew
GRANT UPDATE (memory) ON monitor_state TO vinsight_api;
GRANT SELECT, INSERT, DELETE ON monitor_parents, user_contacts TO vinsight_api;
GRANT SELECT, INSERT, UPDATE ON maintenance_windows, on_call_schedules, escalation_policies, silences TO vinsight_api;
GRANT SELECT, INSERT, DELETE ON on_call_overrides TO vinsight_api;
GRANT SELECT ON decisions, delivery_attempts, escalations, incident_groups TO vinsight_api;
GRANT SELECT, INSERT ON incident_events TO vinsight_api;
GRANT UPDATE (severity, owner_id, merged_into_id) ON incidents TO vinsight_api;
-- retried by hand
GRANT UPDATE (status, due_at, relayed_at, reasons) ON notifications TO vinsight_api;

GRANT SELECT ON monitor_parents, user_contacts TO vinsight_worker;
GRANT SELECT, DELETE ON maintenance_windows, on_call_schedules, on_call_overrides, escalation_policies TO vinsight_worker;
GRANT SELECT, DELETE, UPDATE (noticed_at) ON silences TO vinsight_worker;
GRANT SELECT, INSERT, DELETE ON incident_groups, decisions, incident_events TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON escalations TO vinsight_worker;
GRANT SELECT, INSERT, DELETE ON delivery_attempts TO vinsight_worker;

-- The escalation names people in the timeline, and tells nobody who has left.
CREATE POLICY worker_access ON memberships FOR SELECT TO vinsight_worker USING (true);
CREATE POLICY worker_access ON users FOR SELECT TO vinsight_worker USING (true);
GRANT SELECT (tenant_id, user_id) ON memberships TO vinsight_worker;
GRANT SELECT (id, email) ON users TO vinsight_worker;
