/**
 * Targets that answered lately, as witnesses where the operator named none. They must lie in several networks: one
 * provider that fails as a whole is an outage of the targets. And they belong to tenants, any of whom may let hers fall
 * silent: nobody's outage is hidden by what one other tenant's targets do, or those of a few.
 */
import { networkOf } from "../net/AddressScope.ts"
import type { Door } from "../net/knock.ts"

/** So many networks at least must have answered before, and all of those that are asked be silent. */
const minNetworks = 3
/** Tenants beside the one whose check fails: so many do not conspire, unless anybody may sign up and hardly anybody did. */
const minOthers = 5
/** Of five tenants three networks each, or one of fifteen tenants. */
const askedAtOnce = 15
/** Of each tenant. */
const maxNetworks = 16
const maxTenants = 64
/** Of each network: another answer says the same, and costs a look at its URL. */
const noteEveryMs = 10_000
/** Of a tenant who has more networks than are kept. */
const exchangeEveryMs = 200

/** A target that stands as a witness. */
export interface Witness extends Door {
  readonly tenantId: string
  readonly network: string
}

interface Known extends Witness {
  readonly at: number
}

/** Public targets that answered lately, one of each network of a tenant. Instants: milliseconds of any counter. */
export class RecentTargets {
  readonly #known = new Map<string, { readonly byNetwork: Map<string, Known>; readonly notedAt: number }>()

  /** Whether what a tenant's target at that address answers then is worth noting. */
  isNews(tenantId: string, host: string, at: number): boolean {
    const known = this.#known.get(tenantId)
    if (known === undefined) return true
    const answered = known.byNetwork.get(networkOf(host))
    if (answered !== undefined) return at - answered.at >= noteEveryMs
    return known.byNetwork.size < maxNetworks || at - known.notedAt >= exchangeEveryMs
  }

  answered(tenantId: string, { host, port }: Door, at: number): void {
    const network = networkOf(host)
    const byNetwork = this.#known.get(tenantId)?.byNetwork ?? new Map<string, Known>()
    // Written anew, so that the maps' order is that of the last answer.
    this.#known.delete(tenantId)
    this.#known.set(tenantId, { byNetwork, notedAt: at })
    byNetwork.delete(network)
    byNetwork.set(network, { tenantId, network, host, port, at })
    dropOldest(byNetwork, maxNetworks)
    dropOldest(this.#known, maxTenants)
  }

  /**
   * Some of those that answered after `since`, of each tenant as many as of any other; undefined when they are too few to
   * say anything.
   */
  pick(since: number, choose: (below: number) => number): ReadonlyArray<Witness> | undefined {
    const drawFrom = <A>(list: Array<A>): A => list.splice(choose(list.length), 1)[0]!
    let waiting: Array<Array<Known>> = []
    for (const { byNetwork } of this.#known.values()) {
      const fresh = [...byNetwork.values()].filter(({ at }) => at >= since)
      if (fresh.length > 0) waiting.push(fresh)
    }
    const picked: Array<Witness> = []
    while (waiting.length > 0 && picked.length < askedAtOnce) {
      const turn = waiting
      waiting = []
      while (turn.length > 0 && picked.length < askedAtOnce) {
        const fresh = drawFrom(turn)
        picked.push(drawFrom(fresh))
        if (fresh.length > 0) waiting.push(fresh)
      }
    }
    return networksOf(picked) < minNetworks ? undefined : picked
  }
}

/** Whether the silence of all of them says of this tenant's failing checks that it is ours. */
export const isOursFor = (tenantId: string, silent: ReadonlyArray<Witness>): boolean => {
  const own = silent.filter((witness) => witness.tenantId === tenantId)
  if (networksOf(own) >= minNetworks) return true
  const others = new Set(silent.map((witness) => witness.tenantId))
  others.delete(tenantId)
  return others.size >= minOthers && networksOf(silent) >= minNetworks
}

const networksOf = (witnesses: ReadonlyArray<Witness>): number => new Set(witnesses.map(({ network }) => network)).size

const dropOldest = (map: Map<string, unknown>, max: number): void => {
  if (map.size > max) map.delete(map.keys().next().value!)
}
