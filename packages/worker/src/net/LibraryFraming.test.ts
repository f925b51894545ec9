/** What of a server's bytes reaches a library, in whatever pieces they come. */
import { assert, describe, it } from "@effect/vitest"
import type { LibraryFraming } from "./LibraryFraming.ts"
import { MysqlFraming } from "./MysqlFraming.ts"
import { PostgresFraming } from "./PostgresFraming.ts"

/** What passed in all; undefined when it was refused. */
const passing = (framing: LibraryFraming, bytes: Buffer, size: number): Buffer | undefined => {
  const passed: Array<Buffer> = []
  for (let at = 0; at < bytes.length; at += size) {
    const part = framing.received(bytes.subarray(at, at + size))
    if (part === undefined) return undefined
    passed.push(part)
  }
  return Buffer.concat(passed)
}

const message = (type: string, ...body: ReadonlyArray<string | number>): Buffer => {
  const payload = Buffer.concat(body.map((it) => (typeof it === "string" ? Buffer.from(it, "latin1") : Buffer.of(it))))
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeUInt32BE(payload.length + 4, 1)
  return Buffer.concat([head, payload])
}

const authenticated = message("R", 0, 0, 0, 0)
const description = "\0".repeat(18)

describe("PostgreSQL", () => {
  const well: ReadonlyArray<[what: string, Buffer]> = [
    ["sign-in", message("R", "\0\0\0\x0aSCRAM-SHA-256\0\0")],
    ["a setting", message("S", "server_version\x0017\0")],
    ["columns", message("T", "\0\x02a\0", description, "b\0", description)],
    ["a row with NULL", message("D", "\0\x02\0\0\0\x01x\xff\xff\xff\xff")],
    ["the end of a statement", message("C", "SELECT 1\0")],
    ["an error", message("E", "SERROR\0C42601\0Mno\0\0")],
    ["readiness", message("Z", "I")]
  ]
  it.each(well)("%s passes, byte by byte too", (_, bytes) => {
    const all = Buffer.concat([authenticated, bytes, authenticated])
    for (const size of [1, 2, 3, 7, all.length]) {
      assert.deepStrictEqual(passing(new PostgresFraming(), all, size), all)
    }
  })

  it("notifications are left out", () => {
    const all = Buffer.concat([authenticated, message("A", "no end"), authenticated])
    assert.deepStrictEqual(passing(new PostgresFraming(), all, 4), Buffer.concat([authenticated, authenticated]))
  })

  const ill: ReadonlyArray<[what: string, Buffer]> = [
    ["an error without an end", message("E", "SERROR\0Mno")],
    ["an error whose last text has no end", message("E", "SERROR\0Mno\0D")],
    ["an empty error", message("E")],
    ["a notice without an end", message("N", "Mno\0")],
    ["a setting with one text", message("S", "server_version\0")],
    ["a setting with no text", message("S", "x")],
    ["a statement's end without NUL", message("C", "SELECT 1")],
    ["mechanisms without an end", message("R", "\0\0\0\x0aSCRAM-SHA-256\0")],
    ["half a demand", message("R", "\0\0")],
    ["more columns than there are", message("T", "\0\x03a\0", description)],
    ["a column without a name", message("T", "\0\x01", description.replaceAll("\0", "x"))],
    ["more values than there are", message("D", "\0\x02\0\0\0\x01x")],
    ["a value longer than its row", message("D", "\0\x01\0\0\xff\xffx")],
    ["a value of negative length", message("D", "\0\x01\xff\xff\xff\xfe")],
    ["a message of length 3", Buffer.from([0x52, 0, 0, 0, 3])],
    ["a copy", message("G", "\0\0\0")],
    ["an unknown message", message("?", "x")]
  ]
  it.each(ill)("%s is refused", (_, bytes) => {
    for (const size of [1, 1_000]) {
      assert.isUndefined(passing(new PostgresFraming(), Buffer.concat([authenticated, bytes]), size))
    }
  })

  it.each(["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "R\xff\xff\xff\xff", "220 smtp.example ESMTP\r\n"])(
    "%j is no first message",
    (text) => assert.isUndefined(passing(new PostgresFraming(), Buffer.from(text, "latin1"), 1_000))
  )
})

describe("MySQL", () => {
  const packet = (sequence: number, body: string): Buffer => {
    const bytes = Buffer.from(`\0\0\0\0${body}`, "latin1")
    bytes.writeUIntLE(bytes.length - 4, 0, 3)
    bytes[3] = sequence
    return bytes
  }
  const greeting = packet(0, "\x0a8.4.0\0and so on")

  it("packets in order pass, byte by byte too", () => {
    const all = Buffer.concat([greeting, packet(1, "abc"), packet(2, ""), packet(3, "d")])
    for (const size of [1, 2, 3, 5, all.length]) {
      assert.deepStrictEqual(passing(new MysqlFraming(), all, size), all)
    }
  })

  it("an answer carries the number after the question's", () => {
    const framing = new MysqlFraming()
    assert.deepStrictEqual(framing.received(greeting), greeting)
    framing.sent(packet(1, "credentials"))
    assert.deepStrictEqual(framing.received(packet(2, "ok")), packet(2, "ok"))
    framing.sent(packet(0, "query"))
    assert.deepStrictEqual(framing.received(packet(1, "ok")), packet(1, "ok"))
    assert.isUndefined(framing.received(packet(1, "again")))
  })

  it.each(["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "220 smtp.example ESMTP\r\n", "\xff\xff\xff\0\x0a"])(
    "%j is no greeting",
    (text) => assert.isUndefined(passing(new MysqlFraming(), Buffer.from(text, "latin1"), 1_000))
  )
})
