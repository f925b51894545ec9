-- The schema after all migrations. Written by: npm run vinsight -- schema. Do not edit; a test keeps it true.

GRANT USAGE ON SCHEMA public TO PUBLIC;
GRANT USAGE ON SCHEMA public TO vinsight_api;
GRANT USAGE ON SCHEMA public TO vinsight_worker;

CREATE SCHEMA worker;
GRANT CREATE, USAGE ON SCHEMA worker TO vinsight_worker;

CREATE OR REPLACE FUNCTION public.current_tenant()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $function$;
GRANT EXECUTE ON FUNCTION current_tenant() TO PUBLIC;

CREATE OR REPLACE FUNCTION public.current_tenant_key()
 RETURNS integer
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
AS $function$
BEGIN
  RETURN (SELECT t.key FROM public.tenants t WHERE t.id = public.current_tenant());
END
$function$;
GRANT EXECUTE ON FUNCTION current_tenant_key() TO PUBLIC;

CREATE OR REPLACE FUNCTION public.default_region()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT coalesce((SELECT name FROM regions WHERE is_default), 'default') $function$;
GRANT EXECUTE ON FUNCTION default_region() TO PUBLIC;

CREATE OR REPLACE FUNCTION public.drop_check_partitions(before date)
 RETURNS integer
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT drop_day_partitions('monitor_checks', before) $function$;
GRANT EXECUTE ON FUNCTION drop_check_partitions(date) TO vinsight_worker;

CREATE OR REPLACE FUNCTION public.drop_day_partitions(parent text, before date)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  name text;
  dropped integer := 0;
BEGIN
  FOR name IN
    SELECT c.relname
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = ('public.' || parent)::regclass
      AND c.relname ~ '_\d{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
  LOOP
    EXECUTE format('DROP TABLE %I', name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$function$;

CREATE OR REPLACE FUNCTION public.drop_rollup_partitions(before date)
 RETURNS integer
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT drop_day_partitions('monitor_rollups_5m', before) $function$;
GRANT EXECUTE ON FUNCTION drop_rollup_partitions(date) TO vinsight_worker;

CREATE OR REPLACE FUNCTION public.duration_us(short smallint)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ SELECT CASE WHEN short <> 0 THEN (short::integer & 4095) << ((short::integer >> 12) & 15) END $function$;
GRANT EXECUTE ON FUNCTION duration_us(smallint) TO PUBLIC;

CREATE OR REPLACE FUNCTION public.ensure_check_partitions(first date, days integer)
 RETURNS integer
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT ensure_day_partitions('monitor_checks', 96, first, days) $function$;
GRANT EXECUTE ON FUNCTION ensure_check_partitions(date,integer) TO vinsight_worker;

CREATE OR REPLACE FUNCTION public.ensure_day_partitions(parent text, per_day integer, first date, days integer)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  day date;
  name text;
  made integer := 0;
BEGIN
  -- Mostly everything is there: then nobody waits for anybody.
  IF (SELECT bool_and(to_regclass('public.' || parent || '_' || to_char(first + n, 'YYYYMMDD')) IS NOT NULL)
      FROM generate_series(0, least(days, 400) - 1) AS n) THEN
    RETURN 0;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('ensure_day_partitions'));
  FOR day IN SELECT generate_series(first, first + least(days, 400) - 1, interval '1 day')::date LOOP
    name := parent || '_' || to_char(day, 'YYYYMMDD');
    IF to_regclass('public.' || name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', name, parent,
        (day - date '1970-01-01') * per_day, (day - date '1970-01-01' + 1) * per_day);
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
      EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END
$function$;

CREATE OR REPLACE FUNCTION public.ensure_rollup_partitions(first date, days integer)
 RETURNS integer
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT ensure_day_partitions('monitor_rollups_5m', 288, first, days) $function$;
GRANT EXECUTE ON FUNCTION ensure_rollup_partitions(date,integer) TO vinsight_worker;

