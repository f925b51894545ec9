REVOKE DELETE ON certificates FROM vinsight_worker;

CREATE OR REPLACE FUNCTION set_tenant_key() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
BEGIN
  NEW.tenant_key := (SELECT t.key FROM tenants t WHERE t.id = NEW.tenant_id);
  RETURN NEW;
END
$$;
CREATE OR REPLACE FUNCTION current_tenant_key() RETURNS integer
  LANGUAGE plpgsql STABLE PARALLEL SAFE
  AS $$
BEGIN
  RETURN (SELECT t.key FROM tenants t WHERE t.id = current_tenant());
END
$$;
