-- The foundation: tenants, people, monitors and what follows from them.
--
-- Every table that belongs to tenants has tenant_id first in its keys and indexes (also the way to distribute by tenant
-- later), forced row-level security, and composite foreign keys, so that no row can refer to another tenant's.
-- Roles: the owner (who runs this file), vinsight_api and vinsight_worker (created before it, both NOBYPASSRLS).

-- Helpers ------------------------------------------------------------------------------------------------------------

-- The tenant of this transaction; after commit the setting is '', not NULL.
CREATE FUNCTION current_tenant() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;

-- RFC 3339 in UTC with milliseconds: what the API and notifications speak.
CREATE FUNCTION rfc3339(instant timestamptz) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- Epoch milliseconds to timestamptz, exact to the millisecond.
CREATE FUNCTION from_millis(millis bigint) RETURNS timestamptz
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT 'epoch'::timestamptz + millis * interval '1 millisecond' $$;

CREATE FUNCTION to_millis(instant timestamptz) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT round(extract(epoch FROM instant) * 1000)::bigint $$;

-- A UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random; PostgreSQL before 18 has none of its own.
CREATE FUNCTION uuid_v7() RETURNS uuid
  LANGUAGE sql VOLATILE PARALLEL SAFE
  AS $$
    SELECT encode(
      substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        || set_byte(substring(noise FROM 7), 0, (get_byte(noise, 6) & 15) | 112),
      'hex')::uuid
    FROM (SELECT uuid_send(gen_random_uuid()) AS noise) AS random
  $$;

-- Tenants and people -------------------------------------------------------------------------------------------------

CREATE TABLE tenants (
  id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT pk_tenants PRIMARY KEY (id)
);

-- A person may belong to several tenants, so users carry no tenant_id; memberships do.
CREATE TABLE users (
  id uuid NOT NULL,
  email text NOT NULL,
  password_hash text NOT NULL,
  is_operator boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT pk_users PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_users_email ON users (lower(email)) WHERE deleted_at IS NULL;

CREATE TABLE memberships (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_memberships PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT fk_memberships_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT fk_memberships_user_id FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT ck_memberships_role CHECK (role IN ('owner', 'admin', 'editor', 'viewer'))
);
-- cross-tenant: sign-in looks for the tenants of a user
CREATE INDEX idx_memberships_user_id ON memberships (user_id);

CREATE TABLE sessions (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  CONSTRAINT pk_sessions PRIMARY KEY (tenant_id, id),
  -- A session ends with the membership it stands on.
  CONSTRAINT fk_sessions_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE
);
-- cross-tenant: the token is the credential, the tenant follows from it
CREATE UNIQUE INDEX idx_sessions_token_hash ON sessions (token_hash);
CREATE INDEX idx_sessions_user_id ON sessions (tenant_id, user_id);
-- cross-tenant: housekeeping removes expired sessions
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);

-- Monitors -----------------------------------------------------------------------------------------------------------

-- No enum of kinds: the registry in the domain package knows them.
CREATE TABLE monitors (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  -- hash(id) modulo the number of buckets: who schedules it
  bucket integer NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  settings jsonb NOT NULL,
  interval_seconds integer NOT NULL,
  timeout_seconds integer NOT NULL,
  confirmations integer NOT NULL,
  recovery_checks integer NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  paused boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT pk_monitors PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_monitors_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);
-- cross-tenant: the owner of a bucket loads it, and re-reads what changed
CREATE INDEX idx_monitors_bucket ON monitors (bucket, updated_at);

-- Hot: one update per check. Narrow, and no index on a column that changes, so that updates stay in the page (HOT).
CREATE TABLE monitor_state (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  region text NOT NULL DEFAULT 'default',
  -- the newest slot that was recorded, epoch milliseconds; each result names the one before it (compare and set)
  last_slot_ms bigint NOT NULL DEFAULT 0,
  status text NOT NULL DEFAULT 'pending',
  since_ms bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  successes integer NOT NULL DEFAULT 0,
  is_incident_open boolean NOT NULL DEFAULT false,
  -- the newest check in short, for lists and the live stream
  checked_at timestamptz,
  total_us integer,
  http_status integer,
  error_code text,
  error_message text,
  certificate_valid_to timestamptz,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_monitor_state PRIMARY KEY (tenant_id, monitor_id, region),
  CONSTRAINT fk_monitor_state_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
) WITH (fillfactor = 50);

-- Who owns which monitors. The epoch is the fence: results written under an older one are refused.
CREATE TABLE check_buckets (
  region text NOT NULL DEFAULT 'default',
  bucket integer NOT NULL,
  epoch bigint NOT NULL DEFAULT 0,
  owner text,
  taken_at timestamptz,
  CONSTRAINT pk_check_buckets PRIMARY KEY (region, bucket)
);