CREATE OR REPLACE FUNCTION public.find_credentials(wanted_email text)
 RETURNS TABLE(user_id uuid, password_hash text, tenant_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT u.id, u.password_hash, m.tenant_id
    FROM users u
    JOIN memberships m ON m.user_id = u.id
    JOIN tenants t ON t.id = m.tenant_id AND t.deleted_at IS NULL
    WHERE lower(u.email) = lower(wanted_email) AND u.deleted_at IS NULL
    ORDER BY m.created_at
    LIMIT 1
  $function$;
GRANT EXECUTE ON FUNCTION find_credentials(text) TO vinsight_api;

CREATE OR REPLACE FUNCTION public.find_heartbeat(wanted_token text)
 RETURNS TABLE(tenant_id uuid, monitor_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT t.tenant_id, t.monitor_id FROM heartbeat_tokens t WHERE t.token = wanted_token $function$;
GRANT EXECUTE ON FUNCTION find_heartbeat(text) TO vinsight_api;

CREATE OR REPLACE FUNCTION public.find_session(wanted_hash bytea)
 RETURNS TABLE(session_id uuid, user_id uuid, tenant_id uuid, role text, expires_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    SELECT s.id, s.user_id, s.tenant_id, m.role, s.expires_at
    FROM sessions s
    JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id
    JOIN tenants t ON t.id = s.tenant_id AND t.deleted_at IS NULL
    JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
    WHERE s.token_hash = wanted_hash AND s.expires_at > now()
  $function$;
GRANT EXECUTE ON FUNCTION find_session(bytea) TO vinsight_api;

CREATE OR REPLACE FUNCTION public.from_millis(millis bigint)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT 'epoch'::timestamptz + millis * interval '1 millisecond' $function$;
GRANT EXECUTE ON FUNCTION from_millis(bigint) TO PUBLIC;

CREATE OR REPLACE FUNCTION public.has_accounts()
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$ SELECT EXISTS (SELECT 1 FROM users) $function$;
GRANT EXECUTE ON FUNCTION has_accounts() TO vinsight_api;

CREATE OR REPLACE FUNCTION public.merged_histogram(entries bytea)
 RETURNS bytea
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
DECLARE
  times integer[] := array_fill(0, ARRAY[200]);
  merged text := '';
  lowest integer := 199;
  highest integer := 0;
  size integer := length(entries);
  place integer := 0;
  code integer;
  bucket integer;
  n integer;
BEGIN
  WHILE place < size LOOP
    code := get_byte(entries, place);
    IF code < 200 THEN
      bucket := code;
      n := 1;
      place := place + 1;
    ELSE
      bucket := get_byte(entries, place + 1);
      IF code < 254 THEN
        n := code - 198;
        place := place + 2;
      ELSIF code = 254 THEN
        n := get_byte(entries, place + 2);
        place := place + 3;
      ELSE
        n := get_byte(entries, place + 2) * 256 + get_byte(entries, place + 3);
        place := place + 4;
      END IF;
    END IF;
    times[bucket + 1] := times[bucket + 1] + n;
    lowest := least(lowest, bucket);
    highest := greatest(highest, bucket);
  END LOOP;
  FOR bucket IN lowest..highest LOOP
    n := times[bucket + 1];
    CONTINUE WHEN n = 0;
    WHILE n > 65535 LOOP
      merged := merged || 'ff' || lpad(to_hex(bucket), 2, '0') || 'ffff';
      n := n - 65535;
    END LOOP;
    merged := merged || CASE
      WHEN n = 1 THEN lpad(to_hex(bucket), 2, '0')
      WHEN n <= 55 THEN lpad(to_hex((n + 198) * 256 + bucket), 4, '0')
      WHEN n <= 255 THEN 'fe' || lpad(to_hex(bucket * 256 + n), 4, '0')
      ELSE 'ff' || lpad(to_hex(bucket * 65536 + n), 6, '0')
    END;
  END LOOP;
  RETURN decode(merged, 'hex');
END
$function$;
GRANT EXECUTE ON FUNCTION merged_histogram(bytea) TO PUBLIC;

CREATE OR REPLACE FUNCTION public.note_reception(longest_pause interval)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
$function$;
GRANT EXECUTE ON FUNCTION note_reception(interval) TO vinsight_api;

CREATE OR REPLACE FUNCTION public.register_account(mode text, new_user_id uuid, new_email text, new_password_hash text, new_tenant_id uuid, new_tenant_name text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;
GRANT EXECUTE ON FUNCTION register_account(text,uuid,text,text,uuid,text) TO vinsight_api;

CREATE OR REPLACE FUNCTION public.rfc3339(instant timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $function$;
GRANT EXECUTE ON FUNCTION rfc3339(timestamp with time zone) TO PUBLIC;

CREATE OR REPLACE FUNCTION public.set_tenant_key()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.tenant_key := (SELECT t.key FROM public.tenants t WHERE t.id = NEW.tenant_id);
  RETURN NEW;
END
$function$;
GRANT EXECUTE ON FUNCTION set_tenant_key() TO PUBLIC;

CREATE OR REPLACE FUNCTION public.short_duration(us bigint)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT (((CASE
        WHEN us IS NULL THEN 0
        WHEN us < 1 THEN 4096
        WHEN us < 4096 THEN us
        ELSE ((least(us, 134184960)
            + ((1 << width_bucket(us::float8, '{4095.5,8191,16382,32764,65528,131056,262112,524224,1048448,2096896,4193792,8387584,16775168,33550336,67100672}'::float8[])) >> 1))
            >> width_bucket(us::float8, '{4095.5,8191,16382,32764,65528,131056,262112,524224,1048448,2096896,4193792,8387584,16775168,33550336,67100672}'::float8[]))
          + (width_bucket(us::float8, '{4095.5,8191,16382,32764,65528,131056,262112,524224,1048448,2096896,4193792,8387584,16775168,33550336,67100672}'::float8[]) << 12)
      END + 32768) & 65535) - 32768)::smallint
  $function$;
GRANT EXECUTE ON FUNCTION short_duration(bigint) TO PUBLIC;

CREATE OR REPLACE FUNCTION public.tell_escalation()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  PERFORM pg_notify('escalations_pending', '');
  RETURN NULL;
END
$function$;
GRANT EXECUTE ON FUNCTION tell_escalation() TO PUBLIC;

CREATE OR REPLACE FUNCTION public.to_millis(instant timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT round(extract(epoch FROM instant) * 1000)::bigint $function$;
GRANT EXECUTE ON FUNCTION to_millis(timestamp with time zone) TO PUBLIC;

CREATE OR REPLACE FUNCTION public.uuid_v7()
 RETURNS uuid
 LANGUAGE sql
 PARALLEL SAFE
AS $function$
    SELECT encode(
      substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        || set_byte(substring(noise FROM 7), 0, (get_byte(noise, 6) & 15) | 112),
      'hex')::uuid
    FROM (SELECT uuid_send(gen_random_uuid()) AS noise) AS random
  $function$;
GRANT EXECUTE ON FUNCTION uuid_v7() TO PUBLIC;

CREATE TABLE alert_channels (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  settings jsonb NOT NULL,
  secrets bytea,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  quiet_hours jsonb,
  budget_messages integer NOT NULL DEFAULT 20,
  budget_seconds integer NOT NULL DEFAULT 300,
  CONSTRAINT pk_alert_channels PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_alert_channels_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT ck_alert_channels_budget CHECK ((((budget_messages >= 1) AND (budget_messages <= 1000)) AND ((budget_seconds >= 60) AND (budget_seconds <= 86400))))
);
ALTER TABLE alert_channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_channels FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON alert_channels TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON alert_channels FOR SELECT TO vinsight_worker USING (true);
CREATE POLICY worker_empty ON alert_channels FOR UPDATE TO vinsight_worker USING ((deleted_at < (now() - '1 day'::interval))) WITH CHECK ((deleted_at < (now() - '1 day'::interval)));
CREATE POLICY worker_purge ON alert_channels FOR DELETE TO vinsight_worker USING ((deleted_at < (now() - '1 day'::interval)));
GRANT DELETE, SELECT ON alert_channels TO vinsight_worker;
GRANT INSERT, SELECT, UPDATE ON alert_channels TO vinsight_api;
GRANT UPDATE (settings, secrets) ON alert_channels TO vinsight_worker;

CREATE TABLE alert_rule_channels (
  tenant_id uuid NOT NULL,
  alert_rule_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  CONSTRAINT pk_alert_rule_channels PRIMARY KEY (tenant_id, alert_rule_id, channel_id),
  CONSTRAINT fk_alert_rule_channels_alert_rule_id FOREIGN KEY (tenant_id, alert_rule_id) REFERENCES alert_rules(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_alert_rule_channels_channel_id FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_alert_rule_channels_channel_id ON public.alert_rule_channels USING btree (tenant_id, channel_id);
ALTER TABLE alert_rule_channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rule_channels FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON alert_rule_channels TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON alert_rule_channels FOR SELECT TO vinsight_worker USING (true);
GRANT DELETE, INSERT, SELECT ON alert_rule_channels TO vinsight_api;
GRANT SELECT ON alert_rule_channels TO vinsight_worker;

CREATE TABLE alert_rule_monitors (
  tenant_id uuid NOT NULL,
  alert_rule_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  CONSTRAINT pk_alert_rule_monitors PRIMARY KEY (tenant_id, alert_rule_id, monitor_id),
  CONSTRAINT fk_alert_rule_monitors_alert_rule_id FOREIGN KEY (tenant_id, alert_rule_id) REFERENCES alert_rules(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_alert_rule_monitors_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_alert_rule_monitors_monitor_id ON public.alert_rule_monitors USING btree (tenant_id, monitor_id);
ALTER TABLE alert_rule_monitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rule_monitors FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON alert_rule_monitors TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON alert_rule_monitors FOR SELECT TO vinsight_worker USING (true);
GRANT DELETE, INSERT, SELECT ON alert_rule_monitors TO vinsight_api;
GRANT SELECT ON alert_rule_monitors TO vinsight_worker;

CREATE TABLE alert_rules (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  trigger text NOT NULL,
  tags text[] NOT NULL DEFAULT '{}'::text[],
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  severity text NOT NULL DEFAULT 'critical'::text,
  condition jsonb NOT NULL DEFAULT '{}'::jsonb,
  delay_seconds integer NOT NULL DEFAULT 0,
  repeat_seconds integer,
  active_hours jsonb,
  escalation_policy_id uuid,
  CONSTRAINT pk_alert_rules PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_alert_rules_escalation_policy_id FOREIGN KEY (tenant_id, escalation_policy_id) REFERENCES escalation_policies(tenant_id, id),
  CONSTRAINT fk_alert_rules_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT ck_alert_rules_delay_seconds CHECK (((delay_seconds >= 0) AND (delay_seconds <= 86400))),
  CONSTRAINT ck_alert_rules_repeat_seconds CHECK (((repeat_seconds >= 60) AND (repeat_seconds <= 86400))),
  CONSTRAINT ck_alert_rules_severity CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'info'::text])))
);
CREATE INDEX idx_alert_rules_escalation_policy_id ON public.alert_rules USING btree (tenant_id, escalation_policy_id);
ALTER TABLE alert_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON alert_rules TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON alert_rules FOR SELECT TO vinsight_worker USING (true);
CREATE POLICY worker_purge ON alert_rules FOR DELETE TO vinsight_worker USING ((deleted_at < (now() - '1 day'::interval)));
GRANT DELETE, SELECT ON alert_rules TO vinsight_worker;
GRANT INSERT, SELECT, UPDATE ON alert_rules TO vinsight_api;

CREATE TABLE certificates (
  tenant_id uuid NOT NULL,
  fingerprint bytea NOT NULL,
  subject text NOT NULL,
  issuer text NOT NULL,
  valid_from timestamp with time zone NOT NULL,
  valid_to timestamp with time zone NOT NULL,
  first_seen_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT pk_certificates PRIMARY KEY (tenant_id, fingerprint),
  CONSTRAINT fk_certificates_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE certificates FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON certificates TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON certificates TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON certificates TO vinsight_worker;
GRANT SELECT ON certificates TO vinsight_api;

CREATE TABLE check_buckets (
  region text NOT NULL DEFAULT 'default'::text,
  bucket integer NOT NULL,
  epoch bigint NOT NULL DEFAULT 0,
  owner text,
  taken_at timestamp with time zone,
  CONSTRAINT pk_check_buckets PRIMARY KEY (region, bucket)
);
GRANT INSERT, SELECT, UPDATE ON check_buckets TO vinsight_worker;

CREATE TABLE check_peers (
  tenant_key integer NOT NULL,
  key integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  seen_on date NOT NULL DEFAULT ((now() AT TIME ZONE 'UTC'::text))::date,
  address text NOT NULL,
  fingerprint bytea NOT NULL,
  CONSTRAINT pk_check_peers PRIMARY KEY (tenant_key, key),
  CONSTRAINT uq_check_peers_address UNIQUE (tenant_key, address, fingerprint),
  CONSTRAINT fk_check_peers_tenant_key FOREIGN KEY (tenant_key) REFERENCES tenants(key)
);
ALTER TABLE check_peers ENABLE ROW LEVEL SECURITY;
ALTER TABLE check_peers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON check_peers TO vinsight_api USING ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key))) WITH CHECK ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key)));
CREATE POLICY worker_access ON check_peers TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON check_peers TO vinsight_worker;
GRANT SELECT ON check_peers TO vinsight_api;
GRANT UPDATE (seen_on) ON check_peers TO vinsight_worker;

CREATE VIEW check_results WITH (security_invoker=true) AS
SELECT m.tenant_id,
    m.id AS monitor_id,
    r.name AS region,
    from_millis((((c.quarter * (900000)::bigint) + c.after_ms) - c.late_ms)) AS slot,
    from_millis(((c.quarter * (900000)::bigint) + c.after_ms)) AS checked_at,
        CASE
            WHEN (c.status = 'u'::"char") THEN 'up'::text
            WHEN (c.status = 'g'::"char") THEN 'degraded'::text
            WHEN (c.status = 'd'::"char") THEN 'down'::text
            WHEN (c.status = ANY (ARRAY['m'::"char", 'G'::"char", 'D'::"char"])) THEN 'maintenance'::text
            ELSE 'unknown'::text
        END AS status,
    c.attempts,
    NULLIF(c.http_status, 0) AS http_status,
    duration_us(c.dns) AS dns_us,
    duration_us(c.connect) AS connect_us,
    duration_us(c.tls) AS tls_us,
    duration_us(c.first_byte) AS first_byte_us,
    duration_us(c.transfer) AS transfer_us,
    duration_us(c.total) AS total_us,
    NULLIF(p.address, ''::text) AS address,
    NULLIF(p.fingerprint, '\x'::bytea) AS certificate_fingerprint,
    NULLIF(c.error_code, ''::text) AS error_code,
        CASE
            WHEN (c.error_code <> ''::text) THEN c.error_message
            ELSE NULL::text
        END AS error_message,
        CASE
            WHEN (c.detail <> ''::text) THEN (c.detail)::jsonb
            ELSE NULL::jsonb
        END AS detail,
        CASE c.status
            WHEN 'u'::"char" THEN 'up'::text
            WHEN 'm'::"char" THEN 'up'::text
            WHEN 'g'::"char" THEN 'degraded'::text
            WHEN 'G'::"char" THEN 'degraded'::text
            WHEN 'd'::"char" THEN 'down'::text
            WHEN 'D'::"char" THEN 'down'::text
            ELSE 'unknown'::text
        END AS found
   FROM (((monitor_checks c
     JOIN monitors m ON (((m.tenant_key = c.tenant_key) AND (m.key = c.monitor_key))))
     JOIN regions r ON ((r.key = c.region_key)))
     LEFT JOIN check_peers p ON (((p.tenant_key = c.tenant_key) AND (p.key = c.peer_key))));
GRANT SELECT ON check_results TO vinsight_api;
GRANT SELECT ON check_results TO vinsight_worker;

CREATE TABLE decisions (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  incident_id uuid,
  rule_id uuid,
  kind text NOT NULL,
  decided_at timestamp with time zone NOT NULL,
  reasons jsonb NOT NULL,
  record json NOT NULL,
  CONSTRAINT pk_decisions PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_decisions_incident_id FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_decisions_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_decisions_decided_at ON public.decisions USING brin (decided_at);
CREATE INDEX idx_decisions_incident_id ON public.decisions USING btree (tenant_id, incident_id, decided_at) WHERE (incident_id IS NOT NULL);
CREATE INDEX idx_decisions_monitor_id ON public.decisions USING btree (tenant_id, monitor_id, decided_at DESC);
ALTER TABLE decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE decisions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON decisions TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON decisions TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON decisions TO vinsight_worker;
GRANT SELECT ON decisions TO vinsight_api;

CREATE TABLE delivery_attempts (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  notification_id uuid NOT NULL,
  attempt integer NOT NULL,
  attempted_at timestamp with time zone NOT NULL,
  duration_ms integer NOT NULL,
  response_status integer,
  answer text,
  error_code text,
  error_message text,
  CONSTRAINT pk_delivery_attempts PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_delivery_attempts_notification_id FOREIGN KEY (tenant_id, notification_id) REFERENCES notifications(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_delivery_attempts_attempted_at ON public.delivery_attempts USING brin (attempted_at);
CREATE INDEX idx_delivery_attempts_notification_id ON public.delivery_attempts USING btree (tenant_id, notification_id, attempted_at);
ALTER TABLE delivery_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON delivery_attempts TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON delivery_attempts TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON delivery_attempts TO vinsight_worker;
GRANT SELECT ON delivery_attempts TO vinsight_api;

CREATE TABLE escalation_policies (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  steps jsonb NOT NULL,
  repeats integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamp with time zone,
  CONSTRAINT pk_escalation_policies PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_escalation_policies_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
ALTER TABLE escalation_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE escalation_policies FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON escalation_policies TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON escalation_policies TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, SELECT ON escalation_policies TO vinsight_worker;
GRANT INSERT, SELECT, UPDATE ON escalation_policies TO vinsight_api;

CREATE TABLE escalations (
  tenant_id uuid NOT NULL,
  incident_id uuid NOT NULL,
  policy_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  relayed_at timestamp with time zone,
  "position" integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamp with time zone,
  ended_because text,
  resumed integer NOT NULL DEFAULT 0,
  CONSTRAINT pk_escalations PRIMARY KEY (tenant_id, incident_id, policy_id),
  CONSTRAINT fk_escalations_incident_id FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_escalations_policy_id FOREIGN KEY (tenant_id, policy_id) REFERENCES escalation_policies(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_escalations_rule_id FOREIGN KEY (tenant_id, rule_id) REFERENCES alert_rules(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_escalations_due_at ON public.escalations USING btree (due_at) WHERE (ended_at IS NULL);
CREATE INDEX idx_escalations_policy_id ON public.escalations USING btree (tenant_id, policy_id);
CREATE INDEX idx_escalations_rule_id ON public.escalations USING btree (tenant_id, rule_id);
CREATE TRIGGER tell_escalation AFTER INSERT ON public.escalations FOR EACH ROW EXECUTE FUNCTION tell_escalation();
ALTER TABLE escalations ENABLE ROW LEVEL SECURITY;
ALTER TABLE escalations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON escalations TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON escalations TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT, UPDATE ON escalations TO vinsight_worker;
GRANT SELECT ON escalations TO vinsight_api;
GRANT UPDATE (starts_at, relayed_at, due_at, ended_at, ended_because, resumed) ON escalations TO vinsight_api;

CREATE TABLE heartbeat_reception (
  since timestamp with time zone NOT NULL,
  until timestamp with time zone NOT NULL,
  CONSTRAINT pk_heartbeat_reception PRIMARY KEY (since)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON heartbeat_reception TO vinsight_api;
GRANT SELECT ON heartbeat_reception TO vinsight_worker;

CREATE TABLE heartbeat_state (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  calls bigint NOT NULL DEFAULT 0,
  expected_since timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  last_call_at timestamp with time zone,
  last_kind text,
  last_start_at timestamp with time zone,
  last_success_at timestamp with time zone,
  last_fail_at timestamp with time zone,
  last_outcome text,
  last_exit_code smallint,
  last_duration_ms bigint,
  CONSTRAINT pk_heartbeat_state PRIMARY KEY (tenant_id, monitor_id),
  CONSTRAINT fk_heartbeat_state_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE
) WITH (fillfactor=50);
ALTER TABLE heartbeat_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE heartbeat_state FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON heartbeat_state TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON heartbeat_state FOR SELECT TO vinsight_worker USING (true);
GRANT INSERT, SELECT, UPDATE ON heartbeat_state TO vinsight_api;
GRANT SELECT ON heartbeat_state TO vinsight_worker;

CREATE TABLE heartbeat_tokens (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  token text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT pk_heartbeat_tokens PRIMARY KEY (tenant_id, monitor_id),
  CONSTRAINT fk_heartbeat_tokens_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_heartbeat_tokens_token ON public.heartbeat_tokens USING btree (token);
ALTER TABLE heartbeat_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE heartbeat_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_access ON heartbeat_tokens FOR SELECT TO owner USING (true);
CREATE POLICY tenant_isolation ON heartbeat_tokens TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
GRANT DELETE, INSERT, SELECT ON heartbeat_tokens TO vinsight_api;
GRANT UPDATE (token, created_at) ON heartbeat_tokens TO vinsight_api;

CREATE TABLE heartbeats (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  number bigint NOT NULL,
  received_at timestamp with time zone NOT NULL,
  kind text NOT NULL,
  exit_code smallint,
  duration_ms bigint,
  method text NOT NULL,
  address text NOT NULL,
  user_agent text,
  body text,
  is_truncated boolean NOT NULL DEFAULT false,
  CONSTRAINT pk_heartbeats PRIMARY KEY (tenant_id, monitor_id, number),
  CONSTRAINT fk_heartbeats_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_heartbeats_kind CHECK ((kind = ANY (ARRAY['start'::text, 'success'::text, 'fail'::text])))
);
ALTER TABLE heartbeats ENABLE ROW LEVEL SECURITY;
ALTER TABLE heartbeats FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON heartbeats TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON heartbeats FOR SELECT TO vinsight_worker USING (true);
GRANT DELETE, INSERT, SELECT ON heartbeats TO vinsight_api;
GRANT SELECT (tenant_id, monitor_id, number, kind, body, is_truncated) ON heartbeats TO vinsight_worker;

CREATE TABLE incident_events (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  incident_id uuid NOT NULL,
  kind text NOT NULL,
  user_id uuid,
  message text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_incident_events PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_incident_events_incident_id FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_incident_events_user_id FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX idx_incident_events_incident_id ON public.incident_events USING btree (tenant_id, incident_id, created_at);
ALTER TABLE incident_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON incident_events TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON incident_events TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON incident_events TO vinsight_worker;
GRANT INSERT, SELECT ON incident_events TO vinsight_api;

CREATE TABLE incident_groups (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  key text NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_incident_groups PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_incident_groups_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
CREATE INDEX idx_incident_groups_key ON public.incident_groups USING btree (tenant_id, key, opened_at DESC);
ALTER TABLE incident_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE incident_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON incident_groups TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON incident_groups TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON incident_groups TO vinsight_worker;
GRANT SELECT ON incident_groups TO vinsight_api;

CREATE TABLE incidents (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  started_at timestamp with time zone NOT NULL,
  acknowledged_at timestamp with time zone,
  acknowledged_by uuid,
  resolved_at timestamp with time zone,
  resolved_by uuid,
  cause_code text NOT NULL,
  cause_message text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  evidence jsonb,
  trigger text NOT NULL DEFAULT 'down'::text,
  rule_id uuid,
  severity text NOT NULL DEFAULT 'critical'::text,
  owner_id uuid,
  group_id uuid,
  merged_into_id uuid,
  CONSTRAINT pk_incidents PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_incidents_group_id FOREIGN KEY (tenant_id, group_id) REFERENCES incident_groups(tenant_id, id),
  CONSTRAINT fk_incidents_merged_into_id FOREIGN KEY (tenant_id, merged_into_id) REFERENCES incidents(tenant_id, id),
  CONSTRAINT fk_incidents_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id),
  CONSTRAINT fk_incidents_owner_id FOREIGN KEY (owner_id) REFERENCES users(id),
  CONSTRAINT fk_incidents_rule_id FOREIGN KEY (tenant_id, rule_id) REFERENCES alert_rules(tenant_id, id),
  CONSTRAINT ck_incidents_merged_into_id CHECK ((merged_into_id <> id)),
  CONSTRAINT ck_incidents_rule CHECK (((trigger = 'down'::text) = (rule_id IS NULL))),
  CONSTRAINT ck_incidents_severity CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'info'::text])))
);
CREATE INDEX idx_incidents_group_id ON public.incidents USING btree (tenant_id, group_id) WHERE (group_id IS NOT NULL);
CREATE INDEX idx_incidents_merged_into_id ON public.incidents USING btree (tenant_id, merged_into_id) WHERE (merged_into_id IS NOT NULL);
CREATE INDEX idx_incidents_merged_open ON public.incidents USING btree (tenant_id, merged_into_id) WHERE ((merged_into_id IS NOT NULL) AND (resolved_at IS NULL));
CREATE INDEX idx_incidents_monitor_id ON public.incidents USING btree (tenant_id, monitor_id, started_at);
CREATE UNIQUE INDEX idx_incidents_open ON public.incidents USING btree (tenant_id, monitor_id, COALESCE(rule_id, '00000000-0000-0000-0000-000000000000'::uuid)) WHERE (resolved_at IS NULL);
CREATE INDEX idx_incidents_rule_id ON public.incidents USING btree (tenant_id, rule_id) WHERE (rule_id IS NOT NULL);
CREATE INDEX idx_incidents_started_at ON public.incidents USING btree (tenant_id, started_at DESC);
CREATE INDEX idx_incidents_updated_at ON public.incidents USING btree (tenant_id, updated_at);
ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
ALTER TABLE incidents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON incidents TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON incidents TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT, UPDATE ON incidents TO vinsight_worker;
GRANT SELECT ON incidents TO vinsight_api;
GRANT UPDATE (acknowledged_at, acknowledged_by, resolved_at, resolved_by, updated_at, severity, owner_id, merged_into_id) ON incidents TO vinsight_api;

CREATE TABLE maintenance_windows (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  time_zone text NOT NULL,
  recurrence jsonb,
  tags text[] NOT NULL DEFAULT '{}'::text[],
  monitor_ids uuid[] NOT NULL DEFAULT '{}'::uuid[],
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamp with time zone,
  CONSTRAINT pk_maintenance_windows PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_maintenance_windows_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT ck_maintenance_windows_span CHECK ((ends_at > starts_at))
);
ALTER TABLE maintenance_windows ENABLE ROW LEVEL SECURITY;
ALTER TABLE maintenance_windows FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON maintenance_windows TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON maintenance_windows TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, SELECT ON maintenance_windows TO vinsight_worker;
GRANT INSERT, SELECT, UPDATE ON maintenance_windows TO vinsight_api;

CREATE TABLE memberships (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT pk_memberships PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT fk_memberships_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT fk_memberships_user_id FOREIGN KEY (user_id) REFERENCES users(id),
  CONSTRAINT ck_memberships_role CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'editor'::text, 'viewer'::text])))
);
CREATE INDEX idx_memberships_user_id ON public.memberships USING btree (user_id);
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_access ON memberships TO owner USING (true) WITH CHECK (true);
CREATE POLICY tenant_isolation ON memberships TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON memberships FOR SELECT TO vinsight_worker USING (true);
GRANT SELECT ON memberships TO vinsight_api;
GRANT SELECT (tenant_id, user_id) ON memberships TO vinsight_worker;

CREATE TABLE monitor_checks (
  quarter integer NOT NULL,
  after_ms integer NOT NULL,
  tenant_key integer NOT NULL,
  monitor_key integer NOT NULL,
  late_ms integer NOT NULL,
  peer_key integer NOT NULL DEFAULT 0,
  region_key smallint NOT NULL,
  http_status smallint NOT NULL DEFAULT 0,
  dns smallint NOT NULL DEFAULT 0,
  connect smallint NOT NULL DEFAULT 0,
  tls smallint NOT NULL DEFAULT 0,
  first_byte smallint NOT NULL DEFAULT 0,
  transfer smallint NOT NULL DEFAULT 0,
  total smallint NOT NULL DEFAULT 0,
  attempts smallint NOT NULL,
  status "char" NOT NULL,
  error_code text NOT NULL DEFAULT ''::text,
  error_message text NOT NULL DEFAULT ''::text,
  detail text NOT NULL DEFAULT ''::text
) PARTITION BY RANGE (quarter);
CREATE INDEX idx_monitor_checks_monitor_key ON public.monitor_checks USING btree (tenant_key, monitor_key, quarter);
CREATE INDEX idx_monitor_checks_quarter ON public.monitor_checks USING brin (quarter);
ALTER TABLE monitor_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_checks TO vinsight_api USING ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key))) WITH CHECK ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key)));
CREATE POLICY worker_access ON monitor_checks TO vinsight_worker USING (true) WITH CHECK (true);
GRANT INSERT, SELECT ON monitor_checks TO vinsight_worker;
GRANT SELECT ON monitor_checks TO vinsight_api;

