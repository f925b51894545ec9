/** Offers TLS in PostgreSQL's way (SSLRequest, S, handshake) in front of a server that has none. */
import * as net from "node:net"
import * as tls from "node:tls"
import { certificate, key, type CertificateName } from "./Certificates.ts"
import { tcpServer } from "./LocalServer.ts"

/** `after` stands between our S and the handshake: what an attacker on the way would slip in. */
export const postgresTlsProxy = (name: CertificateName, port: number, after = "") =>
  tcpServer((socket) => {
    socket.once("data", () => {
      socket.write(`S${after}`)
      const secure = new tls.TLSSocket(socket, { isServer: true, key, cert: certificate(name) })
      const inner = net.connect(port, "127.0.0.1")
      for (const it of [secure, inner]) {
        it.on("error", () => {})
        it.on("close", () => {
          secure.destroy()
          inner.destroy()
        })
      }
      secure.pipe(inner).pipe(secure)
    })
  })
