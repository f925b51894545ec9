/**
 * MySQL's protocol for a client that signs in and asks for one value: any user is let in, any query answers 1
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html).
 */

const packet = (number: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head[3] = number
  return Buffer.concat([head, body])
}

const word = (value: number): Buffer => Buffer.of(value & 0xff, value >> 8)
const counted = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text)])

/** Protocol 4.1, transactions, secure connections, plugins; no TLS. */
const capabilities = 0x0008_a209 | 0x0000_8000
const utf8mb4 = 0xff
const autocommit = 0x0002
const plugin = "mysql_native_password"
/** 8 and 12 bytes of a salt, which nobody checks. */
const salt = "nordlichtdemosalt123"

export const mysqlGreeting: Buffer = packet(
  0,
  Buffer.of(10),
  Buffer.from("8.4.6\0"),
  Buffer.of(42, 0, 0, 0),
  Buffer.from(`${salt.slice(0, 8)}\0`),
  word(capabilities & 0xffff),
  Buffer.of(utf8mb4),
  word(autocommit),
  word(capabilities >> 16),
  Buffer.of(salt.length + 1),
  Buffer.alloc(10),
  Buffer.from(`${salt.slice(8)}\0${plugin}\0`)
)

const ok = (number: number): Buffer => packet(number, Buffer.of(0, 0, 0), word(autocommit), word(0))
const end = (number: number): Buffer => packet(number, Buffer.of(0xfe), word(0), word(autocommit))

/** One column named 1, one row with 1 in it. */
const one: Buffer = Buffer.concat([
  packet(1, Buffer.of(1)),
  packet(
    2,
    ...["def", "", "", "", "1", ""].map(counted),
    Buffer.of(0x0c),
    word(63),
    Buffer.of(1, 0, 0, 0, 8),
    word(0x81),
    Buffer.of(0, 0, 0)
  ),
  end(3),
  packet(4, counted("1")),
  end(5)
])

const quit = 0x01
const query = 0x03

/** Undefined: the client says goodbye. */
export const mysqlReply = (bytes: Buffer): Buffer | undefined => {
  const number = bytes[3] ?? 0
  // What follows the greeting is the sign-in; commands begin anew with 0.
  if (number > 0) return ok(number + 1)
  if (bytes[4] === quit) return undefined
  return bytes[4] === query && /^\s*select/i.test(bytes.toString("utf8", 5)) ? one : ok(1)
}
