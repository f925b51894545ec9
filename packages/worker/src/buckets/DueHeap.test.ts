import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { DueHeap } from "./DueHeap.ts"

it.prop("keeps what is wanted, in the same order", [Schema.Array(Schema.Int)], ([times]) => {
  const heap = new DueHeap<{ readonly at: number }>()
  for (const at of times) heap.push({ at })
  heap.keep(({ at }) => at % 2 === 0)
  const out: Array<number> = []
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) out.push(item.at)
  assert.deepStrictEqual(
    out,
    times.filter((at) => at % 2 === 0).sort((a, b) => a - b)
  )
})

it.prop("gives items back in the order of their times", [Schema.Array(Schema.Int)], ([times]) => {
  const heap = new DueHeap<{ readonly at: number }>()
  for (const at of times) heap.push({ at })
  const out: Array<number> = []
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) out.push(item.at)
  assert.deepStrictEqual(
    out,
    [...times].sort((a, b) => a - b)
  )
})
