import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { DueHeap } from "./DueHeap.ts"

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
