/** Debian's redis-server on a free port of 127.0.0.1, without files. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { Effect, type Scope } from "effect"
import { freePort } from "../freePort.ts"
import { certificate, key, type CertificateName } from "../../net/testing/Certificates.ts"
import { daemon, folder } from "./Daemon.ts"

export interface RedisOptions {
  /** Of the default user. */
  readonly password?: string
  /** TLS only, with this certificate. */
  readonly tls?: CertificateName
  /** Further lines of redis.conf, such as `user x on >y ~* +@all`. */
  readonly lines?: ReadonlyArray<string>
}

export const redisServer = (options: RedisOptions = {}): Effect.Effect<{ readonly port: number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const place = yield* folder
    const port = yield* freePort("127.0.0.1")
    const file = (name: string, content: string): string => {
      const it = path.join(place, name)
      writeFileSync(it, content)
      return it
    }
    const tls =
      options.tls === undefined
        ? [`port ${port}`]
        : [
            "port 0",
            `tls-port ${port}`,
            `tls-cert-file ${file("server.crt", certificate(options.tls))}`,
            `tls-key-file ${file("server.key", key)}`,
            "tls-auth-clients no",
            `tls-ca-cert-file ${file("authority.crt", certificate("valid"))}`
          ]
    const password = options.password === undefined ? [] : [`requirepass ${options.password}`]
    const lines = ["bind 127.0.0.1", "save ''", "appendonly no", `dir ${place}`, "daemonize no"]
    const config = file("redis.conf", [...lines, ...tls, ...password, ...(options.lines ?? [])].join("\n"))
    yield* daemon({ command: "redis-server", args: [config], port })
    return { port }
  })
