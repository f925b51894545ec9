/** A DNS server on loopback that answers A and AAAA questions as a test tells it to (RFC 1035 in its simplest form). */
import * as dgram from "node:dgram"
import { isIPv6 } from "node:net"
import { Effect, type Scope } from "effect"
import { parseIp } from "../IpAddress.ts"

export interface DnsAnswer {
  readonly addresses?: ReadonlyArray<string>
  /** Seconds. */
  readonly ttl?: number
  readonly code?: "NXDOMAIN" | "SERVFAIL" | "REFUSED"
}

/** No answer at all when undefined. */
export type DnsZone = (name: string, type: "A" | "AAAA") => DnsAnswer | undefined

export interface DnsServer {
  /** For `Resolver`. */
  readonly servers: ReadonlyArray<string>
  /** Questions so far, such as "A example.test". */
  readonly asked: ReadonlyArray<string>
}

const codes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 }
const typeAAAA = 28

export const dnsServer = (zone: DnsZone): Effect.Effect<DnsServer, never, Scope.Scope> =>
  Effect.suspend(() => {
    const asked: Array<string> = []
    const socket = dgram.createSocket("udp4")
    socket.on("message", (query, { address, port }) => {
      const { end, name, type } = questionOf(query)
      asked.push(`${type} ${name}`)
      const answer = zone(name, type)
      if (answer !== undefined) socket.send(encode(query, end, answer, type), port, address)
    })
    return Effect.acquireRelease(
      Effect.callback<DnsServer>((resume) => {
        socket.bind(0, "127.0.0.1", () =>
          resume(Effect.succeed({ servers: [`127.0.0.1:${socket.address().port}`], asked }))
        )
      }),
      () => Effect.callback<void>((resume) => void socket.close(() => resume(Effect.void)))
    )
  })

const headerLength = 12

/** `end` is where the question ends. */
const questionOf = (query: Buffer): { name: string; type: "A" | "AAAA"; end: number } => {
  const labels: Array<string> = []
  let at = headerLength
  while (query[at] !== 0) {
    const length = query[at]!
    labels.push(query.toString("latin1", at + 1, at + 1 + length))
    at += 1 + length
  }
  return {
    name: labels.join(".").toLowerCase(),
    type: query.readUInt16BE(at + 1) === typeAAAA ? "AAAA" : "A",
    end: at + 5
  }
}

const encode = (query: Buffer, end: number, answer: DnsAnswer, type: "A" | "AAAA"): Buffer => {
  const addresses = (answer.addresses ?? []).filter((address) => isIPv6(address) === (type === "AAAA"))
  const head = Buffer.from(query.subarray(0, end))
  // A response, recursion available; one question, as many answers, nothing else.
  head.writeUInt16BE(0x8180 | (answer.code === undefined ? 0 : codes[answer.code]), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt32BE(0, 8)
  const records = addresses.map((address) => {
    const data = parseIp(address)!
    const record = Buffer.alloc(12)
    record.writeUInt16BE(0xc000 | headerLength, 0) // the name is the question's
    record.writeUInt16BE(type === "AAAA" ? typeAAAA : 1, 2)
    record.writeUInt16BE(1, 4)
    record.writeUInt32BE(answer.ttl ?? 0, 6)
    record.writeUInt16BE(data.length, 10)
    return Buffer.concat([record, data])
  })
  return Buffer.concat([head, ...records])
}
