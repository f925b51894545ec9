/** Debian's nginx on free ports of 127.0.0.1, in the foreground, all its files in a folder of its own. */
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { Effect, type Scope } from "effect"
import { freePort } from "../freePort.ts"
import { certificate, key, type CertificateName } from "../../net/testing/Certificates.ts"
import { daemon, folder } from "./Daemon.ts"

export interface NginxOptions {
  /** Of the TLS port; `valid` unless said otherwise. */
  readonly certificate?: CertificateName
  /** Directives of the server block besides ports and certificate. */
  readonly server?: string
  /** Files under the document root by name. */
  readonly files?: Readonly<Record<string, string>>
}

export interface Nginx {
  readonly httpPort: number
  readonly httpsPort: number
}

export const nginx = (options: NginxOptions = {}): Effect.Effect<Nginx, never, Scope.Scope> =>
  Effect.gen(function* () {
    const place = yield* folder
    const httpPort = yield* freePort("127.0.0.1")
    const httpsPort = yield* freePort("127.0.0.1")
    const write = (name: string, content: string) => writeFileSync(path.join(place, name), content)
    mkdirSync(path.join(place, "www"))
    write("server.crt", certificate(options.certificate ?? "valid"))
    write("server.key", key)
    for (const [name, content] of Object.entries({ "index.html": "hello\n", ...options.files })) {
      write(`www/${name}`, content)
    }
    write("nginx.conf", config(place, httpPort, httpsPort, options.server ?? ""))
    yield* daemon({ command: "nginx", args: ["-e", "stderr", "-p", place, "-c", "nginx.conf"], port: httpsPort })
    return { httpPort, httpsPort }
  })

const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]

const config = (place: string, httpPort: number, httpsPort: number, server: string): string => `
daemon off;
master_process off;
pid ${place}/nginx.pid;
error_log stderr warn;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${place}/${name};`).join("\n  ")}
  types { text/html html; text/plain txt; application/json json; }
  server {
    listen 127.0.0.1:${httpPort};
    listen 127.0.0.1:${httpsPort} ssl http2;
    server_name localhost;
    ssl_certificate ${place}/server.crt;
    ssl_certificate_key ${place}/server.key;
    root ${place}/www;
    ${server}
  }
}
`