CREATE TABLE monitor_parents (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  parent_id uuid NOT NULL,
  CONSTRAINT pk_monitor_parents PRIMARY KEY (tenant_id, monitor_id, parent_id),
  CONSTRAINT fk_monitor_parents_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_monitor_parents_parent_id FOREIGN KEY (tenant_id, parent_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_monitor_parents_other CHECK ((monitor_id <> parent_id))
);
CREATE INDEX idx_monitor_parents_parent_id ON public.monitor_parents USING btree (tenant_id, parent_id);
ALTER TABLE monitor_parents ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_parents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_parents TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON monitor_parents TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON monitor_parents TO vinsight_api;
GRANT SELECT ON monitor_parents TO vinsight_worker;

CREATE TABLE monitor_rollups_1d (
  tenant_key integer NOT NULL,
  monitor_key integer NOT NULL,
  period integer NOT NULL,
  region_key smallint NOT NULL,
  dns smallint NOT NULL,
  connect smallint NOT NULL,
  tls smallint NOT NULL,
  first_byte smallint NOT NULL,
  transfer smallint NOT NULL,
  total smallint NOT NULL,
  expected integer NOT NULL,
  up integer NOT NULL,
  degraded integer NOT NULL,
  down integer NOT NULL,
  unknown integer NOT NULL,
  maintenance integer NOT NULL,
  timed integer NOT NULL,
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_1d PRIMARY KEY (tenant_key, monitor_key, period, region_key),
  CONSTRAINT fk_monitor_rollups_1d_monitor_key FOREIGN KEY (tenant_key, monitor_key) REFERENCES monitors(tenant_key, key) ON DELETE CASCADE
);
CREATE INDEX idx_monitor_rollups_1d_counts ON public.monitor_rollups_1d USING btree (tenant_key, monitor_key, period) INCLUDE (expected, up, degraded, down, unknown, maintenance);
CREATE INDEX idx_monitor_rollups_1d_period ON public.monitor_rollups_1d USING brin (period) WITH (pages_per_range='16');
ALTER TABLE monitor_rollups_1d ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1d FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_1d TO vinsight_api USING ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key))) WITH CHECK ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key)));
CREATE POLICY worker_access ON monitor_rollups_1d TO vinsight_worker USING (true) WITH CHECK (true);
GRANT INSERT, SELECT, UPDATE ON monitor_rollups_1d TO vinsight_worker;
GRANT SELECT ON monitor_rollups_1d TO vinsight_api;

