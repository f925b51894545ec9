import { assert, describe, it } from "@effect/vitest"
import { callBody } from "./callBody.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe("the body of a call", () => {
  it("is kept as it is", () => {
    assert.deepStrictEqual(callBody(bytes("done: 3 files, ü")), { body: "done: 3 files, ü", isTruncated: false })
    assert.deepStrictEqual(callBody(bytes("")), { body: null, isTruncated: false })
  })

  it("is cut after 10 kB, never within a character", () => {
    const exact = callBody(bytes("x".repeat(10_000)))
    assert.deepStrictEqual([exact.body?.length, exact.isTruncated], [10_000, false])
    const cut = callBody(bytes(`${"x".repeat(9_999)}€uro`))
    assert.deepStrictEqual(cut, { body: "x".repeat(9_999), isTruncated: true })
  })

  it("is text whatever was sent", () => {
    assert.strictEqual(callBody(Uint8Array.from([0x61, 0xff, 0x00, 0x62])).body, "a\ufffd\ufffdb")
    assert.strictEqual(callBody(Uint8Array.from([0xed, 0xa0, 0x80])).body?.isWellFormed(), true)
  })
})
