/** The npm package smtp-server on a free port of 127.0.0.1: a real server of SMTP that needs nothing but Node. */
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"
import { certificate, key, type CertificateName } from "./Certificates.ts"

export interface MailServerOptions extends SMTPServerOptions {
  readonly certificate?: CertificateName
}

export const mailServer = ({ certificate: name = "valid", ...options }: MailServerOptions = {}): Effect.Effect<
  { readonly port: number },
  never,
  Scope.Scope
> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<SMTPServer>((resume) => {
        const server = new SMTPServer({ key, cert: certificate(name), closeTimeout: 100, ...options })
        // Peers that hang up in the middle of a handshake are what tests are about.
        server.on("error", () => {})
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.callback<void>((resume) => server.close(() => resume(Effect.void)))
    ),
    (server) => ({ port: (server.server.address() as AddressInfo).port })
  )
