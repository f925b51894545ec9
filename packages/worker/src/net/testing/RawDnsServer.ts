/**
 * A DNS server on loopback that says exactly the bytes a test wants, over UDP and TCP on one port: well-formed answers
 * of every type (RFC 1035 section 4, RFC 2782, RFC 8659), and what no server should ever say.
 */
import * as dgram from "node:dgram"
import * as net from "node:net"
import { Effect, type Scope } from "effect"

/** What goes out for a question, message by message; "hang up" ends a TCP connection. */
export type DnsReply = (query: Buffer, transport: "udp" | "tcp") => ReadonlyArray<Buffer> | "hang up"

export interface RawDnsServer {
  readonly port: number
  /** For `DnsQuery`. */
  readonly servers: ReadonlyArray<string>
  /** Questions so far, over either transport. */
  readonly hits: () => number
}

/** A free port for both transports is found within so many tries, or never. */
const maxTries = 20

export const rawDnsServer = (reply: DnsReply, host = "127.0.0.1"): Effect.Effect<RawDnsServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => open(reply, host)),
    ({ close }) => Effect.promise(close)
  )

const open = async (
  reply: DnsReply,
  host: string,
  tried = 1
): Promise<RawDnsServer & { close: () => Promise<void> }> => {
  let hits = 0
  const udp = dgram.createSocket(net.isIPv6(host) ? "udp6" : "udp4")
  udp.on("message", (query, { address, port }) => {
    hits++
    const messages = reply(query, "udp")
    if (messages !== "hang up") for (const message of messages) udp.send(message, port, address)
  })
  await new Promise<void>((resolve) => void udp.bind(0, host, resolve))
  const { port } = udp.address()
  const sockets = new Set<net.Socket>()
  const tcp = net.createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.once("data", (bytes) => {
      hits++
      const messages = reply(bytes.subarray(2), "tcp")
      if (messages === "hang up") socket.destroy()
      else for (const message of messages) socket.write(Buffer.concat([uint16(message.length), message]))
    })
  })
  const isFree = await new Promise<boolean>((resolve) => {
    tcp.once("error", () => resolve(false))
    tcp.listen(port, host, () => resolve(true))
  })
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => (isFree ? tcp.close(resolve) : resolve(undefined)))
    await new Promise<void>((resolve) => void udp.close(resolve))
  }
  if (isFree)
    return { port, servers: [net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`], hits: () => hits, close }
  await close()
  if (tried === maxTries) throw new Error("no port is free for UDP and TCP")
  return open(reply, host, tried + 1)
}

const uint16 = (...values: ReadonlyArray<number>): Buffer => {
  const bytes = Buffer.alloc(2 * values.length)
  values.forEach((value, index) => bytes.writeUInt16BE(value, 2 * index))
  return bytes
}

const headerLength = 12

/** Where the question of a query ends. */
export const endOfQuestion = (query: Buffer): number => {
  let at = headerLength
  while (query[at] !== 0) at += 1 + query[at]!
  return at + 5
}

export const codes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5, FORMERR: 1, NOTIMP: 4 } as const

export interface ResponseParts {
  readonly code?: keyof typeof codes
  readonly answers?: ReadonlyArray<Buffer>
  readonly isTruncated?: boolean
}

/** A response to the query. */
export const response = (query: Buffer, { answers = [], code, isTruncated = false }: ResponseParts = {}): Buffer => {
  const head = Buffer.from(query.subarray(0, endOfQuestion(query)))
  const flags = 0x8180 | (isTruncated ? 0x0200 : 0) | (code === undefined ? 0 : codes[code])
  uint16(flags, 1, answers.length, 0, 0).copy(head, 2)
  return Buffer.concat([head, ...answers])
}

/** A name as it stands in messages, uncompressed. */
export const labels = (name: string): Buffer =>
  Buffer.concat([...name.split(".").filter((it) => it !== ""), ""].map(text))

/** A length and so many bytes. */
export const text = (it: string): Buffer => {
  const bytes = Buffer.from(it)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

const types = { A: 1, NS: 2, CNAME: 5, SOA: 6, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 } as const

/** A record about the name that was asked for, unless `owner` says of what; kept for a minute. */
export const record = (type: keyof typeof types, data: Buffer, owner: Buffer = uint16(0xc000 | headerLength)): Buffer =>
  Buffer.concat([owner, uint16(types[type], 1, 0, 60, data.length), data])

export const data = {
  A: (address: string) => Buffer.from(address.split(".").map(Number)),
  MX: (priority: number, host: string) => Buffer.concat([uint16(priority), labels(host)]),
  SRV: (priority: number, weight: number, port: number, host: string) =>
    Buffer.concat([uint16(priority, weight, port), labels(host)]),
  SOA: (server: string, mailbox: string, ...numbers: ReadonlyArray<number>) =>
    Buffer.concat([labels(server), labels(mailbox), ...numbers.map((it) => uint16(it >>> 16, it & 0xffff))]),
  TXT: (...chunks: ReadonlyArray<string>) => Buffer.concat(chunks.map(text)),
  CAA: (flags: number, tag: string, value: string) => Buffer.concat([Buffer.of(flags), text(tag), Buffer.from(value)])
} as const
