/** Settings of dns, ping, postgres and mysql: what is filled in, and what is refused in which words. */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { dns } from "./dns.ts"
import { mysql } from "./mysql.ts"
import { ping } from "./ping.ts"
import { postgres } from "./postgres.ts"
import { MonitorSpec, targetOf } from "./registry.ts"

type Kind = "dns" | "ping" | "postgres" | "mysql"

const decodes: Readonly<Record<Kind, (settings: unknown) => Result.Result<object, unknown>>> = {
  dns: Schema.decodeUnknownResult(dns.settings),
  ping: Schema.decodeUnknownResult(ping.settings),
  postgres: Schema.decodeUnknownResult(postgres.settings),
  mysql: Schema.decodeUnknownResult(mysql.settings)
}

const least = {
  dns: { name: "example.org" },
  ping: { host: "example.org" },
  postgres: { host: "db.example.org", user: "watcher" },
  mysql: { host: "db.example.org", user: "watcher" }
}

describe("the least that must be said", () => {
  it.each<[Kind, object]>([
    ["dns", { recordType: "A", expected: [], match: "contains", assertions: [] }],
    ["ping", { packets: 3, sizeBytes: 56, ipVersion: "any", degradedLoss: 50, downLoss: 100, assertions: [] }],
    ["postgres", { port: 5432, database: "", password: "", encryption: "verify", query: "SELECT 1", assertions: [] }],
    ["mysql", { port: 3306, database: "", password: "", encryption: "verify", query: "SELECT 1", assertions: [] }]
  ])("of %s is completed", (kind, defaults) =>
    assert.deepStrictEqual(Result.getOrThrow(decodes[kind](least[kind])), {
      ...least[kind],
      ...defaults
    })
  )
})

const refused: ReadonlyArray<[Kind, object, string]> = [
  ["dns", { name: "192.0.2.1" }, "Write a name, not an address"],
  ["dns", { recordType: "ANY" }, "recordType"],
  ["dns", { resolver: "9.9.9.9:0" }, "Write an address or a name"],
  ["dns", { expected: Array.from({ length: 51 }, () => "192.0.2.1") }, "At most 50 records"],
  ["dns", { expected: [""] }, "expected"],
  ["dns", { assertions: [{ source: "body", operator: "equals", expected: "x" }] }, "assertions"],
  ["ping", { host: "https://example.org" }, "Write the host alone"],
  ["ping", { packets: 0 }, "From 1 to 5"],
  ["ping", { packets: 6 }, "From 1 to 5"],
  ["ping", { sizeBytes: 65_000 }, "From 16 to 1472"],
  ["ping", { downLoss: 0 }, "From 1 to 100"],
  ["ping", { degradedLoss: 101 }, "From 1 to 100"],
  ["postgres", { port: 0 }, "A port is a number from 1 to 65535"],
  ["postgres", { user: "" }, "Write the user to sign in as"],
  ["postgres", { user: "a\0b" }, "Without the character NUL"],
  ["postgres", { password: "a\0b" }, "Without the character NUL"],
  ["postgres", { query: "  \n " }, "Write one statement"],
  ["postgres", { query: "x".repeat(10_001) }, "At most 10,000 characters"],
  ["postgres", { ca: "nonsense" }, "Paste the certificate"],
  ["postgres", { host: "/var/run/postgresql" }, "Write the host alone"],
  ["mysql", { host: "db.example.org:3306" }, "Write the port into its own field"],
  ["mysql", { database: "a\0b" }, "Without the character NUL"],
  ["mysql", { encryption: "prefer" }, "encryption"]
]

describe("what cannot work is refused:", () => {
  it.each(refused)("%s with %j: %s", (kind, changes, words) => {
    const result = decodes[kind]({ ...least[kind], ...changes })
    assert.include(Result.isFailure(result) ? String(result.failure) : "accepted", words)
  })
})

it("secrets are the passwords", () =>
  assert.deepStrictEqual(
    [dns.secrets, ping.secrets, postgres.secrets, mysql.secrets],
    [[], [], ["password"], ["password"]]
  ))

it.each<[Kind, object, string]>([
  ["dns", { recordType: "MX" }, "MX example.org"],
  ["ping", { host: "::1" }, "::1"],
  ["postgres", { host: "::1", database: "shop" }, "[::1]:5432/shop"],
  ["mysql", {}, "db.example.org:3306"]
])("%s with %j is shown as %s", (type, changes, words) => {
  const settings = { ...least[type], ...changes }
  assert.strictEqual(targetOf(Result.getOrThrow(Schema.decodeUnknownResult(MonitorSpec)({ type, settings }))), words)
})
