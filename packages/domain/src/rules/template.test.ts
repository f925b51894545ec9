/** Names that values take the place of. */
import { assert, it } from "@effect/vitest"
import { cpuNow } from "../testing/cpuNow.ts"
import { fillIn, namesIn } from "./template.ts"

const values = new Map([
  ["a", "1"],
  ["b-c", "{{a}} $& \\"],
  ["long", "x".repeat(100)]
])

it.each([
  ["", ""],
  ["none", "none"],
  ["{{a}}{{ a }}", "11"],
  ["<{{b-c}}>", "<{{a}} $& \\>"],
  ["{{unknown}} {a} {{", "{{unknown}} {a} {{"],
  ["{{{a}}}", "{1}"],
  ['{"v":{"w":{{a}}}}', '{"v":{"w":1}}'],
  ["{{a}} \u{1f44b} {{a}}", "1 \u{1f44b} 1"]
])("%j becomes %j", (template, text) => assert.strictEqual(fillIn(template, values, 1000), text))

it("encodes values and nothing else", () =>
  assert.strictEqual(fillIn("/a b/{{b-c}}", values, 1000, encodeURIComponent), "/a b/%7B%7Ba%7D%7D%20%24%26%20%5C"))

it("stops where it becomes too long", () => {
  assert.strictEqual(fillIn("{{long}}".repeat(10), values, 1000)?.length, 1000)
  assert.isUndefined(fillIn("{{long}}".repeat(10), values, 999))
  const started = cpuNow()
  assert.isUndefined(fillIn("{{long}}".repeat(1_000_000), values, 100_000))
  assert.isBelow(cpuNow() - started, 500)
})

it.each(["{{", "{{a", "{", "}}{{", "{{ "])("is quick with nothing but %j", (piece) => {
  const template = piece.repeat(300_000)
  const started = cpuNow()
  namesIn(template)
  fillIn(template, values, 10_000_000)
  assert.isBelow(cpuNow() - started, 1_000)
})

it("names what stands between braces, whatever it is", () =>
  assert.deepStrictEqual(namesIn("{{a}} {{ b }} {{c d}} {{}} {{{e}}} {{f"), ["a", "b", "c d", "", "e"]))
