/** An embedded PostgreSQL with a migrated database, durable as in an installation, and rows to measure with. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { PgClient } from "@effect/sql-pg"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import * as Migrations from "@v-insight/database/Migrations"
import * as Postgres from "@v-insight/database/Postgres"
import * as Roles from "@v-insight/database/Roles"
import { bucketOf } from "@v-insight/domain/rules/buckets"
import { Context, Effect, FileSystem, Layer, ManagedRuntime, Path, Redacted } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import { Client } from "pg"
import { parentOf } from "./processes.ts"

export const secret = "a secret of the benchmarks, long enough"
const ownerRole = "vinsight_owner"
export const name = "vinsight"

export interface Database {
  /** The postmaster: its children are all of PostgreSQL. */
  readonly pid: number
  /** URLs of the logins; `admin` is past row-level security. */
  readonly admin: string
  readonly owner: string
  readonly api: string
  readonly worker: string
  readonly stop: () => Promise<void>
}

/** A folder that is kept, so that what took long to make is measured again. */
const kept = process.env["VINSIGHT_BENCH_DATA"]

class Server extends Context.Service<Server, { readonly postgres: Postgres.Postgres }>()("@v-insight/bench/Server") {
  static readonly layer = Layer.effect(
    Server,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const paths = yield* Path.Path
      const keys = Keys.fromSecret(Redacted.make(secret))
      const folder = kept ?? (yield* fs.makeTempDirectoryScoped({ prefix: "v-insight-bench-" }))
      yield* fs.makeDirectory(folder, { recursive: true })
      yield* fs.chmod(folder, 0o755)
      const postgres = yield* Postgres.acquire({
        dataDir: paths.join(folder, "data"),
        bin: process.env["VINSIGHT_PG_BIN"],
        password: keys.rolePassword("vinsight"),
        purpose: "npm run bench",
        isGuest: false
      })
      yield* prepare(postgres, keys)
      return { postgres }
    })
  ).pipe(Layer.provide(NodeServices.layer))
}

/** Roles and the migrated database, as in an installation. */
export const prepare = Effect.fnUntraced(function* (postgres: Postgres.Postgres, keys: Keys["Service"]) {
  yield* Effect.gen(function* () {
    for (const role of [ownerRole, Connections.apiRole, Connections.workerRole]) {
      yield* Roles.ensure({ name: role, password: keys.rolePassword(role) })
    }
    yield* Roles.ensureDatabase(name, ownerRole)
  }).pipe(Effect.provide(PgClient.layer({ url: postgres.url("postgres"), maxConnections: 1 })))
  const url = Connections.withLogin(postgres.url(name), ownerRole, keys.rolePassword(ownerRole))
  yield* Migrations.up.pipe(Effect.provide(PgClient.layer(Connections.ownerSettings(url))))
})

export const startDatabase = async (): Promise<Database> => {
  const runtime = ManagedRuntime.make(Server.layer)
  const postgres = await runtime.runPromise(Server.use(({ postgres }) => Effect.succeed(postgres)))
  const admin = Redacted.value(postgres.url(name))
  const keys = Keys.fromSecret(Redacted.make(secret))
  const urlOf = (role: string) =>
    Redacted.value(Connections.withLogin(postgres.url(name), role, keys.rolePassword(role)))
  return {
    pid: await postmasterOf(admin),
    admin,
    owner: urlOf(ownerRole),
    api: urlOf(Connections.apiRole),
    worker: urlOf(Connections.workerRole),
    stop: () => runtime.dispose()
  }
}

/** A connection's process is a child of the postmaster. */
export const postmasterOf = (url: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")
    return parentOf(rows[0]!.pid)
  })

export const withClient = async <A>(url: string, use: (client: Client) => Promise<A>): Promise<A> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** A tenant with `count` monitors of one URL; answers with the tenant's id. */
export const insertMonitors = (
  database: Database,
  count: number,
  url: string,
  intervalSeconds: number
): Promise<string> =>
  withClient(database.admin, async (client) => {
    const tenantId = uuidV7Unsafe()
    const ids = Array.from({ length: count }, () => uuidV7Unsafe())
    await client.query("INSERT INTO tenants (id, name) VALUES ($1, 'Bench')", [tenantId])
    await client.query("SELECT ensure_check_partitions((now() AT TIME ZONE 'UTC')::date - 1, 4)")
    await client.query(
      `INSERT INTO monitors (tenant_id, id, bucket, name, type, settings, interval_seconds, timeout_seconds, confirmations, recovery_checks)
       SELECT $1, m.id, m.bucket, 'Monitor ' || m.bucket, 'http', jsonb_build_object('url', $2::text), $3, 5, 1, 1
       FROM unnest($4::uuid[], $5::int[]) AS m(id, bucket)`,
      [tenantId, url, intervalSeconds, ids, ids.map((id) => bucketOf(id))]
    )
    await client.query(
      "INSERT INTO monitor_state (tenant_id, monitor_id) SELECT tenant_id, id FROM monitors WHERE tenant_id = $1",
      [tenantId]
    )
    return tenantId
  })
