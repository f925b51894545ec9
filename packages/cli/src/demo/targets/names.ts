/** A DNS server (RFC 1035) for the records of the demo's domain, and UDP services of one word. */
import { Effect, type Scope } from "effect"
import type { Refusal } from "../../Refusal.ts"
import { type PortName, wantedPorts } from "../Places.ts"
import { answering } from "./listen.ts"

type UdpPort = Extract<PortName, "dns" | "scanner" | "syslog">

export const datagrams: Effect.Effect<Readonly<Record<UdpPort, number>>, Refusal, Scope.Scope> = Effect.all({
  dns: answering("DNS", wantedPorts.dns, dnsReply),
  scanner: answering("scanner", wantedPorts.scanner, () => Buffer.from("READY 14 scanners\n")),
  // Log collectors say nothing.
  syslog: answering("log", wantedPorts.syslog, () => undefined)
})

const types = { A: 1, MX: 15, TXT: 16 } as const

const labels = (name: string): Buffer =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0)
  ])
const exchanger = (preference: number, host: string): Buffer => Buffer.concat([Buffer.of(0, preference), labels(host)])
const text = (words: string): Buffer => Buffer.concat([Buffer.of(words.length), Buffer.from(words)])

const zone: ReadonlyArray<readonly [name: string, type: number, data: Buffer]> = [
  ["shop.nordlicht.example", types.A, Buffer.of(192, 0, 2, 40)],
  ["nordlicht.example", types.MX, exchanger(10, "mx1.nordlicht.example")],
  ["nordlicht.example", types.MX, exchanger(20, "mx2.nordlicht.example")],
  ["nordlicht.example", types.TXT, text("v=spf1 mx -all")]
]

const headerLength = 12
const answerFlags = 0x8580
const seconds = 300

/** Undefined for what is no question. */
function dnsReply(query: Buffer): Buffer | undefined {
  const question = questionOf(query)
  if (question === undefined) return undefined
  const { end, name, type } = question
  const found = zone.filter(([owner, kind]) => owner === name && kind === type)
  const head = Buffer.from(query.subarray(0, end))
  head.writeUInt16BE(answerFlags, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(found.length, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, ...found.map(([, kind, data]) => recordOf(kind, data))])
}

/** The name is the question's, by pointer. */
const recordOf = (type: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc000 | headerLength, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(seconds, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

const questionOf = (
  query: Buffer
): { readonly name: string; readonly type: number; readonly end: number } | undefined => {
  const found: Array<string> = []
  let at = headerLength
  while (at < query.length && query[at] !== 0) {
    const length = query[at]!
    if (length > 63) return undefined
    found.push(query.toString("latin1", at + 1, at + 1 + length))
    at += 1 + length
  }
  return at + 5 > query.length
    ? undefined
    : { name: found.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}
