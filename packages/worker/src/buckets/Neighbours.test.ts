import { assert, it } from "@effect/vitest"
import { Neighbours } from "./Neighbours.ts"

const hourMs = 3_600_000

it("A tenant is alone again when the others have had no checks for longer than any interval", () => {
  const neighbours = new Neighbours()
  neighbours.forget(0)
  neighbours.meet("gone")
  assert.isTrue(neighbours.isAlone)
  for (let hour = 1; hour <= 51; hour++) {
    neighbours.meet("there")
    assert.strictEqual(neighbours.isAlone, hour > 50, `hour ${hour}`)
    neighbours.forget(hour * hourMs)
  }
})

it("Two that are checked once a day are never alone, and a clock that is set makes nobody forget", () => {
  const neighbours = new Neighbours()
  neighbours.forget(100 * hourMs)
  for (let hour = 100; hour < 400; hour++) {
    if (hour % 24 === 4) neighbours.meet("one")
    if (hour % 24 === 9) neighbours.meet("other")
    if (hour > 110) assert.isFalse(neighbours.isAlone, `hour ${hour}`)
    neighbours.forget(hour * hourMs)
  }
  neighbours.forget(3 * hourMs)
  assert.isFalse(neighbours.isAlone)
})
