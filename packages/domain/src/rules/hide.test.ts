import { assert, describe, it } from "@effect/vitest"
import { cpuNow } from "../testing/cpuNow.ts"
import { hiding } from "./hide.ts"

const secret = 'p@ss "word"/ü'

describe("hiding", () => {
  const hide = hiding([secret])
  const base64 = (text: string) => Buffer.from(text).toString("base64")

  for (const [what, text] of [
    ["itself", `it is ${secret}, isn't it`],
    ["JSON", JSON.stringify({ password: secret })],
    ["a URL", `https://a.example/?p=${encodeURIComponent(secret)}&x=1`],
    ["JSON of PHP", JSON.stringify({ password: secret }).replaceAll("/", "\\/")],
    ["a URL in lower case", `https://a.example/?p=${encodeURIComponent(secret).toLowerCase()}&x=1`],
    ["a form", new URLSearchParams({ p: secret }).toString()],
    ["HTML", `<p>${secret.replaceAll('"', "&quot;")}</p>`],
    ["base64", base64(secret)],
    ["base64url", base64(`?\u00ff${secret}`).replaceAll("+", "-").replaceAll("/", "_")],
    ["basic authentication", `Basic ${base64(`me:${secret}`)}`],
    ["basic authentication of another length", `Basic ${base64(`you:${secret}`)}`],
    ["base64 with more behind it", base64(`a:${secret}\0and more`)]
  ] as const) {
    it(`finds ${what}`, () => {
      const hidden = hide(text)
      assert.include(hidden, "[secret]")
      for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
        assert.notInclude(hidden, spelling)
      }
      assert.notInclude(hidden, base64(secret).slice(4, 12))
    })
  }

  it("hides the beginning of one that was cut off", () => {
    assert.strictEqual(hide(`got ${secret.slice(0, 7)}`), "got [secret]")
    assert.strictEqual(hide(`got ${secret.slice(0, 7)}\u2026`), "got [secret]\u2026")
  })

  const token = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 97) % 251)).toString("base64")

  it.each(["\u2026", "...", ""])("hides the beginning of a long one that was cut off with %j", (mark) => {
    for (const length of [60, 70, 180, 390]) {
      assert.strictEqual(hiding([token])(`Bearer ${token.slice(0, length)}${mark}`), `Bearer [secret]${mark}`)
    }
  })

  it("hides the beginning of one that a sentence quotes", () => {
    const said = (text: string) => `The answer begins with "${text}...".`
    assert.strictEqual(hiding([token])(said(token.slice(0, 160))), said("[secret]"))
  })

  it("hides what one spelling holds of it and another does not", () => {
    assert.strictEqual(hiding(['twenty characters... "and more'])('is twenty characters... "and more!'), "is [secret]!")
  })

  // A tenant chooses the secrets, and as a rule the server: each of these took seconds.
  it.each([
    ["the end differs", (index: number) => `${"a".repeat(4000 - index)}b`],
    ["the middle differs", (index: number) => `${"a".repeat(2000)}b${"a".repeat(2000 - index)}`],
    ["the beginning differs", (index: number) => `b${"a".repeat(4000 - index)}`],
    ["short ones", (index: number) => "a".repeat(4 + index)]
  ])("takes no longer for secrets that are made for it: %s", (_, make) => {
    const hide = hiding(Array.from({ length: 120 }, (_, index) => make(index)))
    const started = cpuNow()
    hide("a".repeat(65_536))
    // About 0.1 s alone; the rest is for a busy machine.
    assert.isBelow(cpuNow() - started, 1_500)
  })

  it("leaves other text as it is", () => {
    const text = "The status is 503, expected 200-299."
    assert.strictEqual(hide(text), text)
    assert.strictEqual(hiding(["", "abc"])("abc"), "abc")
  })
})
