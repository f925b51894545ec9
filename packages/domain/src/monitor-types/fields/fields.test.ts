/** Hosts, ports and pasted certificates: what is taken, and what is said of the rest. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { bytesOf, Escaped } from "./Escaped.ts"
import { dialledHost, Host, hostAndPort } from "./Host.ts"
import { PemCertificates, PemKey } from "./Pem.ts"
import { Port } from "./Port.ts"

const problem = (schema: Schema.Codec<unknown, unknown>, value: unknown) =>
  Effect.map(Effect.exit(Schema.decodeUnknownEffect(schema)(value)), (exit) =>
    Exit.isFailure(exit) ? String(exit) : "taken"
  )

describe("a host", () => {
  it.each([
    ["example.org", "example.org"],
    ["EXAMPLE.org", "example.org"],
    ["example.org.", "example.org"],
    ["localhost", "localhost"],
    ["under_score.example", "under_score.example"],
    ["b\u00fccher.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["192.0.2.1", "192.0.2.1"],
    ["2001:DB8::1", "2001:db8::1"],
    ["[::1]", "::1"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"]
  ])("%s is dialled as %s", (text, dialled) => assert.strictEqual(dialledHost(text), dialled))

  it.effect.each<[text: string, sentence: string]>([
    ["https://example.org", "without https://"],
    ["example.org/health", "without a path"],
    ["example.org:443", "Write the port into its own field"],
    ["[::1]:443", "Write the port into its own field"],
    ["me@example.org", "without a user name"],
    ["", "Write a host name"],
    [" example.org", "Write a host name"],
    ["exa mple.org", "Write a host name"],
    ["a..b", "Write a host name"],
    [".example.org", "Write a host name"],
    ["256.1.1.1", "Write a host name"],
    ["fe80::1%eth0", "Write a host name"],
    ["[::1", "Write a host name"],
    ["a%2fb", "Write a host name"],
    ["a\nb", "Write a host name"],
    [`${"a".repeat(64)}.org`, "Write a host name"],
    ["a.".repeat(127) + "ab", "Write a host name"],
    ["a".repeat(256), "Write a host name"]
  ])("is not %j", ([text, sentence]) => Effect.map(problem(Host, text), (said) => assert.include(said, sentence)))

  it("is shown with its port", () => {
    assert.strictEqual(hostAndPort("example.org", 25), "example.org:25")
    assert.strictEqual(hostAndPort("::1", 25), "[::1]:25")
    assert.strictEqual(hostAndPort("[::1]", 25), "[::1]:25")
  })
})

it.effect.each([0, -1, 65_536, 1.5, "80", null])("a port is not %j", (port) =>
  Effect.map(problem(Port, port), (said) => assert.notStrictEqual(said, "taken"))
)

describe("escaped text", () => {
  it.each([
    ["", []],
    ["a", [97]],
    ["\\r\\n\\t\\0", [13, 10, 9, 0]],
    ["\\\\n", [92, 110]],
    ["\\x00\\xfF1", [0, 255, 49]],
    ["\u00fc\r\n", [0xc3, 0xbc, 13, 10]]
  ] as const)("%j is %j", (text, bytes) => assert.deepStrictEqual([...bytesOf(text)], [...bytes]))

  it.effect.each(["\\", "\\q", "\\x1", "\\xg0", "a\\\\\\"])("is not %j", (text) =>
    Effect.map(problem(Escaped, text), (said) => assert.include(said, "After a backslash"))
  )

  it.prop("can say any bytes", [Schema.Uint8Array], ([bytes]) => {
    const text = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")
    assert.deepStrictEqual(bytesOf(text), Uint8Array.from(bytes))
  })
})

/** A SEQUENCE of 200 bytes, as any certificate is one. */
const der = Buffer.concat([Buffer.from([0x30, 0x81, 200]), Buffer.alloc(200, 7)])
const block = (label: string, bytes: Uint8Array = der): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString("base64").replaceAll(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`
const certificate = block("CERTIFICATE")
const key = block("PRIVATE KEY")

describe("pasted certificates", () => {
  it.effect.each([
    certificate,
    certificate.replaceAll("\n", "\r\n"),
    `subject=CN = example.org\n${certificate}\nissuer\n${certificate}`
  ])("are taken: %j", (text) => Effect.map(problem(PemCertificates, text), (said) => assert.strictEqual(said, "taken")))

  it.effect.each<[text: string, sentence: string]>([
    ["", "Paste the certificate with its lines"],
    ["hello", "Paste the certificate with its lines"],
    [certificate.slice(0, -10), "Paste the certificate with its lines"],
    [key, "without a private key"],
    [`${certificate}${key}`, "without a private key"],
    [block("CERTIFICATE REQUEST"), "Paste certificates only"],
    [block("CERTIFICATE", der.subarray(0, 150)), "damaged"],
    [certificate.repeat(51), "at most 50"]
  ])("are refused: %j", ([text, sentence]) =>
    Effect.map(problem(PemCertificates, text), (said) => assert.include(said, sentence))
  )
})

describe("a pasted key", () => {
  it.effect.each([
    key,
    block("RSA PRIVATE KEY"),
    `${block("EC PARAMETERS", Buffer.from([6, 1, 1]))}${block("EC PRIVATE KEY")}`
  ])("is taken: %j", (text) => Effect.map(problem(PemKey, text), (said) => assert.strictEqual(said, "taken")))

  it.effect.each<[text: string, sentence: string]>([
    ["", "Paste one private key"],
    [certificate, "Paste one private key"],
    [`${key}${key}`, "Paste one private key"],
    [block("ENCRYPTED PRIVATE KEY"), "without a passphrase"],
    [block("PRIVATE KEY", der.subarray(0, 100)), "damaged"]
  ])("is refused without being repeated: %j", ([text, sentence]) =>
    Effect.map(problem(PemKey, text), (said) => {
      assert.include(said, sentence)
      assert.notInclude(said, "MIHI")
    })
  )
})
