import { assert, describe, it } from "@effect/vitest"
import { Patience, patienceMs } from "./Patience.ts"

describe("patience with the database", () => {
  it("is one for everything that a request asks", () => {
    const patience = new Patience()
    assert.strictEqual(patience.begin(1000), patienceMs)
    patience.end(4000)
    assert.strictEqual(patience.begin(4000), patienceMs - 3000)
    patience.end(9000)
    assert.strictEqual(patience.begin(9000), 0)
  })

  it("counts the time once of what is asked at once", () => {
    const patience = new Patience()
    patience.begin(0)
    assert.strictEqual(patience.begin(500), patienceMs - 500)
    patience.end(1000)
    patience.end(1500)
    assert.strictEqual(patience.begin(1500), patienceMs - 1500)
  })

  it("comes back while nothing is asked, so that long requests may look again and again", () => {
    const patience = new Patience()
    for (let now = 0; now < 3_600_000; now += 2000) {
      assert.strictEqual(patience.begin(now), patienceMs)
      patience.end(now + 900)
    }
  })
})
