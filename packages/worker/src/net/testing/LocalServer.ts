/** Real servers on loopback for tests, on any free port, gone with their scope together with their connections. */
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import * as tls from "node:tls"
import { Effect, type Scope } from "effect"
import { certificate, key, type CertificateName } from "./Certificates.ts"

export interface LocalServer {
  readonly port: number
  /** Connections accepted so far. */
  readonly hits: () => number
}

type Listening = Effect.Effect<LocalServer, never, Scope.Scope>

/** `onSocket` gets each connection at once; what it throws fails the test run. */
export const tcpServer = (onSocket: (socket: net.Socket) => void, host = "127.0.0.1", port = 0): Listening =>
  listening(() => net.createServer({ allowHalfOpen: true }, guarded(onSocket)), host, port)

/** `onSocket` gets each connection once the handshake is done. */
export const tlsServer = (
  name: CertificateName,
  onSocket: (socket: net.Socket) => void,
  options: tls.TlsOptions = {}
): Listening =>
  listening(
    () =>
      tls
        .createServer({ key, cert: certificate(name), ...options }, guarded(onSocket))
        .on("tlsClientError", (_, socket) => socket.destroy()),
    "127.0.0.1"
  )

export const httpServer = (onRequest: http.RequestListener, host = "127.0.0.1"): Listening =>
  listening(() => http.createServer(onRequest), host)

export const httpsServer = (
  name: CertificateName,
  onRequest: http.RequestListener,
  host = "127.0.0.1",
  options: https.ServerOptions = {}
): Listening => listening(() => https.createServer({ key, cert: certificate(name), ...options }, onRequest), host)

/** Peers of hostile tests come and go as they please. */
const guarded =
  (onSocket: (socket: net.Socket) => void) =>
  (socket: net.Socket): void => {
    socket.on("error", () => {})
    onSocket(socket)
  }

/** Any server; those of HTTP/2 are made elsewhere. */
export const listening = (make: () => net.Server, host: string, port = 0): Listening =>
  Effect.suspend(() => {
    const server = make()
    const sockets = new Set<net.Socket>()
    let hits = 0
    server.on("connection", (socket: net.Socket) => {
      hits++
      sockets.add(socket)
      socket.on("error", () => {})
      socket.once("close", () => sockets.delete(socket))
    })
    return Effect.acquireRelease(
      Effect.callback<LocalServer>((resume) => {
        server.once("error", (error) => resume(Effect.die(error)))
        server.listen({ port, host, backlog: 512 }, () => {
          const { port } = server.address() as net.AddressInfo
          resume(Effect.succeed({ port, hits: () => hits }))
        })
      }),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    )
  })

/** Connects once. Connections made before, wherever from, have been accepted when it is done. */
export const touch = (port: number): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.resume()
    socket.on("error", (error) => resume(Effect.die(error)))
    socket.once("close", () => resume(Effect.void))
  })

/** Calls back once with everything up to the end of the request's head. */
export const onRequest = (socket: net.Socket, then: (head: string) => void): void => {
  let text = ""
  const onData = (bytes: Buffer): void => {
    text += bytes.toString("latin1")
    if (!text.includes("\r\n\r\n")) return
    socket.off("data", onData)
    socket.resume()
    then(text)
  }
  socket.on("data", onData)
}
