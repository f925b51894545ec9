/** Debian's vsftpd on a free port of 127.0.0.1: offers AUTH TLS, lets nobody in. */
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { Effect, type Scope } from "effect"
import { freePort } from "../freePort.ts"
import { certificate, key, type CertificateName } from "../../net/testing/Certificates.ts"
import { daemon, folder } from "./Daemon.ts"

export const vsftpd = (name: CertificateName = "valid"): Effect.Effect<{ readonly port: number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const place = yield* folder
    const empty = path.join(place, "empty")
    mkdirSync(empty)
    const port = yield* freePort("127.0.0.1")
    const write = (file: string, content: string): string => {
      writeFileSync(path.join(place, file), content)
      return path.join(place, file)
    }
    const config = write(
      "vsftpd.conf",
      [
        "listen=YES",
        "background=NO",
        "listen_address=127.0.0.1",
        `listen_port=${port}`,
        "ssl_enable=YES",
        `rsa_cert_file=${write("server.crt", certificate(name))}`,
        `rsa_private_key_file=${write("server.key", key)}`,
        // It wants somebody to be let in: nobody is on this list.
        "anonymous_enable=NO",
        "local_enable=YES",
        "userlist_enable=YES",
        "userlist_deny=NO",
        `userlist_file=${write("users", "")}`,
        `secure_chroot_dir=${empty}`,
        "ftpd_banner=Files.",
        ""
      ].join("\n")
    )
    yield* daemon({ command: "vsftpd", args: [config], port })
    return { port }
  })