-- Certificates are seen again and again: checks refer to them by SHA-256 fingerprint.
CREATE TABLE certificates (
  tenant_id uuid NOT NULL,
  fingerprint bytea NOT NULL,
  subject text NOT NULL,
  issuer text NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_to timestamptz NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_certificates PRIMARY KEY (tenant_id, fingerprint),
  CONSTRAINT fk_certificates_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

-- Every check, by day. Retention drops whole days; the btree serves a monitor's history, BRIN costs next to nothing.
CREATE TABLE monitor_checks (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  checked_at timestamptz NOT NULL,
  slot timestamptz NOT NULL,
  region text NOT NULL DEFAULT 'default',
  status text NOT NULL,
  attempts smallint NOT NULL,
  http_status smallint,
  dns_us integer,
  connect_us integer,
  tls_us integer,
  first_byte_us integer,
  transfer_us integer,
  total_us integer,
  address text,
  certificate_fingerprint bytea,
  error_code text,
  error_message text
) PARTITION BY RANGE (checked_at);
CREATE INDEX idx_monitor_checks_monitor_id ON monitor_checks (tenant_id, monitor_id, checked_at);
CREATE INDEX idx_monitor_checks_checked_at ON monitor_checks USING brin (checked_at);

-- Incidents ----------------------------------------------------------------------------------------------------------

CREATE TABLE incidents (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  resolved_at timestamptz,
  resolved_by uuid,
  cause_code text NOT NULL,
  cause_message text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_incidents PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_incidents_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id)
);
-- At most one open incident per monitor, whatever the code believes.
CREATE UNIQUE INDEX idx_incidents_open ON incidents (tenant_id, monitor_id) WHERE resolved_at IS NULL;
CREATE INDEX idx_incidents_started_at ON incidents (tenant_id, started_at DESC);
CREATE INDEX idx_incidents_updated_at ON incidents (tenant_id, updated_at);

-- Alerts -------------------------------------------------------------------------------------------------------------