CREATE TABLE monitor_rollups_1h (
  tenant_key integer NOT NULL,
  monitor_key integer NOT NULL,
  period integer NOT NULL,
  region_key smallint NOT NULL,
  dns smallint NOT NULL,
  connect smallint NOT NULL,
  tls smallint NOT NULL,
  first_byte smallint NOT NULL,
  transfer smallint NOT NULL,
  total smallint NOT NULL,
  expected smallint NOT NULL,
  up smallint NOT NULL,
  degraded smallint NOT NULL,
  down smallint NOT NULL,
  unknown smallint NOT NULL,
  maintenance smallint NOT NULL,
  timed smallint NOT NULL,
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_1h PRIMARY KEY (tenant_key, monitor_key, period, region_key),
  CONSTRAINT fk_monitor_rollups_1h_monitor_key FOREIGN KEY (tenant_key, monitor_key) REFERENCES monitors(tenant_key, key) ON DELETE CASCADE
);
CREATE INDEX idx_monitor_rollups_1h_period ON public.monitor_rollups_1h USING brin (period) WITH (pages_per_range='16');
ALTER TABLE monitor_rollups_1h ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_1h FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_1h TO vinsight_api USING ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key))) WITH CHECK ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key)));
CREATE POLICY worker_access ON monitor_rollups_1h TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT, UPDATE ON monitor_rollups_1h TO vinsight_worker;
GRANT SELECT ON monitor_rollups_1h TO vinsight_api;

