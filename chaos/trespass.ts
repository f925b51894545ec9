/**
 * The fence, seen from inside PostgreSQL: whoever writes states of a bucket that belongs to another address is noted.
 * Only where workers have addresses of their own.
 */
import type { Database } from "./database.ts"

export const watchTrespassers = async ({ query }: Database): Promise<void> => {
  await query("CREATE TABLE chaos_trespasses (at timestamptz, client inet, owner text, bucket integer)")
  await query(`
    CREATE FUNCTION chaos_note_trespass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
      INSERT INTO chaos_trespasses
      SELECT clock_timestamp(), inet_client_addr(), b.owner, b.bucket
      FROM (SELECT DISTINCT m.bucket
            FROM moved s
            JOIN monitors m ON m.tenant_id = s.tenant_id AND m.id = s.monitor_id) AS touched
      JOIN check_buckets b ON b.bucket = touched.bucket
      WHERE split_part(b.owner, ':', 1) <> host(inet_client_addr())
        -- the harness itself, beside the workers
        AND current_setting('application_name') LIKE 'v-insight-worker%';
      RETURN NULL;
    END $$`)
  await query(`
    CREATE TRIGGER chaos_note_trespass AFTER UPDATE ON monitor_state REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION chaos_note_trespass()`)
}

export const countTrespasses = async ({ query }: Database): Promise<number> => {
  const [row] = await query<{ count: number }>("SELECT count(*)::int AS count FROM chaos_trespasses")
  return row?.count ?? 0
}
