/** Debian's mariadbd on a free port of 127.0.0.1, with a database `shop` and users of its own. */
import { chmodSync, writeFileSync } from "node:fs"
import path from "node:path"
import { Effect, type Scope } from "effect"
import { freePort } from "../freePort.ts"
import { certificate, key, type CertificateName } from "../../net/testing/Certificates.ts"
import { daemon, folder, program } from "./Daemon.ts"

export interface Mariadb {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** `tls`: offered with this certificate. */
export const mariadb = (options: { readonly tls?: CertificateName } = {}): Effect.Effect<Mariadb, never, Scope.Scope> =>
  Effect.gen(function* () {
    const place = yield* folder
    chmodSync(place, 0o755)
    const port = yield* freePort("127.0.0.1")
    const write = (name: string, content: string): string => {
      const file = path.join(place, name)
      writeFileSync(file, content)
      return file
    }
    const owner = process.getuid?.() === 0 ? ["--user=root"] : []
    const data = `--datadir=${path.join(place, "data")}`
    yield* program("mariadb-install-db", [
      "--no-defaults",
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      ...owner,
      data
    ])
    const account = { user: "watcher", password: 'it\'s "quoted" ü', database: "shop" }
    const init = write(
      "init.sql",
      [
        "CREATE DATABASE IF NOT EXISTS shop;",
        `CREATE USER IF NOT EXISTS watcher@'127.0.0.1' IDENTIFIED BY '${account.password.replaceAll("'", "''")}';`,
        "GRANT ALL ON shop.* TO watcher@'127.0.0.1';",
        "CREATE USER IF NOT EXISTS open@'127.0.0.1' IDENTIFIED BY '';",
        ""
      ].join("\n")
    )
    const tls =
      options.tls === undefined
        ? ["--skip-ssl"]
        : [`--ssl-cert=${write("server.crt", certificate(options.tls))}`, `--ssl-key=${write("server.key", key)}`]
    yield* daemon({
      command: "mariadbd",
      args: [
        "--no-defaults",
        ...owner,
        data,
        "--bind-address=127.0.0.1",
        `--port=${port}`,
        `--socket=${path.join(place, "socket")}`,
        `--pid-file=${path.join(place, "pid")}`,
        `--init-file=${init}`,
        "--innodb-buffer-pool-size=16M",
        "--innodb-flush-log-at-trx-commit=0",
        ...tls
      ],
      port
    })
    return { port, ...account }
  })
