import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { beginningAt, latenessMs, levels, nextPiece, type Piece, type Progress, type Progresses } from "./rollupPlan.ts"

const minute = 60_000
const start = 1_790_000_000_000

const after = (progresses: Progresses, { level, pass, to }: Piece): Progresses => ({
  ...progresses,
  [level]: { ...progresses[level], [pass]: to }
})

/** All that is due at `now`, one after the other. */
const catchUp = (
  progresses: Progresses,
  now: number,
  most: number
): { pieces: Array<Piece>; progresses: Progresses } => {
  const pieces: Array<Piece> = []
  for (const pass of ["settledUntil", "rolledUntil"] as const satisfies ReadonlyArray<keyof Progress>) {
    while (true) {
      const piece = nextPiece(progresses, pass, now, most)
      if (piece === undefined) break
      pieces.push(piece)
      progresses = after(progresses, piece)
    }
  }
  return { pieces, progresses }
}

describe("the plan of rollups", () => {
  it("rolls up a window soon after it ended, and again when late results have come", () => {
    const begin = beginningAt(start)
    const day = begin["5m"].rolledUntil
    const at = (ms: number) => catchUp(begin, day + ms, 1).pieces
    assert.lengthOf(at(5 * minute), 0)
    assert.deepStrictEqual(at(5.5 * minute), [{ level: "5m", from: day, to: day + 5 * minute, pass: "rolledUntil" }])
    const first = catchUp(begin, day + 6 * minute, 1).progresses
    const settled = catchUp(first, day + 5 * minute + latenessMs, 1).pieces[0]
    assert.deepStrictEqual(settled, { level: "5m", from: day, to: day + 5 * minute, pass: "settledUntil" })
  })

  const Steps = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 * 86_400_000 }))).check(
    Schema.isMaxLength(6)
  )
  const Most = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 300 }))

  it.prop("leaves no gap and repeats nothing, however long nobody looked", [Steps, Most], ([steps, most]) => {
    let progresses = beginningAt(start)
    let now = start
    const pieces: Array<Piece> = []
    for (const step of steps) {
      now += step
      const done = catchUp(progresses, now, most)
      progresses = done.progresses
      pieces.push(...done.pieces)
    }
    for (const { name, windowMs } of levels) {
      for (const pass of ["rolledUntil", "settledUntil"] as const) {
        let until = beginningAt(start)[name][pass]
        for (const piece of pieces.filter((one) => one.level === name && one.pass === pass)) {
          assert.strictEqual(piece.from, until)
          assert.isAbove(piece.to, piece.from)
          assert.isAtMost(piece.to - piece.from, most * windowMs)
          until = piece.to
        }
        assert.strictEqual(until % windowMs, 0)
        assert.isBelow(until, now + 1)
      }
      assert.isAtMost(progresses[name].settledUntil, progresses[name].rolledUntil)
    }
  })
})
