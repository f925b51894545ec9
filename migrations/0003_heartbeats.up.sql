-- Heartbeats: cron jobs and others that call in. A monitor that is called has a token, a state and its newest calls.

-- The token is kept as it is, not hashed: people look it up again to paste it into a crontab, and it opens nothing; who
-- knows it can only say that one job ran.
CREATE TABLE heartbeat_tokens (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  token text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_heartbeat_tokens PRIMARY KEY (tenant_id, monitor_id),
  CONSTRAINT fk_heartbeat_tokens_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
);
-- cross-tenant: the token is the credential, the tenant follows from it
CREATE UNIQUE INDEX idx_heartbeat_tokens_token ON heartbeat_tokens (token);

-- What decisions look at. Narrow, one update per call, and no index on a column that changes (HOT).
CREATE TABLE heartbeat_state (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  -- how many calls there were; each call's number
  calls bigint NOT NULL DEFAULT 0,
  -- calls are due from here on: the monitor was made, or resumed
  expected_since timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_call_at timestamptz,
  last_kind text,
  last_start_at timestamptz,
  last_success_at timestamptz,
  last_fail_at timestamptz,
  -- success or fail: the newest call that was not a start
  last_outcome text,
  last_exit_code smallint,
  last_duration_ms bigint,
  CONSTRAINT pk_heartbeat_state PRIMARY KEY (tenant_id, monitor_id),
  CONSTRAINT fk_heartbeat_state_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE
) WITH (fillfactor = 50);

-- The newest calls of each monitor; older ones are removed as new ones come. Numbers have no gaps.
CREATE TABLE heartbeats (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  number bigint NOT NULL,
  received_at timestamptz NOT NULL,
  kind text NOT NULL,
  exit_code smallint,
  duration_ms bigint,
  method text NOT NULL,
  address text NOT NULL,
  user_agent text,
  body text,
  is_truncated boolean NOT NULL DEFAULT false,
  CONSTRAINT pk_heartbeats PRIMARY KEY (tenant_id, monitor_id, number),
  CONSTRAINT fk_heartbeats_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_heartbeats_kind CHECK (kind IN ('start', 'success', 'fail'))
);

-- When calls could be received: each row a span without a pause, the newest one still growing. What is between two rows
-- is our own outage, and never makes a job late.
CREATE TABLE heartbeat_reception (
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  CONSTRAINT pk_heartbeat_reception PRIMARY KEY (since)
);

-- Says that calls can be received now; a pause longer than `longest_pause` begins a new span. Several APIs may say so.
CREATE FUNCTION note_reception(longest_pause interval) RETURNS void
  LANGUAGE plpgsql
  AS $$
DECLARE
  present timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('note_reception'));
  present := clock_timestamp();
  UPDATE heartbeat_reception
  SET until = greatest(until, present)
  WHERE since = (SELECT max(since) FROM heartbeat_reception) AND until >= present - longest_pause;
  IF NOT FOUND THEN
    INSERT INTO heartbeat_reception (since, until) VALUES (present, present) ON CONFLICT DO NOTHING;
    -- longer than a job may be late, by far
    DELETE FROM heartbeat_reception WHERE until < present - interval '400 days';
  END IF;
END
$$;

-- Whose a token is; no row when it is unknown.
CREATE FUNCTION find_heartbeat(wanted_token text)
  RETURNS TABLE (tenant_id uuid, monitor_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  AS $$ SELECT t.tenant_id, t.monitor_id FROM heartbeat_tokens t WHERE t.token = wanted_token $$;

-- Row-level security ---------------------------------------------------------------------------------------------------

ALTER TABLE heartbeat_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE heartbeat_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON heartbeat_tokens TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY owner_access ON heartbeat_tokens FOR SELECT TO CURRENT_USER USING (true);

ALTER TABLE heartbeat_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE heartbeat_state FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON heartbeat_state TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON heartbeat_state FOR SELECT TO vinsight_worker USING (true);

ALTER TABLE heartbeats ENABLE ROW LEVEL SECURITY;
ALTER TABLE heartbeats FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON heartbeats TO vinsight_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY worker_access ON heartbeats FOR SELECT TO vinsight_worker USING (true);

-- Grants ---------------------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION note_reception(interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION find_heartbeat(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_reception(interval) TO vinsight_api;
GRANT EXECUTE ON FUNCTION find_heartbeat(text) TO vinsight_api;

GRANT SELECT, INSERT, UPDATE (token, created_at), DELETE ON heartbeat_tokens TO vinsight_api;
GRANT SELECT, INSERT, UPDATE ON heartbeat_state TO vinsight_api;
GRANT SELECT, INSERT, DELETE ON heartbeats TO vinsight_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON heartbeat_reception TO vinsight_api;

GRANT SELECT ON heartbeat_state TO vinsight_worker;
GRANT SELECT (tenant_id, monitor_id, number, kind, body, is_truncated) ON heartbeats TO vinsight_worker;
GRANT SELECT ON heartbeat_reception TO vinsight_worker;
