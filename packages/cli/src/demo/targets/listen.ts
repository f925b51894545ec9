/** Small servers of the demo, on this machine only, gone with their scope. */
import { Effect, type Scope } from "effect"
import { createSocket, type Socket as Datagrams } from "node:dgram"
import type { AddressInfo, Server, Socket } from "node:net"
import { Refusal } from "../../Refusal.ts"

const host = "127.0.0.1"

type Listening = Effect.Effect<number, Refusal, Scope.Scope>

const cannot = (what: string, error: Error) =>
  new Refusal({ message: `The demo's ${what} server cannot listen on ${host}: ${error.message}` })

/** `listen` at the port that is wanted, or at any when somebody else has it. */
const orElsewhere = (wanted: number, listen: (port: number) => Listening): Listening =>
  Effect.catchTag(listen(wanted), "Refusal", () => listen(0))

/** Answers with the port. Peers come and go as they please. */
export const serving = (what: string, wanted: number, make: () => Server): Listening =>
  orElsewhere(wanted, (port) => {
    const sockets = new Set<Socket>()
    const open = Effect.callback<Server, Refusal>((resume) => {
      const server = make()
      server.on("connection", (socket: Socket) => {
        sockets.add(socket)
        socket.on("error", () => socket.destroy())
        socket.once("close", () => sockets.delete(socket))
      })
      server.once("error", (error) => resume(Effect.fail(cannot(what, error))))
      server.listen({ port, host }, () => resume(Effect.succeed(server)))
    })
    const close = (server: Server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets) socket.destroy()
      })
    return Effect.map(Effect.acquireRelease(open, close), (server) => (server.address() as AddressInfo).port)
  })

/** `answer` gets each datagram; what it returns is sent back. */
export const answering = (what: string, wanted: number, answer: (datagram: Buffer) => Buffer | undefined): Listening =>
  orElsewhere(wanted, (port) => {
    const open = Effect.callback<Datagrams, Refusal>((resume) => {
      const socket = createSocket("udp4")
      socket.once("error", (error) => resume(Effect.fail(cannot(what, error))))
      socket.on("message", (datagram, peer) => {
        const reply = answer(datagram)
        if (reply !== undefined) socket.send(reply, peer.port, peer.address, () => {})
      })
      socket.bind({ port, address: host }, () => resume(Effect.succeed(socket)))
    })
    const close = (socket: Datagrams) => Effect.callback<void>((resume) => void socket.close(() => resume(Effect.void)))
    return Effect.map(Effect.acquireRelease(open, close), (socket) => socket.address().port)
  })