CREATE TABLE monitor_rollups_5m (
  tenant_key integer NOT NULL,
  monitor_key integer NOT NULL,
  period integer NOT NULL,
  region_key smallint NOT NULL,
  dns smallint NOT NULL,
  connect smallint NOT NULL,
  tls smallint NOT NULL,
  first_byte smallint NOT NULL,
  transfer smallint NOT NULL,
  total smallint NOT NULL,
  expected smallint NOT NULL,
  up smallint NOT NULL,
  degraded smallint NOT NULL,
  down smallint NOT NULL,
  unknown smallint NOT NULL,
  maintenance smallint NOT NULL,
  timed smallint NOT NULL,
  histogram bytea NOT NULL,
  CONSTRAINT pk_monitor_rollups_5m PRIMARY KEY (tenant_key, monitor_key, period, region_key)
) PARTITION BY RANGE (period);
CREATE INDEX idx_monitor_rollups_5m_period ON public.monitor_rollups_5m USING brin (period) WITH (pages_per_range='16');
ALTER TABLE monitor_rollups_5m ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_rollups_5m FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_rollups_5m TO vinsight_api USING ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key))) WITH CHECK ((tenant_key = ( SELECT current_tenant_key() AS current_tenant_key)));
CREATE POLICY worker_access ON monitor_rollups_5m TO vinsight_worker USING (true) WITH CHECK (true);
GRANT INSERT, SELECT, UPDATE ON monitor_rollups_5m TO vinsight_worker;
GRANT SELECT ON monitor_rollups_5m TO vinsight_api;

