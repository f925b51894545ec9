/** A primary and its hot standby, durable as in an installation, set up as docs/operate/database.md says. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { PgClient, PgConnection } from "@effect/sql-pg"
import { Effect, Redacted, Schedule, type Scope } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { apiRole, ownerSettings, withLogin, workerRole } from "../../Connections.ts"
import { Keys } from "../../Keys.ts"
import * as Migrations from "../../Migrations.ts"
import { probePort } from "../../probePort.ts"
import * as Roles from "../../Roles.ts"
import { ownerRole, testSecret } from "../constants.ts"
import { binaries, type Daemon, daemon, folder, program } from "./Daemon.ts"

const database = "vinsight"
const superuser = "postgres"
/** As in synchronous_standby_names. */
const standbyName = "standby"

export interface Server extends Daemon {
  readonly port: number
  /** URL of the database with the login of a role; of the superuser when there is none. */
  readonly url: (role?: string) => Redacted.Redacted
}

/** A primary with the roles and the migrated database. */
export const primary: Effect.Effect<Server, never, Scope.Scope> = Effect.gen(function* () {
  const data = path.join(yield* folder, "data")
  yield* program(`${binaries()}/initdb`, ["-D", data, "-U", superuser, "--auth=trust", "--no-sync", "-E", "UTF8"])
  // The superuser, who prepares and judges, comes in as he likes; everybody else proves who they are.
  const access = [
    `host all ${superuser} 127.0.0.1/32 trust`,
    `host replication ${superuser} 127.0.0.1/32 trust`,
    "host all all 127.0.0.1/32 scram-sha-256"
  ]
  writeFileSync(path.join(data, "pg_hba.conf"), `${access.join("\n")}\n`)
  const server = yield* run(data)
  yield* prepare(server)
  return server
})

/** Copies a primary and follows it; `port`: where it reaches it. */
export const standbyOf = Effect.fn("standbyOf")(function* ({ port }: Pick<Server, "port">) {
  const data = path.join(yield* folder, "data")
  const from = `host=127.0.0.1 port=${port} user=${superuser} application_name=${standbyName}`
  yield* program(`${binaries()}/pg_basebackup`, ["-D", data, "-R", "-X", "stream", "-c", "fast", "-d", from])
  return yield* run(data)
})

/** From now on a commit is acknowledged when the standby has it on its disk too. */
export const makeSynchronous = ({ url }: Server) =>
  asRole(
    url(),
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql.unsafe(`ALTER SYSTEM SET synchronous_standby_names = '${standbyName}'`)
      yield* sql`SELECT pg_reload_conf()`
      yield* sql<{ state: string }>`SELECT sync_state AS state FROM pg_stat_replication`.pipe(
        Effect.repeat({ until: (rows) => rows[0]?.state === "sync" })
      )
    })
  )

/** The standby becomes the primary; answers when it takes writes. */
export const promote = ({ url }: Server) =>
  asRole(
    url(),
    Effect.flatMap(PgClient.PgClient, (sql) => sql`SELECT pg_promote(true, 30)`)
  )

/** Runs `effect` with one connection of its own. */
export const asRole = <A, E, R>(url: Redacted.Redacted, effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })), Effect.orDie)

/** Roles and schema, in the order of docs/operate/database.md. */
const prepare = ({ port, url }: Pick<Server, "port" | "url">) =>
  Effect.gen(function* () {
    const keys = Keys.fromSecret(testSecret)
    yield* Effect.gen(function* () {
      yield* Roles.ensure({ name: ownerRole, password: keys.rolePassword(ownerRole) })
      for (const name of [apiRole, workerRole] as const) {
        yield* Roles.ensure({ name, password: keys.rolePassword(name) })
        yield* Roles.configure(name)
      }
      yield* Roles.ensureDatabase(database, ownerRole)
    }).pipe(Effect.provide(PgClient.layer({ url: systemUrl(port), maxConnections: 1 })))
    yield* Migrations.up.pipe(Effect.provide(PgClient.layer(ownerSettings(url(ownerRole)))))
  }).pipe(Effect.provide(NodeServices.layer), Effect.orDie)

const systemUrl = (port: number) => Redacted.make(`postgres://${superuser}@127.0.0.1:${port}/postgres`)

const run = Effect.fnUntraced(function* (data: string) {
  const port = yield* Effect.orDie(probePort("127.0.0.1"))
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_wal_senders=5",
    "wal_level=replica",
    "wal_retrieve_retry_interval=200ms"
  ]
  const args = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])]
  const it = yield* daemon(`${binaries()}/postgres`, args, port)
  const url = (role?: string): Redacted.Redacted => {
    const plain = Redacted.make(`postgres://${superuser}@127.0.0.1:${port}/${database}`)
    return role === undefined ? plain : withLogin(plain, role, Keys.fromSecret(testSecret).rolePassword(role))
  }
  // It listens a moment before it lets anybody in.
  yield* PgConnection.make({ url: systemUrl(port) }).pipe(
    Effect.scoped,
    Effect.retry({ schedule: Schedule.spaced("50 millis"), times: 400 }),
    Effect.orDie
  )
  return { ...it, port, url } satisfies Server
})
