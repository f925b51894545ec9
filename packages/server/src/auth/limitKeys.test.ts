import { assert, it } from "@effect/vitest"
import { accountKey, networkKey } from "./limitKeys.ts"

it.each([
  ["victim@x.example", "VICTIM@x.example"],
  ["victim@x.example", " victim@X.example\t"],
  ["victim@x.example", "v\u0130ctim@x.example"],
  ["victim@x.example", "v\u0131ctim@x.example"],
  ["kim@x.example", "\u212aim@x.example"],
  ["ss@x.example", "\u1e9e@x.example"],
  ["zo\u00eb@x.example", "zoe\u0308@x.example"]
])("%s and %s are counted as one account", (one, other) => {
  assert.strictEqual(accountKey(one), accountKey(other))
})

it("Whatever PostgreSQL takes for the same letter is counted as one", () => {
  const apart: Array<string> = []
  for (let code = 1; code <= 0x1_ffff; code++) {
    const letter = String.fromCodePoint(code)
    // One letter for one letter, as PostgreSQL maps them.
    const lower = String.fromCodePoint(letter.toLowerCase().codePointAt(0)!)
    if (!letter.isWellFormed() || lower === letter) continue
    if (accountKey(`a${letter}b`) !== accountKey(`a${lower}b`)) apart.push(`${letter} ${lower} U+${code.toString(16)}`)
  }
  assert.deepStrictEqual(apart, [])
})

it.each([
  ["192.0.2.7", "192.0.2.7"],
  ["192.0.2.7:4711", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
  ["[2001:DB8:1:2::9]:4711", "2001:db8:1:2::/64"],
  ["2001:db8::1:0:0:9", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["unknown", "unknown"]
])("%s is counted as %s", (address, network) => {
  assert.strictEqual(networkKey(address), network)
})
