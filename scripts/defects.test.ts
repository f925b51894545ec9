/**
 * What the first V-Insight did wrong must never come back: each of its fourteen defects is kept away by tests whose
 * titles begin with `defect N:`, beside what they are about. This one fails when a defect has none that `npm test` runs.
 */
import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"
import path from "node:path"

const defects: Readonly<Record<number, string>> = {
  1: "the worker did not compile",
  2: "maintenance windows were ignored",
  3: "the threshold of failures before an alert was ignored",
  4: "nobody was told of a recovery",
  5: "monitors with long intervals were never evaluated",
  6: "partly failed sends were marked as sent, failed ones were tried again for ever",
  7: "e-mail could not be used in production",
  8: "two workers checked and notified twice",
  9: "monitors reached the inside of the network, an internal endpoint asked nobody for a credential",
  10: "tokens in addresses and in localStorage, a default secret, a seeded administrator with a known password",
  11: "events went around the proxy, every origin was allowed",
  12: "a statement per monitor in lists, history without an end",
  13: "certificates that had expired did not alert",
  14: "text was escaped for HTML when it was stored"
}

const root = path.join(import.meta.dirname, "..")

/** Numbers of the tests in a file that run: titles are the first argument of it(), test(), it.effect(), it.each()() ... */
const numbersIn = (text: string): ReadonlyArray<number> =>
  [...text.matchAll(/\b(?:it|test)((?:\.\w+)*)(?:\([^()]*\))?\(\s*["'`]defect (\d+): [^\s"'`]/g)]
    .filter(([, how]) => !/\.(skip|todo|fails)\b/.test(how!))
    .map(([, , number]) => Number(number))

const missing = (numbers: ReadonlyArray<number>): ReadonlyArray<string> =>
  Object.entries(defects).flatMap(([number, was]) => (numbers.includes(Number(number)) ? [] : [`${number}: ${was}`]))

describe("the defects of the first V-Insight", () => {
  it("have a test each", () => {
    // Tests of peers run where their servers are installed: they count for nobody else.
    const files = globSync("packages/*/src/**/*.test.ts", { cwd: root }).filter(
      (file) => !file.endsWith(".peer.test.ts")
    )
    const numbers = files.flatMap((file) => numbersIn(readFileSync(path.join(root, file), "utf8")))
    assert.deepStrictEqual(missing(numbers), [], "Give it a test whose title begins with `defect N:`")
    assert.deepStrictEqual(
      numbers.filter((number) => defects[number] === undefined),
      [],
      "There is no defect of that number"
    )
  })

  it("count by tests that run", () => {
    const text = `
      it("defect 1: one", () => {})
      it.live.each(kinds)("defect 2: %s", () => {})
      it.effect(
        \`defect 3: \${name}\`,
      it.skip("defect 4: skipped", () => {})
      // defect 5: told in a comment
      describe("defect 6: a heading", () => {})
      it("says that defect 7: is elsewhere", () => {})
      it("defect 8: ", () => {})`
    assert.deepStrictEqual(numbersIn(text), [1, 2, 3])
    const all = Object.keys(defects).map(Number)
    assert.deepStrictEqual(missing(all), [])
    assert.deepStrictEqual(missing(all.filter((number) => number !== 7)), ["7: e-mail could not be used in production"])
  })
})
