/** pgbouncer with the configuration that docs/operate/database.md shows. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { probePort } from "../../probePort.ts"
import { daemon, folder } from "./Daemon.ts"
import { asRole, type Server } from "./Postgres.ts"

export type Mode = "transaction" | "session"

const login = { name: "pgbouncer", password: "a password of the pooler" }

/** What the pooler asks PostgreSQL for the passwords of those who come in; run once on the primary. */
const lookUp = [
  `CREATE ROLE ${login.name} LOGIN PASSWORD '${login.password}'`,
  `CREATE FUNCTION pgbouncer_lookup(INOUT p_name text, OUT p_password text) LANGUAGE sql SECURITY DEFINER
     SET search_path = pg_catalog AS
     $$ SELECT rolname::text, rolpassword FROM pg_authid
        WHERE rolname = p_name AND rolname IN ('vinsight_api', 'vinsight_worker') $$`,
  "REVOKE EXECUTE ON FUNCTION pgbouncer_lookup FROM public",
  `GRANT EXECUTE ON FUNCTION pgbouncer_lookup TO ${login.name}`
]

export const prepareForPgbouncer = ({ url }: Server) =>
  asRole(
    url(),
    Effect.flatMap(PgClient.PgClient, (sql) =>
      Effect.forEach(lookUp, (statement) => sql.unsafe(statement), { discard: true })
    )
  )

const lines = (port: number, target: number, place: string, mode: Mode): string => `
[databases]
vinsight = host=127.0.0.1 port=${target} auth_user=${login.name}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${place}/users.txt
auth_query = SELECT p_name, p_password FROM pgbouncer_lookup($1)
pool_mode = ${mode}
default_pool_size = 10
max_client_conn = 200
query_wait_timeout = 5
server_connect_timeout = 5
server_login_retry = 1
`

/** `logins`: URLs of others who may come in, by the list in the pooler's file. */
export const pgbouncer = Effect.fn("pgbouncer")(function* (
  server: Pick<Server, "port">,
  mode: Mode = "transaction",
  logins: ReadonlyArray<Redacted.Redacted> = []
) {
  const place = yield* folder
  const port = yield* Effect.orDie(probePort("127.0.0.1"))
  const file = path.join(place, "pgbouncer.ini")
  const write = (target: number): void => writeFileSync(file, lines(port, target, place, mode))
  const known = logins
    .map((url) => new URL(Redacted.value(url)))
    .map(({ password, username }) => ({ name: username, password }))
  const users = [login, ...known].map(({ name, password }) => `"${name}" "${password}"\n`)
  writeFileSync(path.join(place, "users.txt"), users.join(""))
  write(server.port)
  const { signal } = yield* daemon("pgbouncer", [file], port)
  return {
    port,
    /** The same login and database, through the pooler. */
    through: (url: Redacted.Redacted): Redacted.Redacted => {
      const changed = new URL(Redacted.value(url))
      changed.port = String(port)
      return Redacted.make(changed.href)
    },
    /** What an operator does after a failover: another address in the file, then a reload. */
    leadTo: (next: Pick<Server, "port">): void => {
      write(next.port)
      signal("SIGHUP")
    }
  }
})