CREATE TABLE monitor_state (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  region text NOT NULL DEFAULT 'default'::text,
  last_slot_ms bigint NOT NULL DEFAULT 0,
  status text NOT NULL DEFAULT 'pending'::text,
  since_ms bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  successes integer NOT NULL DEFAULT 0,
  is_incident_open boolean NOT NULL DEFAULT false,
  checked_at timestamp with time zone,
  total_us integer,
  http_status integer,
  error_code text,
  error_message text,
  certificate_valid_to timestamp with time zone,
  recorded_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  last_good jsonb,
  memory jsonb,
  CONSTRAINT pk_monitor_state PRIMARY KEY (tenant_id, monitor_id, region),
  CONSTRAINT fk_monitor_state_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE
) WITH (fillfactor=50);
ALTER TABLE monitor_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_state FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_state TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON monitor_state TO vinsight_worker USING (true) WITH CHECK (true);
GRANT INSERT, SELECT, UPDATE ON monitor_state TO vinsight_worker;
GRANT SELECT ON monitor_state TO vinsight_api;
GRANT INSERT (tenant_id, monitor_id, region) ON monitor_state TO vinsight_api;
GRANT UPDATE (status, since_ms, failures, successes, is_incident_open, memory) ON monitor_state TO vinsight_api;

