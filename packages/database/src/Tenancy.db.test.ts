/**
 * What the database itself promises about tenants, read from its catalogue: a table that somebody adds without forced
 * row-level security, a policy, a composite key or a tenant-first index fails here.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { as, Cast, type Person } from "./testing/Cast.ts"
import { TestDatabase } from "./testing/TestDatabase.ts"
import { TenantSql } from "./TenantSql.ts"
import { Layer } from "effect"

/** Tables without a tenant, and why. */
const withoutTenant: Readonly<Record<string, string>> = {
  tenants: "its id is the tenant; the policy compares it",
  users: "a person may belong to several tenants; the policy looks at memberships",
  check_buckets: "who schedules what; nothing of a tenant, and the API has no right to it",
  regions: "where checks are made from; nothing of a tenant",
  operator_alerts: "what those who run this are told of; nothing of a tenant, and the API has no right to it",
  rollup_progress: "how far rollups are made, of all tenants alike",
  heartbeat_reception: "when calls could be received at all; nothing of a tenant",
  schema_migrations: "which migrations ran; the API has no right to it"
}

/** Indexes that do not begin with the tenant, and why. */
const crossTenantIndexes: Readonly<Record<string, string>> = {
  idx_memberships_user_id: "sign-in looks for the tenants of a user",
  idx_sessions_token_hash: "the token is the credential, the tenant follows from it",
  idx_sessions_expires_at: "housekeeping removes expired sessions",
  idx_monitors_bucket: "the owner of a bucket loads it",
  idx_monitor_checks_quarter: "BRIN by time, for rollups",
  idx_monitor_rollups_5m_period: "BRIN by time, for the level above and for retention",
  idx_monitor_rollups_1h_period: "the same",
  idx_monitor_rollups_1d_period: "the same",
  idx_notifications_relay: "the notifier takes what was not handed on yet",
  idx_heartbeat_tokens_token: "the token is the credential, the tenant follows from it",
  idx_monitor_verdicts_monitor_id: "workers look at the verdicts of a bucket's monitors",
  idx_work_requests_open: "workers claim the oldest request",
  idx_decisions_decided_at: "BRIN by time: the worker forgets what is older than checks are kept",
  idx_delivery_attempts_attempted_at: "by time: the same",
  idx_escalations_due_at: "the worker starts those of every tenant",
  idx_notifications_under_way: "the notifier looks at what it has handed on",
  idx_silences_unnoticed: "the worker looks for those that have just ended"
}

/** Foreign keys that do not carry the tenant, and why. */
const plainForeignKeys: Readonly<Record<string, string>> = {
  fk_memberships_user_id: "users carry no tenant",
  fk_incidents_owner_id: "users carry no tenant; the API takes members only",
  fk_incident_events_user_id: "users carry no tenant: whoever is signed in",
  fk_silences_created_by: "users carry no tenant: whoever is signed in"
}

/** Columns that begin keys and indexes. */
const isTenant = (column: string | undefined): boolean => column === "tenant_id" || column === "tenant_key"

const Databases = Layer.provideMerge(TenantSql.layer, TestDatabase.api)

const owner = <A, E, R = never>(use: (sql: SqlClient.SqlClient) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient.SqlClient, use).pipe(Effect.provide(TestDatabase.superuser))

interface Table {
  readonly name: string
  readonly isEnabled: boolean
  readonly isForced: boolean
  readonly isPartition: boolean
  readonly hasTenant: boolean
  /** By tenant_key alone: rows that must be small. */
  readonly isKeyed: boolean
  readonly policies: ReadonlyArray<{
    readonly role: string
    readonly using: string | null
    readonly check: string | null
    readonly command: string
  }>
}

const tables = owner(
  (sql) => sql<Table>`
    SELECT
      c.relname AS name,
      c.relrowsecurity AS "isEnabled",
      c.relforcerowsecurity AS "isForced",
      c.relispartition AS "isPartition",
      EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('tenant_id', 'tenant_key')) AS "hasTenant",
      NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS "isKeyed",
      coalesce((
        SELECT jsonb_agg(jsonb_build_object('role', r.rolname, 'command', p.polcmd,
          'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)))
        FROM pg_policy p CROSS JOIN unnest(p.polroles) AS role (oid) LEFT JOIN pg_roles r ON r.oid = role.oid
        WHERE p.polrelid = c.oid), '[]') AS policies
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    ORDER BY 1`
)

const tenantTables = Effect.map(tables, (all) => all.filter(({ hasTenant, isPartition }) => hasTenant && !isPartition))

