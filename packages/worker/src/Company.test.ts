import { assert, it } from "@effect/vitest"
import { Company } from "./Company.ts"

const hourMs = 3_600_000

it("A tenant is alone again when the others have had no checks for longer than any interval", () => {
  const company = new Company()
  company.forget(0)
  company.meet("gone")
  assert.isTrue(company.isAlone)
  for (let hour = 1; hour <= 51; hour++) {
    company.meet("there")
    assert.strictEqual(company.isAlone, hour > 50, `hour ${hour}`)
    company.forget(hour * hourMs)
  }
})

it("Two that are checked once a day are never alone, and a clock that is set makes nobody forget", () => {
  const company = new Company()
  company.forget(100 * hourMs)
  for (let hour = 100; hour < 400; hour++) {
    if (hour % 24 === 4) company.meet("one")
    if (hour % 24 === 9) company.meet("other")
    if (hour > 110) assert.isFalse(company.isAlone, `hour ${hour}`)
    company.forget(hour * hourMs)
  }
  company.forget(3 * hourMs)
  assert.isFalse(company.isAlone)
})