CREATE TABLE alert_channels (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  settings jsonb NOT NULL,
  -- AES-256-GCM with a key id in front; never read back by the API
  secrets bytea,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT pk_alert_channels PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_alert_channels_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

-- Its scope is the monitors named in alert_rule_monitors and those with one of the tags; with neither, every monitor.
CREATE TABLE alert_rules (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  trigger text NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT pk_alert_rules PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_alert_rules_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

CREATE TABLE alert_rule_monitors (
  tenant_id uuid NOT NULL,
  alert_rule_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  CONSTRAINT pk_alert_rule_monitors PRIMARY KEY (tenant_id, alert_rule_id, monitor_id),
  CONSTRAINT fk_alert_rule_monitors_alert_rule_id FOREIGN KEY (tenant_id, alert_rule_id) REFERENCES alert_rules (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_alert_rule_monitors_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_alert_rule_monitors_monitor_id ON alert_rule_monitors (tenant_id, monitor_id);

CREATE TABLE alert_rule_channels (
  tenant_id uuid NOT NULL,
  alert_rule_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  CONSTRAINT pk_alert_rule_channels PRIMARY KEY (tenant_id, alert_rule_id, channel_id),
  CONSTRAINT fk_alert_rule_channels_alert_rule_id FOREIGN KEY (tenant_id, alert_rule_id) REFERENCES alert_rules (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_alert_rule_channels_channel_id FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_alert_rule_channels_channel_id ON alert_rule_channels (tenant_id, channel_id);

-- The outbox and the delivery ledger in one: written with the decision, delivered afterwards.
CREATE TABLE notifications (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  incident_id uuid,
  channel_id uuid NOT NULL,
  type text NOT NULL,
  -- the body as receivers get it, fixed when the decision was made
  event json NOT NULL,
  status text NOT NULL DEFAULT 'pending',
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  response_status integer,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- handed to the delivery queue
  relayed_at timestamptz,
  sent_at timestamptz,
  CONSTRAINT pk_notifications PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_notifications_incident_id FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id),
  CONSTRAINT fk_notifications_channel_id FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels (tenant_id, id),
  CONSTRAINT ck_notifications_status CHECK (status IN ('pending', 'sent', 'failed'))
);
-- Each channel is told once of each turn of an incident, however many rules match.
CREATE UNIQUE INDEX idx_notifications_once ON notifications (tenant_id, incident_id, channel_id, type);
-- cross-tenant: the notifier takes what was not handed on yet
CREATE INDEX idx_notifications_relay ON notifications (created_at) WHERE relayed_at IS NULL;

-- What the API asks of the worker: only the worker opens connections to addresses that a tenant typed.
CREATE TABLE work_requests (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  -- run (a monitor, now), try (a check without a monitor), test (a channel)
  kind text NOT NULL,
  monitor_id uuid,
  channel_id uuid,
  -- the check to try; emptied when answered, it may hold credentials
  payload jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  claimed_at timestamptz,
  claimed_by text,
  answered_at timestamptz,
  -- { "data": ... } or { "error": { "code", "message" } }
  answer jsonb,
  CONSTRAINT pk_work_requests PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_work_requests_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_work_requests_channel_id FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels (tenant_id, id) ON DELETE CASCADE
);
-- cross-tenant: workers claim the oldest
CREATE INDEX idx_work_requests_open ON work_requests (created_at) WHERE claimed_at IS NULL;

-- Partitions ---------------------------------------------------------------------------------------------------------

-- Creates the daily partitions of monitor_checks from `first` for `days` days; returns how many were missing.
-- A definer function, because workers may not create tables.
CREATE FUNCTION ensure_check_partitions(first date, days integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
DECLARE
  day date;
  name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ensure_check_partitions'));
  FOR day IN SELECT generate_series(first, first + least(days, 400) - 1, interval '1 day')::date LOOP
    name := 'monitor_checks_' || to_char(day, 'YYYYMMDD');
    IF to_regclass('public.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF monitor_checks FOR VALUES FROM (%L) TO (%L)', name,
        day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
      EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END
$$;

-- Drops the daily partitions that end on or before `before`; returns how many.
CREATE FUNCTION drop_check_partitions(before date) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
DECLARE
  name text;
  dropped integer := 0;
BEGIN
  FOR name IN
    SELECT c.relname
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.monitor_checks'::regclass
      AND c.relname ~ '^monitor_checks_\d{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
  LOOP
    EXECUTE format('DROP TABLE %I', name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

-- Sign-in --------------------------------------------------------------------------------------------------------------
-- Before a credential is known there is no tenant. These definer functions are the only way past row-level security,
-- each answers one question.

CREATE FUNCTION has_accounts() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT EXISTS (SELECT 1 FROM users) $$;

-- 'created', 'closed' (sign-up is not open) or 'taken' (the e-mail has an account).
CREATE FUNCTION register_account(
  mode text, new_user_id uuid, new_email text, new_password_hash text, new_tenant_id uuid, new_tenant_name text
) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
DECLARE
  is_first boolean;
BEGIN
  -- One at a time, so that only one account can be the first.
  PERFORM pg_advisory_xact_lock(hashtext('register_account'));
  is_first := NOT EXISTS (SELECT 1 FROM users);
  IF mode = 'closed' OR (mode = 'first' AND NOT is_first) THEN
    RETURN 'closed';
  END IF;
  IF EXISTS (SELECT 1 FROM users WHERE lower(email) = lower(new_email) AND deleted_at IS NULL) THEN
    RETURN 'taken';
  END IF;
  INSERT INTO users (id, email, password_hash, is_operator) VALUES (new_user_id, new_email, new_password_hash, is_first);
  INSERT INTO tenants (id, name) VALUES (new_tenant_id, new_tenant_name);
  INSERT INTO memberships (tenant_id, user_id, role) VALUES (new_tenant_id, new_user_id, 'owner');
  RETURN 'created';
END
$$;

-- The account behind an e-mail with its oldest membership; no row when there is none.
CREATE FUNCTION find_credentials(wanted_email text)
  RETURNS TABLE (user_id uuid, password_hash text, tenant_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT u.id, u.password_hash, m.tenant_id
    FROM users u
    JOIN memberships m ON m.user_id = u.id
    JOIN tenants t ON t.id = m.tenant_id AND t.deleted_at IS NULL
    WHERE lower(u.email) = lower(wanted_email) AND u.deleted_at IS NULL
    ORDER BY m.created_at
    LIMIT 1
  $$;

-- Who a session token belongs to; no row when it is unknown or expired.
CREATE FUNCTION find_session(wanted_hash bytea)
  RETURNS TABLE (session_id uuid, user_id uuid, tenant_id uuid, role text, expires_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$
    SELECT s.id, s.user_id, s.tenant_id, m.role, s.expires_at
    FROM sessions s
    JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
    JOIN tenants t ON t.id = s.tenant_id AND t.deleted_at IS NULL
    JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
    WHERE s.token_hash = wanted_hash AND s.expires_at > now()
  $$;

-- Row-level security ---------------------------------------------------------------------------------------------------

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenants TO vinsight_api USING (id = current_tenant()) WITH CHECK (id = current_tenant());
CREATE POLICY worker_access ON tenants FOR SELECT TO vinsight_worker USING (true);
CREATE POLICY owner_access ON tenants TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY member_of_tenant ON users FOR SELECT TO vinsight_api
  USING (EXISTS (SELECT 1 FROM memberships m WHERE m.tenant_id = current_tenant() AND m.user_id = users.id));
CREATE POLICY owner_access ON users TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON memberships TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY owner_access ON memberships TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON sessions TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON sessions TO vinsight_worker USING (true) WITH CHECK (true);
CREATE POLICY owner_access ON sessions TO CURRENT_USER USING (true) WITH CHECK (true);

ALTER TABLE monitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitors FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitors TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON monitors FOR SELECT TO vinsight_worker USING (true);

ALTER TABLE monitor_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_state FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_state TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON monitor_state TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE certificates FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON certificates TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON certificates TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE monitor_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_checks TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON monitor_checks TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
ALTER TABLE incidents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON incidents TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON incidents TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE alert_channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_channels FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON alert_channels TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON alert_channels FOR SELECT TO vinsight_worker USING (true);

ALTER TABLE alert_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON alert_rules TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON alert_rules FOR SELECT TO vinsight_worker USING (true);

ALTER TABLE alert_rule_monitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rule_monitors FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON alert_rule_monitors TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON alert_rule_monitors FOR SELECT TO vinsight_worker USING (true);

ALTER TABLE alert_rule_channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rule_channels FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON alert_rule_channels TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON alert_rule_channels FOR SELECT TO vinsight_worker USING (true);

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON notifications TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON notifications TO vinsight_worker USING (true) WITH CHECK (true);

ALTER TABLE work_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE work_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON work_requests TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON work_requests TO vinsight_worker USING (true) WITH CHECK (true);

-- Grants ---------------------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION ensure_check_partitions(date, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION drop_check_partitions(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION has_accounts() FROM PUBLIC;
REVOKE ALL ON FUNCTION register_account(text, uuid, text, text, uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION find_credentials(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION find_session(bytea) FROM PUBLIC;

GRANT USAGE ON SCHEMA public TO vinsight_api, vinsight_worker;

GRANT EXECUTE ON FUNCTION has_accounts() TO vinsight_api;
GRANT EXECUTE ON FUNCTION register_account(text, uuid, text, text, uuid, text) TO vinsight_api;
GRANT EXECUTE ON FUNCTION find_credentials(text) TO vinsight_api;
GRANT EXECUTE ON FUNCTION find_session(bytea) TO vinsight_api;
GRANT SELECT, UPDATE (name, updated_at) ON tenants TO vinsight_api;
GRANT SELECT (id, email, is_operator, created_at) ON users TO vinsight_api;
GRANT SELECT ON memberships TO vinsight_api;
GRANT SELECT, INSERT, DELETE ON sessions TO vinsight_api;
GRANT SELECT, INSERT, UPDATE ON monitors TO vinsight_api;
GRANT SELECT, INSERT (tenant_id, monitor_id, region), UPDATE (status, since_ms, failures, successes, is_incident_open) ON monitor_state TO vinsight_api;
GRANT SELECT ON certificates TO vinsight_api;
GRANT SELECT ON monitor_checks TO vinsight_api;
GRANT SELECT, UPDATE (acknowledged_at, acknowledged_by, resolved_at, resolved_by, updated_at) ON incidents TO vinsight_api;
GRANT SELECT, INSERT, UPDATE ON alert_channels TO vinsight_api;
GRANT SELECT, INSERT, UPDATE ON alert_rules TO vinsight_api;
GRANT SELECT, INSERT, DELETE ON alert_rule_monitors TO vinsight_api;
GRANT SELECT, INSERT, DELETE ON alert_rule_channels TO vinsight_api;
GRANT SELECT, INSERT ON notifications TO vinsight_api;
GRANT SELECT, INSERT ON work_requests TO vinsight_api;

GRANT EXECUTE ON FUNCTION ensure_check_partitions(date, integer) TO vinsight_worker;
GRANT EXECUTE ON FUNCTION drop_check_partitions(date) TO vinsight_worker;
GRANT SELECT (id, name) ON tenants TO vinsight_worker;
GRANT SELECT (tenant_id, expires_at), DELETE ON sessions TO vinsight_worker;
GRANT SELECT ON monitors TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON monitor_state TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON check_buckets TO vinsight_worker;
GRANT SELECT, INSERT ON certificates TO vinsight_worker;
GRANT SELECT, INSERT ON monitor_checks TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON incidents TO vinsight_worker;
GRANT SELECT ON alert_channels TO vinsight_worker;
GRANT SELECT ON alert_rules TO vinsight_worker;
GRANT SELECT ON alert_rule_monitors TO vinsight_worker;
GRANT SELECT ON alert_rule_channels TO vinsight_worker;
GRANT SELECT, INSERT, UPDATE ON notifications TO vinsight_worker;
GRANT SELECT, UPDATE, DELETE ON work_requests TO vinsight_worker;

-- Effect's cluster and queue keep their own tables here; the worker's connections have this schema first.
CREATE SCHEMA worker;
GRANT USAGE, CREATE ON SCHEMA worker TO vinsight_worker;
