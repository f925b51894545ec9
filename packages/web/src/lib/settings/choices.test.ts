import { expect, it } from "vitest"
import { foundText, shownOf } from "./choices.ts"

const [a, b, c] = ["a", "b", "c"].map((id) => ({ id, name: `Monitor ${id}` })) as [Named, Named, Named]
type Named = { readonly id: string; readonly name: string }

it("keeps what is chosen in sight, and does not repeat it", () => {
  expect(shownOf([b, c], ["a", "b"], [a, b, c])).toEqual([a, b, c])
  expect(shownOf([], ["a", "x"], [a])).toEqual([a, { id: "x", name: "Another monitor" }])
})

it("says how many there are", () => {
  expect([0, 1, 50, 51].map(foundText)).toEqual([
    "No monitor is like this.",
    "1 found.",
    "50 found.",
    "The first 50 of 51."
  ])
})
