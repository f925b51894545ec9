/**
 * The worst of targets: it repeats whatever it is told, encoded and decoded, in the words of several protocols, and is
 * always bad.
 */
import { Effect } from "effect"
import { createServer, type Socket } from "node:net"

/** Whoever says nothing for so long waits for a greeting, as SMTP and MySQL do. */
const patienceMs = 100

export const startEcho = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly heard: ReadonlyArray<string>; readonly close: () => void }>(
    (resume) => {
      const heard: Array<string> = []
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket)
        const greeting = setTimeout(() => socket.write("220 echo ESMTP\r\n"), patienceMs)
        socket.on("error", () => {})
        socket.on("close", () => {
          clearTimeout(greeting)
          sockets.delete(socket)
        })
        socket.on("data", (data) => {
          clearTimeout(greeting)
          const said = data.toString("latin1")
          heard.push(said, decoded(said))
          answer(socket, said)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = () => {
          for (const socket of sockets) socket.destroy()
          server.close()
        }
        resume(Effect.succeed({ port, heard, close }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

/** What stands there in base64. */
const decoded = (text: string): string =>
  [...text.matchAll(/[A-Za-z0-9+/=]{12,}/g)].map(([word]) => Buffer.from(word, "base64").toString("latin1")).join(" ")

const answer = (socket: Socket, said: string): void => {
  const line = `${said} ${decoded(said)}`.replaceAll(/[^ -~]+/g, " ")
  if (/^[A-Z]+ \S+ HTTP\/1/.test(said)) {
    const body = `${said}\n${decoded(said)}\n${JSON.stringify({ said })}`
    socket.end(
      `HTTP/1.1 500 Echo\r\nx-echo: ${line.slice(0, 2000)}\r\ncontent-type: text/plain\r\n` +
        `content-length: ${Buffer.byteLength(body, "latin1")}\r\nconnection: close\r\n\r\n${body}`,
      "latin1"
    )
  } else if (/^EHLO/i.test(said)) socket.write("250-echo\r\n250 AUTH PLAIN LOGIN\r\n")
  else if (/^AUTH/i.test(said)) socket.write(`535 5.7.8 ${line.slice(0, 400)}\r\n`, "latin1")
  else socket.write(`-ERR ${line.slice(0, 400)}\r\n`, "latin1")
}