/** Tables that belong to no tenant and do not say why. */
const straysOf = (all: ReadonlyArray<Table>): ReadonlyArray<string> =>
  all.filter(({ hasTenant, name }) => !hasTenant && withoutTenant[name] === undefined).map(({ name }) => name)

const unforcedOf = (all: ReadonlyArray<Table>): ReadonlyArray<string> =>
  all
    .filter(({ hasTenant, name }) => hasTenant || name === "tenants" || name === "users")
    .filter(({ isEnabled, isForced }) => !isEnabled || !isForced)
    .map(({ name }) => name)

const byId = "(tenant_id = current_tenant())"
/** In a subquery: once per statement. Without one, the function would be called for every row. */
const byKey = "(tenant_key = ( SELECT current_tenant_key() AS current_tenant_key))"

/** Tables that show the API other rows than its tenant's, look at each row anew, or open for everybody. */
const openOf = (all: ReadonlyArray<Table>): ReadonlyArray<string> =>
  all
    .filter(({ hasTenant, isPartition }) => hasTenant && !isPartition)
    .filter(({ isKeyed, policies }) => {
      const own = isKeyed ? byKey : byId
      const [ofApi, ...more] = policies.filter(({ role }) => role === "vinsight_api")
      const isOwn = ofApi?.command === "*" && ofApi.using === own && ofApi.check === own && more.length === 0
      return !isOwn || policies.some(({ role }) => role === null || role === "public")
    })
    .map(({ name }) => name)

/** Mistakes that a migration could make: a table and what is wrong with it. */
const plants = {
  planted_without_tenant: "CREATE TABLE planted_without_tenant (id uuid PRIMARY KEY)",
  planted_without_policy: "CREATE TABLE planted_without_policy (tenant_key integer NOT NULL)",
  planted_enabled_only: `
    CREATE TABLE planted_enabled_only (tenant_key integer NOT NULL);
    ALTER TABLE planted_enabled_only ENABLE ROW LEVEL SECURITY;
    CREATE POLICY tenant_isolation ON planted_enabled_only TO vinsight_api
      USING (tenant_key = (SELECT current_tenant_key())) WITH CHECK (tenant_key = (SELECT current_tenant_key()))`,
  planted_per_row: `
    CREATE TABLE planted_per_row (tenant_key integer NOT NULL);
    ALTER TABLE planted_per_row ENABLE ROW LEVEL SECURITY;
    ALTER TABLE planted_per_row FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant_isolation ON planted_per_row TO vinsight_api
      USING (tenant_key = current_tenant_key()) WITH CHECK (tenant_key = current_tenant_key())`,
  planted_reads_all: `
    CREATE TABLE planted_reads_all (tenant_id uuid NOT NULL);
    ALTER TABLE planted_reads_all ENABLE ROW LEVEL SECURITY;
    ALTER TABLE planted_reads_all FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant_isolation ON planted_reads_all TO vinsight_api
      USING (true) WITH CHECK (tenant_id = current_tenant())`,
  planted_for_everybody: `
    CREATE TABLE planted_for_everybody (tenant_id uuid NOT NULL);
    ALTER TABLE planted_for_everybody ENABLE ROW LEVEL SECURITY;
    ALTER TABLE planted_for_everybody FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant_isolation ON planted_for_everybody TO vinsight_api
      USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
    CREATE POLICY reports ON planted_for_everybody USING (true)`
} as const

