/** Singular queries: the examples of RFC 9535 that are ones, and what is refused. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type JsonPath, lookUp, parseJson, parseJsonPath } from "./jsonPath.ts"

const at = (json: unknown, path: string) => Result.map(parseJsonPath(path), (it) => lookUp(json, it)?.value)
const parsed = (path: string): JsonPath | string => Result.getOrElse(parseJsonPath(path), (sentence) => sentence)

const store = {
  store: {
    book: [
      { category: "reference", author: "Nigel Rees", title: "Sayings of the Century", price: 8.95 },
      { category: "fiction", author: "Evelyn Waugh", title: "Sword of Honour", price: 12.99 }
    ],
    bicycle: { color: "red", price: 399 }
  }
}

describe("a JSON path", () => {
  it.each<[json: unknown, path: string, value: unknown]>([
    // RFC 9535 section 1.4.3, 1.5 and table 2
    [store, "$.store.book[0].title", "Sayings of the Century"],
    [store, "$['store']['book'][0]['title']", "Sayings of the Century"],
    [store, "$.store.bicycle.price", 399],
    // 2.2.3
    [{ k: "v" }, "$", { k: "v" }],
    // 2.3.1.3, table 5
    [{ o: { "j j": { "k.k": 3 } }, "'": { "@": 2 } }, "$.o['j j']", { "k.k": 3 }],
    [{ o: { "j j": { "k.k": 3 } }, "'": { "@": 2 } }, "$.o['j j']['k.k']", 3],
    [{ o: { "j j": { "k.k": 3 } }, "'": { "@": 2 } }, '$.o["j j"]["k.k"]', 3],
    [{ o: { "j j": { "k.k": 3 } }, "'": { "@": 2 } }, `$["'"]["@"]`, 2],
    // 2.3.3.3, table 7
    [["a", "b"], "$[1]", "b"],
    [["a", "b"], "$[-2]", "a"],
    [["a", "b"], "$[2]", undefined],
    [["a", "b"], "$[-3]", undefined],
    // 2.6, table 14
    [{ a: null, b: [null], c: [{}], null: 1 }, "$.a", null],
    [{ a: null, b: [null], c: [{}], null: 1 }, "$.a[0]", undefined],
    [{ a: null, b: [null], c: [{}], null: 1 }, "$.a.d", undefined],
    [{ a: null, b: [null], c: [{}], null: 1 }, "$.b[0]", null],
    [{ a: null, b: [null], c: [{}], null: 1 }, "$.null", 1],
    // Blanks between segments and inside brackets
    [store, "$ .store\n[ 'bicycle' ]\t.color", "red"],
    // Nothing but what the JSON itself has
    [{}, "$.constructor", undefined],
    [[1], "$.length", undefined],
    ["text", "$[0]", undefined],
    [{ "0": 1 }, "$[0]", undefined],
    [{ a: 1 }, "$['\\u0061']", 1],
    [{ "\u{1f914}": 1 }, "$['\\uD83E\\uDD14']", 1],
    [{ "\u{1f914}\u00fc_1": 1 }, "$.\u{1f914}\u00fc_1", 1],
    [{ "'\n/\\": 1 }, "$['\\'\\n\\/\\\\']", 1]
  ])("in %j: %s is %j", (json, path, value) => assert.deepStrictEqual(Result.getOrThrow(at(json, path)), value))

  it("finds own members only, even one called __proto__", () => {
    const json = parseJson('{"__proto__": {"a": 1}}')!.value
    assert.strictEqual(Result.getOrThrow(at(json, "$.__proto__.a")), 1)
    assert.isUndefined(Result.getOrThrow(at({}, "$.__proto__")))
  })

  it.each([
    "",
    "store",
    "@.a",
    "$.",
    "$.a.",
    "$.1a",
    "$.a-b",
    "$.a b",
    "$[",
    "$[]",
    "$['a]",
    "$[01]",
    "$[-0]",
    "$[1.5]",
    "$[9007199254740992]",
    "$['a' 'b']",
    `$['\\"']`,
    `$["\\'"]`,
    "$['\\x41']",
    "$['\\uD83E']",
    "$['\\u12']",
    "$['\n']",
    "$a",
    " $",
    "$ ",
    `$.${"a".repeat(500)}`
  ])("%j is refused", (path) => assert.isString(parsed(path)))

  it.each(["$..a", "$.*", "$[*]", "$[0,1]", "$['a','b']", "$[0:2]", "$[?@.a]"])("%s leads to many places", (path) =>
    assert.strictEqual(
      parsed(path),
      "A JSON path leads to one place: wildcards, slices, filters and .. are not understood here"
    )
  )
})

describe("JSON of strangers", () => {
  it.each(["[".repeat(1024 * 1024), '{"a":'.repeat(200_000), `${"[".repeat(101)}${"]".repeat(101)}`, "", "{", "NaN"])(
    "%.10s is none",
    (text) => assert.isUndefined(parseJson(text))
  )

  it.each<[string, unknown]>([
    ["null", null],
    [`"${"[".repeat(1000)}\\""`, `${"[".repeat(1000)}"`],
    [`${"[".repeat(100)}${"]".repeat(100)}`, undefined]
  ])("%.10s is some", (text, value) => {
    const json = parseJson(text)
    assert.isDefined(json)
    if (value !== undefined) assert.deepStrictEqual(json!.value, value)
  })
})
