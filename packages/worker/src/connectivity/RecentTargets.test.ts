import { assert, describe, it } from "@effect/vitest"
import { isOursFor, RecentTargets, type Witness } from "./RecentTargets.ts"

describe("targets that answered lately", () => {
  const first = () => 0
  const port = 443
  /** `count` networks of a tenant, all at once. */
  const furnish = (targets: RecentTargets, tenantId: string, count: number, at = 1) => {
    for (let index = 0; index < count; index++) targets.answered(tenantId, { host: `1.${index}.0.1`, port }, at)
  }
  const tenantsOf = (witnesses: ReadonlyArray<Witness> = []) =>
    Object.fromEntries(
      Array.from(
        Map.groupBy(witnesses, ({ tenantId }) => tenantId),
        ([name, { length }]) => [name, length]
      )
    )

  it("are witnesses when they lie in three networks at least", () => {
    const targets = new RecentTargets()
    targets.answered("a", { host: "192.0.2.1", port }, 1)
    targets.answered("a", { host: "192.0.99.2", port }, 2)
    targets.answered("b", { host: "198.51.100.1", port }, 3)
    assert.isUndefined(targets.pick(0, first), "192.0 is one network")
    targets.answered("a", { host: "2001:db8:1::1", port: 80 }, 4)
    assert.deepStrictEqual(
      targets
        .pick(0, first)
        ?.map(({ host }) => host)
        .sort(),
      ["192.0.99.2", "198.51.100.1", "2001:db8:1::1"]
    )
    assert.isUndefined(targets.pick(3, first), "too few answered since")
  })

  it("are noted once in ten seconds for each network of a tenant, all of them when many answer at once", () => {
    const targets = new RecentTargets()
    targets.answered("a", { host: "192.0.2.1", port }, 1000)
    assert.isFalse(targets.isNews("a", "192.0.2.2", 10_999))
    assert.isTrue(targets.isNews("a", "192.0.2.2", 11_000))
    assert.isTrue(targets.isNews("a", "198.51.100.1", 1000))
    assert.isTrue(targets.isNews("b", "192.0.2.1", 1000))
  })

  it("are exchanged five times a second where a tenant has more networks than are kept", () => {
    const targets = new RecentTargets()
    for (let network = 0; network < 16; network++) targets.answered("a", { host: `11.${network}.0.1`, port }, 1000)
    assert.isFalse(targets.isNews("a", "11.16.0.1", 1199))
    assert.isTrue(targets.isNews("a", "11.16.0.1", 1200))
  })

  it("are forgotten beyond a number, of each tenant its own", () => {
    const targets = new RecentTargets()
    furnish(targets, "a", 3)
    for (let index = 0; index < 100; index++) targets.answered("b", { host: `1.${index}.0.1`, port }, index)
    assert.deepStrictEqual(tenantsOf(targets.pick(0, first)), { a: 3, b: 12 })
    assert.isUndefined(targets.pick(98, first))
    const hosts = (targets.pick(80, first) ?? []).map(({ host }) => host)
    assert.deepStrictEqual([hosts.includes("1.84.0.1"), hosts.includes("1.83.0.1")], [true, false])
    for (let index = 0; index < 63; index++) furnish(targets, `c${index}`, 1)
    assert.notProperty(tenantsOf(targets.pick(0, (below) => below - 1)), "a")
  })

  it("are asked of every tenant alike", () => {
    const targets = new RecentTargets()
    furnish(targets, "one", 1)
    furnish(targets, "many", 16)
    furnish(targets, "some", 4)
    assert.deepStrictEqual(tenantsOf(targets.pick(0, first)), { one: 1, many: 10, some: 4 })
    for (const name of ["d", "e"]) furnish(targets, name, 16)
    assert.deepStrictEqual(tenantsOf(targets.pick(0, first)), { one: 1, many: 4, some: 4, d: 3, e: 3 })
  })

  it("tell of a tenant's checks by its own networks, or by those of many others", () => {
    const silentOf = (networks: Readonly<Record<string, number>>) => {
      const targets = new RecentTargets()
      for (const [name, count] of Object.entries(networks)) furnish(targets, name, count)
      return targets.pick(0, first) ?? []
    }
    assert.isTrue(isOursFor("alice", silentOf({ alice: 3 })))
    assert.isTrue(isOursFor("alice", silentOf({ alice: 3, mallory: 16 })))
    assert.isFalse(isOursFor("alice", silentOf({ alice: 2, mallory: 16 })), "one who lets hers fall silent")
    assert.isFalse(isOursFor("alice", silentOf({ mallory: 16 })))
    assert.isFalse(isOursFor("alice", silentOf({ alice: 1, m1: 4, m2: 4, m3: 4, m4: 4 })), "nor four")
    const five = Object.fromEntries(["b", "c", "d", "e", "f"].map((name) => [name, 3]))
    assert.isTrue(isOursFor("alice", silentOf({ alice: 1, ...five })))
  })
})
