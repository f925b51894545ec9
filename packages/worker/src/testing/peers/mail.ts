/**
 * Debian's mail servers on free ports of 127.0.0.1: Exim for SMTP (with GnuTLS, where Node has OpenSSL), Dovecot for IMAP
 * and POP3. Exim takes mail and keeps it in its queue.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { userInfo } from "node:os"
import path from "node:path"
import { Effect, type Scope } from "effect"
import { freePort } from "../freePort.ts"
import { certificate, key, type CertificateName } from "../../net/testing/Certificates.ts"
import { daemon, folder } from "./Daemon.ts"

const withCertificate = (name: CertificateName) =>
  Effect.map(folder, (place) => {
    // Servers look at their files as users of their own.
    chmodSync(place, 0o755)
    const write = (file: string, content: string): string => {
      writeFileSync(path.join(place, file), content)
      return path.join(place, file)
    }
    return { place, write, cert: write("server.crt", certificate(name)), keyFile: write("server.key", key) }
  })

/** Lets in `probe` with the password `s3cret`, over TLS only; takes mail from anybody for example.net. */
export const exim = (
  name: CertificateName = "valid"
): Effect.Effect<
  {
    readonly port: number
    readonly tlsPort: number
    /** What it took and holds, with notes of its own between the lines of the head. */
    readonly letters: () => ReadonlyArray<string>
  },
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const { cert, keyFile, place, write } = yield* withCertificate(name)
    const port = yield* freePort("127.0.0.1")
    const tlsPort = yield* freePort("127.0.0.1")
    const config = write(
      "exim.conf",
      `
exim_user = ${userInfo().username}
exim_group = ${userInfo().gid}
spool_directory = ${place}
log_file_path = ${place}/%slog
local_interfaces = <; [127.0.0.1]:${port} ; [127.0.0.1]:${tlsPort}
tls_on_connect_ports = ${tlsPort}
tls_advertise_hosts = *
tls_certificate = ${cert}
tls_privatekey = ${keyFile}
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
primary_hostname = mail.example.net
domainlist local_domains = example.net
queue_only = true
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = acl_rcpt
begin acl
acl_rcpt:
  accept domains = +local_domains
  deny message = relay not permitted
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if and{{eq{$auth2}{probe}}{eq{$auth3}{s3cret}}}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{probe}}{eq{$auth2}{s3cret}}}}
`
    )
    yield* daemon({ command: "exim4", args: ["-bdf", "-C", config, "-oP", `${place}/pid`], port })
    const spool = path.join(place, "input")
    // Each is two files, its head and its body, named alike.
    const letters = (): ReadonlyArray<string> =>
      readdirSync(spool)
        .filter((file) => file.endsWith("-H"))
        .map((head) =>
          [head, head.replace(/H$/, "D")].map((file) => readFileSync(path.join(spool, file), "utf8")).join("\n")
        )
    return { port, tlsPort, letters }
  })

/** Nobody can log in. */
export const dovecot = (
  name: CertificateName = "valid"
): Effect.Effect<{ readonly imapPort: number; readonly pop3Port: number }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { cert, keyFile, place, write } = yield* withCertificate(name)
    const imapPort = yield* freePort("127.0.0.1")
    const pop3Port = yield* freePort("127.0.0.1")
    mkdirSync(path.join(place, "run"))
    const listener = (protocol: string, port: number): string => `
service ${protocol}-login {
  chroot =
  inet_listener ${protocol} {
    port = ${port}
  }
  inet_listener ${protocol}s {
    port = 0
  }
}`
    const config = write(
      "dovecot.conf",
      `
protocols = imap pop3
listen = 127.0.0.1
base_dir = ${place}/run
log_path = ${place}/log
mail_location = maildir:${place}/mail
ssl = yes
ssl_cert = <${cert}
ssl_key = <${keyFile}
ssl_dh =
passdb {
  driver = passwd-file
  args = ${write("users", "")}
}
${listener("imap", imapPort)}
${listener("pop3", pop3Port)}
`
    )
    yield* daemon({ command: "dovecot", args: ["-F", "-c", config], port: pop3Port })
    return { imapPort, pop3Port }
  })