CREATE TABLE monitor_verdicts (
  tenant_id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  status text NOT NULL DEFAULT 'pending'::text,
  since_ms bigint NOT NULL DEFAULT 0,
  is_incident_open boolean NOT NULL DEFAULT false,
  region text,
  recorded_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_monitor_verdicts PRIMARY KEY (tenant_id, monitor_id),
  CONSTRAINT fk_monitor_verdicts_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_monitor_verdicts_monitor_id ON public.monitor_verdicts USING btree (monitor_id);
ALTER TABLE monitor_verdicts ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitor_verdicts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitor_verdicts TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON monitor_verdicts TO vinsight_worker USING (true) WITH CHECK (true);
GRANT INSERT, SELECT, UPDATE ON monitor_verdicts TO vinsight_api;
GRANT SELECT, UPDATE ON monitor_verdicts TO vinsight_worker;

CREATE TABLE monitors (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  bucket integer NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  settings jsonb NOT NULL,
  interval_seconds integer NOT NULL,
  timeout_seconds integer NOT NULL,
  confirmations integer NOT NULL,
  recovery_checks integer NOT NULL,
  tags text[] NOT NULL DEFAULT '{}'::text[],
  paused boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  inverted boolean NOT NULL DEFAULT false,
  secrets bytea,
  secret_names text[] NOT NULL DEFAULT '{}'::text[],
  tenant_key integer NOT NULL,
  key integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  regions text[] NOT NULL DEFAULT '{}'::text[],
  quorum integer,
  degraded_after_ms integer,
  CONSTRAINT pk_monitors PRIMARY KEY (tenant_id, id),
  CONSTRAINT uq_monitors_key UNIQUE (tenant_key, key),
  CONSTRAINT fk_monitors_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT fk_monitors_tenant_key FOREIGN KEY (tenant_id, tenant_key) REFERENCES tenants(id, key),
  CONSTRAINT ck_monitors_degraded_after_ms CHECK (((degraded_after_ms >= 1) AND (degraded_after_ms <= 120000))),
  CONSTRAINT ck_monitors_quorum CHECK (((quorum >= 1) AND (quorum <= GREATEST(1, cardinality(regions)))))
);
CREATE INDEX idx_monitors_bucket ON public.monitors USING btree (bucket, updated_at);
CREATE TRIGGER set_tenant_key BEFORE INSERT ON public.monitors FOR EACH ROW EXECUTE FUNCTION set_tenant_key();
ALTER TABLE monitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitors FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON monitors TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON monitors FOR SELECT TO vinsight_worker USING (true);
CREATE POLICY worker_purge ON monitors FOR DELETE TO vinsight_worker USING ((deleted_at < (now() - '1 day'::interval)));
GRANT DELETE, SELECT ON monitors TO vinsight_worker;
GRANT INSERT, SELECT, UPDATE ON monitors TO vinsight_api;

CREATE TABLE notifications (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  incident_id uuid,
  channel_id uuid NOT NULL,
  type text NOT NULL,
  event json NOT NULL,
  status text NOT NULL DEFAULT 'pending'::text,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  response_status integer,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  relayed_at timestamp with time zone,
  sent_at timestamp with time zone,
  rule_id uuid,
  sequence integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  reasons jsonb NOT NULL DEFAULT '[]'::jsonb,
  digest_id uuid,
  CONSTRAINT pk_notifications PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_notifications_channel_id FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels(tenant_id, id),
  CONSTRAINT fk_notifications_digest_id FOREIGN KEY (tenant_id, digest_id) REFERENCES notifications(tenant_id, id) ON DELETE SET NULL (digest_id),
  CONSTRAINT fk_notifications_incident_id FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents(tenant_id, id),
  CONSTRAINT fk_notifications_rule_id FOREIGN KEY (tenant_id, rule_id) REFERENCES alert_rules(tenant_id, id) ON DELETE SET NULL (rule_id),
  CONSTRAINT ck_notifications_status CHECK ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text, 'suppressed'::text, 'digested'::text])))
);
CREATE INDEX idx_notifications_channel_id ON public.notifications USING btree (tenant_id, channel_id, created_at DESC);
CREATE INDEX idx_notifications_created_at ON public.notifications USING btree (tenant_id, created_at DESC);
CREATE INDEX idx_notifications_digest ON public.notifications USING btree (tenant_id, channel_id, created_at DESC) WHERE (type = 'digest'::text);
CREATE INDEX idx_notifications_digest_id ON public.notifications USING btree (tenant_id, digest_id) WHERE (digest_id IS NOT NULL);
CREATE UNIQUE INDEX idx_notifications_once ON public.notifications USING btree (tenant_id, incident_id, channel_id, type, sequence);
CREATE INDEX idx_notifications_relay ON public.notifications USING btree (due_at) WHERE (relayed_at IS NULL);
CREATE INDEX idx_notifications_relayed_at ON public.notifications USING btree (tenant_id, channel_id, relayed_at) WHERE (relayed_at IS NOT NULL);
CREATE INDEX idx_notifications_rule_id ON public.notifications USING btree (tenant_id, rule_id) WHERE (rule_id IS NOT NULL);
CREATE INDEX idx_notifications_under_way ON public.notifications USING btree (relayed_at) WHERE ((status = 'pending'::text) AND (relayed_at IS NOT NULL));
ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON notifications TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON notifications TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT, UPDATE ON notifications TO vinsight_worker;
GRANT INSERT, SELECT ON notifications TO vinsight_api;
GRANT UPDATE (status, relayed_at, due_at, reasons) ON notifications TO vinsight_api;

