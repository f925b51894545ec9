/** What is checked: an HTTP and an HTTPS server on loopback that answer at once. `node bench/target.ts`. */
import { createServer as createHttp } from "node:http"
import { createServer as createHttps } from "node:https"
import type { AddressInfo } from "node:net"
import { readFileSync } from "node:fs"
import path from "node:path"
import { root } from "./processes.ts"

const certificates = path.join(root, "packages/worker/src/net/testing/certificates")
/** Signs the target's certificate; give it to a process as NODE_EXTRA_CA_CERTS. */
export const authority = path.join(certificates, "authority.crt")

const answer = (
  _: unknown,
  response: { setHeader: (name: string, value: string) => unknown; end: (body: string) => unknown }
) => {
  response.setHeader("content-type", "text/plain")
  response.end("ok\n")
}

if (process.argv[1] === import.meta.filename) {
  const http = createHttp(answer)
  const https = createHttps(
    {
      key: readFileSync(path.join(certificates, "server.key")),
      cert: readFileSync(path.join(certificates, "valid.crt"))
    },
    answer
  )
  const isHttps = process.argv[2] === "https"
  const server = isHttps ? https : http
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
    console.log(JSON.stringify({ message: "listening", port: (server.address() as AddressInfo).port }))
  })
}