layer(Layer.provideMerge(Cast.layer, TestDatabase.layer), { excludeTestServices: true })(
  "tenancy in the catalogue",
  (it) => {
    it.effect("every table belongs to a tenant, or says why not", () =>
      Effect.gen(function* () {
        const all = yield* tables
        assert.deepStrictEqual(straysOf(all), [])
        const strays = all.filter(({ hasTenant }) => !hasTenant).map(({ name }) => name)
        assert.deepStrictEqual(strays, Object.keys(withoutTenant).sort())
      })
    )

    it.effect("every table of tenants, and each partition, has forced row-level security", () =>
      Effect.gen(function* () {
        const all = yield* tables
        assert.isAbove(all.filter(({ hasTenant }) => hasTenant).length, 12)
        assert.deepStrictEqual(unforcedOf(all), [])
      })
    )

    it.effect("the API reads and writes rows of its tenant only, by policy", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(openOf(yield* tables), [])
      })
    )

    it.effect("planted mistakes are found, each by the test that is there for it", () =>
      owner((sql) =>
        Effect.gen(function* () {
          for (const plant of Object.values(plants)) {
            for (const statement of plant.split(";")) yield* sql.unsafe(statement)
          }
          const all = yield* tables
          assert.deepStrictEqual(straysOf(all), ["planted_without_tenant"])
          assert.deepStrictEqual(unforcedOf(all), ["planted_enabled_only", "planted_without_policy"])
          assert.deepStrictEqual(openOf(all), [
            "planted_for_everybody",
            "planted_per_row",
            "planted_reads_all",
            "planted_without_policy"
          ])
        }).pipe(
          Effect.ensuring(
            Effect.forEach(Object.keys(plants), (name) => Effect.orDie(sql`DROP TABLE IF EXISTS ${sql(name)}`))
          )
        )
      )
    )

    it.effect("views show nobody more than their tables do", () =>
      Effect.gen(function* () {
        const views = yield* owner(
          (sql) => sql<{ name: string; isInvoker: boolean }>`
          SELECT relname AS name, coalesce('security_invoker=true' = ANY (reloptions), false) AS "isInvoker"
          FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')`
        )
        assert.isNotEmpty(views)
        for (const { isInvoker, name } of views) assert.isTrue(isInvoker, name)
      })
    )

    it.effect("keys begin with the tenant, and references carry it", () =>
      Effect.gen(function* () {
        const keys = yield* owner(
          (sql) => sql<{
            table: string
            name: string
            kind: string
            columns: ReadonlyArray<string>
            target: string | null
          }>`
          SELECT c.conrelid::regclass::text AS "table", c.conname AS name, c.contype::text AS kind, t.relname AS target,
            ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (number, place)
                  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns
          FROM pg_constraint c LEFT JOIN pg_class t ON t.oid = c.confrelid
          WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'f', 'u')`
        )
        for (const { name } of yield* tenantTables) {
          const own = keys.filter(({ table }) => table === name)
          const primary = own.find(({ kind }) => kind === "p")
          // monitor_checks is appended by one fenced statement and never updated: it has an index, no key.
          if (name === "monitor_checks") assert.isUndefined(primary)
          else assert.isTrue(isTenant(primary?.columns[0]), name)
          for (const key of own.filter(({ kind }) => kind !== "p")) {
            if (plainForeignKeys[key.name] === undefined) assert.isTrue(isTenant(key.columns[0]), key.name)
            if (key.kind === "f" && key.target !== "tenants" && plainForeignKeys[key.name] === undefined) {
              assert.lengthOf(key.columns, 2, key.name)
            }
          }
        }
      })
    )

    it.effect("indexes begin with the tenant, or say why not", () =>
      Effect.gen(function* () {
        const indexes = yield* owner(
          (sql) => sql<{ table: string; name: string; first: string }>`
          SELECT t.relname AS "table", i.relname AS name, a.attname::text AS first
          FROM pg_index x
          JOIN pg_class i ON i.oid = x.indexrelid
          JOIN pg_class t ON t.oid = x.indrelid AND t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]`
        )
        const ofTenants = new Set((yield* tenantTables).map(({ name }) => name))
        const others = indexes
          .filter(({ first, table }) => ofTenants.has(table) && !isTenant(first))
          .map(({ name }) => name)
        assert.deepStrictEqual(others.sort(), Object.keys(crossTenantIndexes).sort())
        for (const table of ofTenants)
          assert.isTrue(
            indexes.some((one) => one.table === table && isTenant(one.first)),
            table
          )
      })
    )

    it.effect("the API and the worker own nothing, bypass nothing, and cannot become anybody", () =>
      Effect.gen(function* () {
        const roles = yield* owner(
          (sql) => sql<{ name: string; may: boolean; owns: number; groups: number }>`
          SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS may,
            (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid AND relnamespace = 'public'::regnamespace) AS owns,
            (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS groups
          FROM pg_roles r WHERE rolname IN ('vinsight_api', 'vinsight_worker')`
        )
        for (const role of roles) assert.deepInclude(role, { may: false, owns: 0, groups: 0 })
        assert.lengthOf(roles, 2)
      })
    )

    it.effect("definer functions pin their search path, and nobody may call them by default", () =>
      Effect.gen(function* () {
        const functions = yield* owner(
          (sql) => sql<{ name: string; isPinned: boolean; isPublic: boolean }>`
          SELECT proname AS name, coalesce(proconfig::text LIKE '%search_path=public, pg_temp%', false) AS "isPinned",
            has_function_privilege('public', oid, 'EXECUTE') AS "isPublic"
          FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef`
        )
        assert.isAbove(functions.length, 4)
        for (const { isPinned, isPublic, name } of functions)
          assert.deepStrictEqual([isPinned, isPublic], [true, false], name)
      })
    )

    describe("through the API's own connection", () => {
      /** How many rows each table shows, without any condition. */
      const seen = Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const all = [
          ...(yield* tenantTables).map(({ isKeyed, name }) => ({
            name,
            // A key that is not one's own has no id here, and stays.
            tenant: isKeyed
              ? "coalesce((SELECT t.id::text FROM tenants t WHERE t.key = tenant_key), tenant_key::text)"
              : "tenant_id::text"
          })),
          { name: "tenants", tenant: "id::text" },
          { name: "users", tenant: "NULL::text" },
          { name: "check_results", tenant: "tenant_id::text" }
        ]
        return yield* Effect.forEach(all, ({ name, tenant }) =>
          Effect.map(
            sql.unsafe<{ rows: number; tenants: ReadonlyArray<string> }>(
              `SELECT count(*)::int AS rows, array_remove(array_agg(DISTINCT tenant), NULL) AS tenants
               FROM (SELECT ${tenant} AS tenant ${name === "users" ? ", id" : ""} FROM ${name}) AS t`
            ),
            ([row]) => ({ name, rows: row!.rows, tenants: row!.tenants })
          )
        )
      })

      it.effect("stray SQL without a tenant sees no row of any table, and writes none", () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const { alice, things } = yield* Cast
          for (const { name, rows } of yield* seen) assert.strictEqual(rows, 0, name)
          assert.deepStrictEqual(yield* sql`UPDATE monitors SET name = 'taken' RETURNING id`, [])
          const insert = sql`
          INSERT INTO monitor_state (tenant_id, monitor_id, region) VALUES (${alice.context.tenantId}, ${things.monitorId}, 'x')`
          assert.strictEqual((yield* Effect.flip(insert)).reason._tag, "AuthorizationError")
        }).pipe(Effect.provide(Databases))
      )

      it.effect("a tenant sees its own rows of every table, and its own only", () =>
        Effect.gen(function* () {
          const { scoped } = yield* TenantSql
          const { alice } = yield* Cast
          for (const { name, rows, tenants } of yield* scoped(() => seen).pipe(as(alice))) {
            assert.isAbove(rows, 0, name)
            if (name !== "users") assert.deepStrictEqual(tenants, [alice.context.tenantId], name)
          }
        }).pipe(Effect.provide(Databases))
      )

      it.effect("a tenant cannot write into another, nor point at another's rows", () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const { scoped } = yield* TenantSql
          const { alice, mallory, otherThings, things } = yield* Cast
          const refused = (who: Person, statement: Effect.Effect<unknown, unknown>) =>
            Effect.exit(scoped(() => Effect.orDie(statement)).pipe(as(who)))
          const into = yield* refused(
            mallory,
            sql`INSERT INTO monitor_state (tenant_id, monitor_id, region) VALUES (${alice.context.tenantId}, ${things.monitorId}, 'x')`
          )
          assert.strictEqual(into._tag, "Failure")
          const at = yield* refused(
            mallory,
            sql`INSERT INTO alert_rule_monitors (tenant_id, alert_rule_id, monitor_id)
              VALUES (${mallory.context.tenantId}, ${otherThings.ruleId}, ${things.monitorId})`
          )
          assert.strictEqual(at._tag, "Failure")
          const moved = yield* refused(mallory, sql`UPDATE monitors SET tenant_id = ${alice.context.tenantId}`)
          assert.strictEqual(moved._tag, "Failure")
          // What checks found is the worker's to say, in one's own tenant too.
          for (const finding of [
            sql`UPDATE monitor_state SET last_good = NULL`,
            sql`UPDATE incidents SET evidence = NULL`,
            sql`UPDATE monitor_checks SET detail = NULL`
          ]) {
            assert.strictEqual((yield* refused(alice, finding))._tag, "Failure")
          }
        }).pipe(Effect.provide(Databases))
      )

      it.effect("many tenants at once on few connections never see each other", () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const { scoped } = yield* TenantSql
          const { alice, mallory, olga } = yield* Cast
          const people = [alice, mallory, olga]
          yield* Effect.forEach(
            Array.from({ length: 300 }, (_, index) => people[index % 3]!),
            (person) =>
              scoped(() => sql<{ id: string }>`SELECT id FROM tenants`).pipe(
                as(person),
                Effect.map((rows) => assert.deepStrictEqual(rows, [{ id: person.context.tenantId }]))
              ),
            { concurrency: 40, discard: true }
          )
          for (const { rows } of yield* seen) assert.strictEqual(rows, 0)
        }).pipe(Effect.provide(Databases))
      )
    })
  }
)
