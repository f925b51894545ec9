import { assert, describe, it } from "@effect/vitest"
import { type Position, ReplicaLag } from "./ReplicaLag.ts"

const system = "7461"
const primary = (at: number): Position => ({ at, system, isReplica: false })
const replica = (at: number): Position => ({ at, system, isReplica: true })
const maxLagMs = 30_000

describe("the lag of a replica", () => {
  it("says how old the replica's data are, by the primary's places", () => {
    const lag = new ReplicaLag(maxLagMs)
    assert.deepInclude(lag.judge(0, primary(100), replica(90)), {
      isUsable: false,
      reason: "it has not caught up yet"
    })
    assert.deepStrictEqual(lag.judge(1000, primary(200), replica(100)), { isUsable: true, lagMs: 1000 })
    assert.deepStrictEqual(lag.judge(2000, primary(300), replica(300)), { isUsable: true, lagMs: 0 })
    assert.deepStrictEqual(lag.judge(3000, primary(400), replica(399)), { isUsable: true, lagMs: 1000 })
  })

  it("does not take an idle primary for a lagging replica", () => {
    const lag = new ReplicaLag(maxLagMs)
    for (let hour = 0; hour < 5; hour++) {
      assert.deepStrictEqual(lag.judge(hour * 3_600_000, primary(100), replica(100)), { isUsable: true, lagMs: 0 })
    }
  })

  it("gives up one that stays behind, and takes it back when it has caught up", () => {
    const lag = new ReplicaLag(maxLagMs)
    lag.judge(0, primary(100), replica(100))
    for (let second = 1; second <= 30; second++) {
      assert.isTrue(lag.judge(second * 1000, primary(100 + second), replica(100)).isUsable)
    }
    assert.deepInclude(lag.judge(31_000, primary(200), replica(100)), { reason: "it is 31 s behind" })
    assert.deepStrictEqual(lag.judge(32_000, primary(300), replica(200)), { isUsable: true, lagMs: 1000 })
  })

  it("lets it grow old when the primary does not answer, also for hours", () => {
    const lag = new ReplicaLag(maxLagMs)
    lag.judge(0, primary(100), replica(100))
    assert.deepStrictEqual(lag.judge(20_000, undefined, replica(100)), { isUsable: true, lagMs: 20_000 })
    assert.isFalse(lag.judge(7_200_000, undefined, replica(100)).isUsable)
  })

  it("remembers enough, and no more, of a replica that stands still", () => {
    const lag = new ReplicaLag(maxLagMs)
    lag.judge(0, primary(0), replica(0))
    for (let second = 1; second <= 10_000; second++) lag.judge(second * 1000, primary(second), replica(0))
    assert.deepInclude(lag.judge(10_001_000, primary(10_001), replica(0)), { lagMs: 10_001_000 })
  })

  it("wants a replica, of this primary, that did not go back", () => {
    const lag = new ReplicaLag(maxLagMs)
    lag.judge(0, primary(100), replica(100))
    assert.deepInclude(lag.judge(0, primary(100), { ...replica(100), isReplica: false }), { isUsable: false })
    assert.deepInclude(lag.judge(0, primary(100), { ...replica(100), system: "1" }), {
      reason: "it is a replica of another server"
    })
    assert.deepInclude(lag.judge(0, primary(100), replica(50)), { isUsable: false, lagMs: undefined })
  })

  it("follows a failover to a primary whose log is shorter", () => {
    const lag = new ReplicaLag(maxLagMs)
    lag.judge(0, primary(100), replica(90))
    lag.judge(1000, primary(95), replica(95))
    assert.deepStrictEqual(lag.judge(2000, primary(96), replica(96)), { isUsable: true, lagMs: 0 })
  })
})
