/** Servers of a few words: SSH's greeting, a broker's port, Redis, SMTP, MySQL. Each says what a watcher asks for, no more. */
import { Clock, Effect, FiberSet, type Scope } from "effect"
import { createServer, type Socket } from "node:net"
import type { Refusal } from "../../Refusal.ts"
import { type PortName, wantedPorts } from "../Places.ts"
import { mysqlGreeting, mysqlReply } from "./mysql.ts"
import { serving } from "./listen.ts"

type TalkPort = Extract<PortName, "ssh" | "broker" | "redis" | "smtp" | "mysql">

/** Lines and commands are short; whoever sends more is cut off. */
const maxBytes = 8 * 1024

export const talkers: Effect.Effect<Readonly<Record<TalkPort, number>>, Refusal, Scope.Scope> = Effect.gen(
  function* () {
    const run = yield* FiberSet.makeRuntime()
    const soon = (milliseconds: number, say: () => void): void =>
      void run(Effect.andThen(Effect.sleep(milliseconds), Effect.sync(say)))
    const now = yield* Clock.currentTimeMillis
    const open = (name: TalkPort, onSocket: (socket: Socket) => void) =>
      serving(name, wantedPorts[name], () => createServer(onSocket))
    return {
      ssh: yield* open("ssh", (socket) => {
        soon(7, () => socket.write("SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n"))
        socket.resume()
      }),
      broker: yield* open("broker", (socket) => void socket.resume()),
      redis: yield* open("redis", (socket) => byPiece(socket, (text) => redisReply(text, now))),
      smtp: yield* open("smtp", (socket) => {
        soon(9, () => socket.write("220 mx1.nordlicht.example ESMTP\r\n"))
        byLine(socket, (line) => soon(3, () => void socket.write(smtpReply(line))))
      }),
      mysql: yield* open("mysql", (socket) => {
        socket.write(mysqlGreeting)
        socket.on("data", (bytes) => {
          if (bytes.length > maxBytes) return void socket.destroy()
          const reply = mysqlReply(bytes)
          soon(2, () => void (reply === undefined ? socket.end() : socket.write(reply)))
        })
      })
    }
  }
)

const byPiece = (socket: Socket, reply: (text: string) => string): void =>
  void socket.on(
    "data",
    (bytes) => void (bytes.length > maxBytes ? socket.destroy() : socket.write(reply(bytes.toString("latin1"))))
  )

const byLine = (socket: Socket, hear: (line: string) => void): void => {
  let rest = ""
  socket.on("data", (bytes) => {
    rest += bytes.toString("latin1")
    if (rest.length > maxBytes) return void socket.destroy()
    const lines = rest.split("\r\n")
    rest = lines.pop() ?? ""
    for (const line of lines) hear(line)
  })
}

/** RESP: commands come whole, because the watcher waits for each answer. */
const redisReply = (text: string, startedAt: number): string => {
  if (/\bPING\b/i.test(text)) return "+PONG\r\n"
  const value = String(startedAt)
  return /\bGET\b/i.test(text) ? `$${value.length}\r\n${value}\r\n` : "+OK\r\n"
}

/** RFC 5321: as far as the watcher goes, which is RCPT. */
const smtpReply = (line: string): string => {
  const [verb = ""] = line.toUpperCase().split(/[ :]/, 1)
  switch (verb) {
    case "EHLO":
      return "250-mx1.nordlicht.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 52428800\r\n"
    case "MAIL":
    case "RCPT":
      return "250 2.1.0 OK\r\n"
    case "QUIT":
      return "221 2.0.0 Bye\r\n"
    default:
      return "250 OK\r\n"
  }
}
