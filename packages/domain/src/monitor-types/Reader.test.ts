/** Reading protocols out of pieces: however the network cuts the bytes, the result is the same. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { decode, maxLine, Reader } from "./Reader.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A peer that sends these pieces and ends. */
const sending = (pieces: ReadonlyArray<Uint8Array>): Reader => {
  const left = [...pieces]
  return new Reader(Effect.sync(() => left.shift()))
}

const all = (text: string): Reader => sending([bytes(text)])

/** Cut at these places, given as fractions of the whole. */
const cut = (whole: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const at = [0, ...places.map((place) => Math.floor(place * whole.length)), whole.length].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => whole.subarray(at[index], end))
}

const Places = Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))).check(
  Schema.isMaxLength(12)
)
const Text = Schema.String.check(Schema.isMaxLength(60))
const refusal = <A, E>(effect: Effect.Effect<A, E>) => Effect.map(Effect.flip(effect), (it) => it as { code?: string })

describe("lines", () => {
  it.effect("end with LF or CR LF", () =>
    Effect.gen(function* () {
      const reader = all("one\r\ntwo\n\r\n\nfive\rstill\n")
      for (const line of ["one", "two", "", "", "five\rstill"]) assert.strictEqual(yield* reader.line, line)
      assert.strictEqual((yield* refusal(reader.line)).code, "empty")
    })
  )

  it.effect("that do not end are refused", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* refusal(all("half a li").line)).code, "closed_early")
      assert.strictEqual((yield* refusal(all("").line)).code, "empty")
    })
  )

  it.effect("are bounded, whether their end has arrived or not", () =>
    Effect.gen(function* () {
      const longest = "a".repeat(maxLine)
      assert.strictEqual(yield* all(`${longest}\n`).line, longest)
      assert.strictEqual((yield* refusal(all(`${longest}a\n`).line)).code, "line_too_long")
      let sent = 0
      const endless = new Reader(Effect.sync(() => ((sent += 1000), new Uint8Array(1000).fill(97))))
      assert.strictEqual((yield* refusal(endless.line)).code, "line_too_long")
      assert.isAtMost(sent, maxLine + 1000)
    })
  )

  it.effect("that are not UTF-8 are read all the same", () =>
    Effect.map(sending([Uint8Array.of(0xff, 0x41, 10)]).line, (line) => assert.strictEqual(line, "\u{fffd}A"))
  )

  it.effect.prop("do not depend on the pieces they came in", [Schema.Array(Text), Places], ([texts, places]) =>
    Effect.gen(function* () {
      const lines = texts.map((text) => text.replaceAll(/[\r\n]/g, "").replaceAll(/\p{Cs}/gu, ""))
      const reader = sending(cut(bytes(lines.map((line) => `${line}\r\n`).join("")), places))
      for (const line of lines) assert.strictEqual(yield* reader.line, line)
      assert.strictEqual(reader.waiting, 0)
    })
  )
})

describe("so many bytes", () => {
  it.effect.prop("are the same in any pieces", [Schema.Uint8Array, Places, Places], ([whole, places, reads]) =>
    Effect.gen(function* () {
      const reader = sending(cut(whole, places))
      for (const part of cut(whole, reads)) {
        assert.deepStrictEqual(yield* reader.exactly(part.length), Uint8Array.from(part))
      }
      assert.isTrue(Exit.isFailure(yield* Effect.exit(reader.exactly(1))))
    })
  )
})

describe("everything up to a mark", () => {
  it.effect.each([
    ["220 hello\r\nrest", "hello", "220 hello", true],
    ["aab", "ab", "aab", true],
    ["aaab", "aab", "aaab", true],
    ["nothing here", "hello", "nothing he", false],
    ["", "hello", "", false],
    ["hell", "hello", "hell", false],
    ["0123456789hello", "hello", "0123456789", false]
  ] as const)("of %j up to %j is %j", ([sent, mark, expected, isFound]) =>
    Effect.gen(function* () {
      const found = yield* all(sent).until(bytes(mark), 10)
      assert.deepStrictEqual({ text: decode(found.bytes), isFound: found.isFound }, { text: expected, isFound })
    })
  )

  it.effect.prop(
    "does not depend on the pieces",
    [Schema.String.check(Schema.isMaxLength(40)), Schema.Literals(["ab", "aab", "a", "\r\n", "b"]), Places],
    ([noise, mark, places]) =>
      Effect.gen(function* () {
        // Few letters, so that beginnings of the mark are frequent.
        const text = noise.replaceAll(/[^ab\r\n]/g, (letter) => "ab\r\n"[letter.charCodeAt(0) % 4]!)
        const whole = yield* all(text).until(bytes(mark), 1000)
        const pieces = yield* sending(cut(bytes(text), places)).until(bytes(mark), 1000)
        assert.deepStrictEqual(pieces, whole)
        assert.strictEqual(whole.isFound, text.includes(mark))
      })
  )
})