CREATE TABLE on_call_overrides (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  user_id uuid NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT pk_on_call_overrides PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_on_call_overrides_schedule_id FOREIGN KEY (tenant_id, schedule_id) REFERENCES on_call_schedules(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_on_call_overrides_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES memberships(tenant_id, user_id) ON DELETE CASCADE,
  CONSTRAINT ck_on_call_overrides_span CHECK ((ends_at > starts_at))
);
CREATE INDEX idx_on_call_overrides_schedule_id ON public.on_call_overrides USING btree (tenant_id, schedule_id, ends_at);
ALTER TABLE on_call_overrides ENABLE ROW LEVEL SECURITY;
ALTER TABLE on_call_overrides FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON on_call_overrides TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON on_call_overrides TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON on_call_overrides TO vinsight_api;
GRANT DELETE, SELECT ON on_call_overrides TO vinsight_worker;

CREATE TABLE on_call_schedules (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  name text NOT NULL,
  time_zone text NOT NULL,
  layers jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamp with time zone,
  CONSTRAINT pk_on_call_schedules PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_on_call_schedules_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);
ALTER TABLE on_call_schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE on_call_schedules FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON on_call_schedules TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON on_call_schedules TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, SELECT ON on_call_schedules TO vinsight_worker;
GRANT INSERT, SELECT, UPDATE ON on_call_schedules TO vinsight_api;

CREATE TABLE operator_alerts (
  id uuid NOT NULL,
  key text NOT NULL,
  region text NOT NULL,
  began_at timestamp with time zone NOT NULL,
  seen_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone,
  begin_told_at timestamp with time zone,
  end_told_at timestamp with time zone,
  claimed_until timestamp with time zone,
  CONSTRAINT pk_operator_alerts PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_operator_alerts_open ON public.operator_alerts USING btree (key, region) WHERE (ended_at IS NULL);
CREATE INDEX idx_operator_alerts_untold ON public.operator_alerts USING btree (began_at) WHERE (end_told_at IS NULL);
GRANT DELETE, INSERT, SELECT, UPDATE ON operator_alerts TO vinsight_worker;

CREATE TABLE regions (
  key smallint NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  seen_at timestamp with time zone,
  is_default boolean NOT NULL DEFAULT false,
  CONSTRAINT pk_regions PRIMARY KEY (key),
  CONSTRAINT uq_regions_name UNIQUE (name)
);
CREATE UNIQUE INDEX idx_regions_is_default ON public.regions USING btree (is_default) WHERE is_default;
GRANT INSERT, SELECT ON regions TO vinsight_worker;
GRANT SELECT ON regions TO vinsight_api;
GRANT UPDATE (seen_at, is_default) ON regions TO vinsight_worker;

CREATE TABLE rollup_progress (
  level text NOT NULL,
  rolled_until timestamp with time zone NOT NULL,
  settled_until timestamp with time zone NOT NULL,
  CONSTRAINT pk_rollup_progress PRIMARY KEY (level)
);
GRANT INSERT, SELECT, UPDATE ON rollup_progress TO vinsight_worker;
GRANT SELECT ON rollup_progress TO vinsight_api;

CREATE TABLE sessions (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT pk_sessions PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_sessions_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES memberships(tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX idx_sessions_expires_at ON public.sessions USING btree (expires_at);
CREATE UNIQUE INDEX idx_sessions_token_hash ON public.sessions USING btree (token_hash);
CREATE INDEX idx_sessions_user_id ON public.sessions USING btree (tenant_id, user_id);
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_access ON sessions TO owner USING (true) WITH CHECK (true);
CREATE POLICY tenant_isolation ON sessions TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON sessions TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE ON sessions TO vinsight_worker;
GRANT DELETE, INSERT, SELECT ON sessions TO vinsight_api;
GRANT SELECT (tenant_id, expires_at) ON sessions TO vinsight_worker;

CREATE TABLE silences (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  matchers jsonb NOT NULL,
  reason text NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  created_by uuid NOT NULL,
  notice_channel_id uuid,
  noticed_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_silences PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_silences_created_by FOREIGN KEY (created_by) REFERENCES users(id),
  CONSTRAINT fk_silences_notice_channel_id FOREIGN KEY (tenant_id, notice_channel_id) REFERENCES alert_channels(tenant_id, id),
  CONSTRAINT fk_silences_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  CONSTRAINT ck_silences_span CHECK ((ends_at > starts_at))
);
CREATE INDEX idx_silences_ends_at ON public.silences USING btree (tenant_id, ends_at);
CREATE INDEX idx_silences_notice_channel_id ON public.silences USING btree (tenant_id, notice_channel_id);
CREATE INDEX idx_silences_unnoticed ON public.silences USING btree (ends_at) WHERE ((notice_channel_id IS NOT NULL) AND (noticed_at IS NULL));
ALTER TABLE silences ENABLE ROW LEVEL SECURITY;
ALTER TABLE silences FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON silences TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON silences TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, SELECT ON silences TO vinsight_worker;
GRANT INSERT, SELECT, UPDATE ON silences TO vinsight_api;
GRANT UPDATE (noticed_at) ON silences TO vinsight_worker;

CREATE TABLE tenants (
  id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  key integer NOT NULL GENERATED ALWAYS AS IDENTITY,
  CONSTRAINT pk_tenants PRIMARY KEY (id),
  CONSTRAINT uq_tenants_id_key UNIQUE (id, key),
  CONSTRAINT uq_tenants_key UNIQUE (key)
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_access ON tenants TO owner USING (true) WITH CHECK (true);
CREATE POLICY tenant_isolation ON tenants TO vinsight_api USING ((id = current_tenant())) WITH CHECK ((id = current_tenant()));
CREATE POLICY worker_access ON tenants FOR SELECT TO vinsight_worker USING (true);
GRANT SELECT ON tenants TO vinsight_api;
GRANT SELECT (id, name, key) ON tenants TO vinsight_worker;
GRANT UPDATE (name, updated_at) ON tenants TO vinsight_api;

CREATE TABLE user_contacts (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  CONSTRAINT pk_user_contacts PRIMARY KEY (tenant_id, user_id, channel_id),
  CONSTRAINT fk_user_contacts_channel_id FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_user_contacts_user_id FOREIGN KEY (tenant_id, user_id) REFERENCES memberships(tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX idx_user_contacts_channel_id ON public.user_contacts USING btree (tenant_id, channel_id);
ALTER TABLE user_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON user_contacts TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON user_contacts TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, INSERT, SELECT ON user_contacts TO vinsight_api;
GRANT SELECT ON user_contacts TO vinsight_worker;

CREATE TABLE users (
  id uuid NOT NULL,
  email text NOT NULL,
  password_hash text NOT NULL,
  is_operator boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  deleted_at timestamp with time zone,
  CONSTRAINT pk_users PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_users_email ON public.users USING btree (lower(email)) WHERE (deleted_at IS NULL);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY member_of_tenant ON users FOR SELECT TO vinsight_api USING ((EXISTS ( SELECT 1
   FROM memberships m
  WHERE ((m.tenant_id = current_tenant()) AND (m.user_id = users.id)))));
CREATE POLICY owner_access ON users TO owner USING (true) WITH CHECK (true);
CREATE POLICY worker_access ON users FOR SELECT TO vinsight_worker USING (true);
GRANT SELECT (id, email) ON users TO vinsight_worker;
GRANT SELECT (id, email, is_operator, created_at) ON users TO vinsight_api;

CREATE TABLE work_requests (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  monitor_id uuid,
  channel_id uuid,
  payload jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamp with time zone NOT NULL,
  claimed_at timestamp with time zone,
  claimed_by text,
  answered_at timestamp with time zone,
  answer jsonb,
  CONSTRAINT pk_work_requests PRIMARY KEY (tenant_id, id),
  CONSTRAINT fk_work_requests_channel_id FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels(tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_work_requests_monitor_id FOREIGN KEY (tenant_id, monitor_id) REFERENCES monitors(tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_work_requests_open ON public.work_requests USING btree (created_at) WHERE (claimed_at IS NULL);
ALTER TABLE work_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE work_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON work_requests TO vinsight_api USING ((tenant_id = current_tenant())) WITH CHECK ((tenant_id = current_tenant()));
CREATE POLICY worker_access ON work_requests TO vinsight_worker USING (true) WITH CHECK (true);
GRANT DELETE, SELECT, UPDATE ON work_requests TO vinsight_worker;
GRANT INSERT, SELECT ON work_requests TO vinsight_api;
