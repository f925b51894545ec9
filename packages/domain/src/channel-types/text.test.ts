/** Lengths and escapes. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { cpuNow } from "../testing/cpuNow.ts"
import { cut, cutBytes, html, inert, markdown, mrkdwn } from "./text.ts"

const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}"

describe("a text is cut", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab\u2026"],
    ["ab cd", 4, "ab\u2026"],
    [`a${family}b`, 9, "a\u2026"],
    [`a${family}`, 9, `a${family}`],
    ["e\u0301e\u0301", 3, "e\u0301\u2026"]
  ])("%j to %i", (text, length, expected) => assert.strictEqual(cut(text, length), expected))

  it.prop(
    "never longer than allowed, never in the middle of a character",
    { text: Schema.String, length: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 })) },
    ({ length, text }) => {
      const whole = text.toWellFormed()
      for (const part of [cut(whole, length), cutBytes(whole, length + 3)]) assert.isTrue(part.isWellFormed())
      assert.isAtMost(cut(whole, length).length, length)
      assert.isAtMost(new TextEncoder().encode(cutBytes(whole, length + 3)).length, length + 3)
    }
  )

  it("quickly, however long it is and whatever it is made of", () => {
    const started = cpuNow()
    cut("a\u0301\u0302".repeat(1_000_000), 4000)
    cutBytes(family.repeat(100_000), 4096)
    assert.isBelow(cpuNow() - started, 1000)
  })
})

const hostile = `<b>&"</b> <!channel> @everyone [x](http://e) **y** _z_ \`q\` ~s~`

describe("nothing in a text is markup", () => {
  it("defect 14: of HTML and of Slack, where it goes out", () => {
    assert.notMatch(html(hostile), /[<>"]/)
    assert.notMatch(mrkdwn(hostile), /[<>]/)
    assert.strictEqual(mrkdwn("a & b"), "a &amp; b")
  })

  it("of Markdown", () => assert.notMatch(markdown(hostile), /(?<!\\)[*_`~[\]()]/))

  it("where nothing can be escaped", () => {
    const text = inert(hostile, "<>*_~`")
    assert.notMatch(text, /[@<>*_~`](?!\u2060)/)
    assert.strictEqual(text.replaceAll("\u2060", ""), hostile)
  })
})
