import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { longestUs, toMicroseconds, toShort } from "./shortDuration.ts"

const Duration = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: longestUs }))

describe("short durations", () => {
  it.prop("are right to 1/4096, fit in two bytes, and are written the same again", [Duration], ([us]) => {
    const short = toShort(us)
    assert.isTrue(short >= -32_768 && short <= 32_767, String(short))
    assert.isAtMost(Math.abs(toMicroseconds(short)! - us), us / 4096)
    assert.strictEqual(toShort(toMicroseconds(short)), short)
  })

  it("are exact below 4096 us", () => {
    for (let us = 0; us < 4096; us++) assert.strictEqual(toMicroseconds(toShort(us)), us)
  })

  it("tell a phase that took no time from one that was not reached", () => {
    assert.strictEqual(toShort(null), 0)
    assert.isNull(toMicroseconds(0))
    assert.strictEqual(toMicroseconds(toShort(0)), 0)
    assert.notStrictEqual(toShort(0), 0)
  })

  it("end at 134 seconds", () => {
    assert.strictEqual(toMicroseconds(toShort(Number.MAX_SAFE_INTEGER)), 134_184_960)
  })
})
