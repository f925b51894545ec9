/** OpenSSL's own test server, `openssl s_server`, on a free port of 127.0.0.1. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { Effect, type Scope } from "effect"
import { freePort } from "../freePort.ts"
import { certificate, key, type CertificateName } from "../../net/testing/Certificates.ts"
import { daemon, folder } from "./Daemon.ts"

/** `args` such as `-tls1_2`, or `-www` for an answer to HTTP. */
export const opensslServer = (
  name: CertificateName,
  args: ReadonlyArray<string> = []
): Effect.Effect<{ readonly port: number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const place = yield* folder
    const port = yield* freePort("127.0.0.1")
    const cert = path.join(place, "server.crt")
    const keyFile = path.join(place, "server.key")
    writeFileSync(cert, certificate(name))
    writeFileSync(keyFile, key)
    yield* daemon({
      command: "openssl",
      args: ["s_server", "-accept", `127.0.0.1:${port}`, "-cert", cert, "-key", keyFile, "-quiet", ...args],
      port
    })
    return { port }
  })
