/**
 * Politeness: so many connections at once to one address, over all tenants; who comes later waits in line. No tenant
 * takes all of them where there are others: many live behind one address of a large host, and what nobody can look at
 * is not known to be down. The common case costs a look into two maps.
 */

/** Waiting for one address. More than this would only wait for their time to run out. */
const maxWaiting = 1_000
/** As with the worker's places (Capacity.ts): one tenant gets to three quarters. */
const heldPerFree = 3

interface Waiting {
  readonly tenantId: string
  readonly proceed: () => void
}

interface Address {
  connected: number
  readonly heldBy: Map<string, number>
  /** In order of arrival. */
  readonly waiting: Set<Waiting>
}

interface Shared {
  readonly limit: number
  readonly addresses: Map<string, Address>
  /** Told apart up to the second: one that is alone may take all. */
  readonly tenants: Set<string>
}

export class HostTurns {
  readonly #shared: Shared
  readonly #tenantId: string

  constructor(limit: number | Shared, tenantId = "") {
    this.#shared = typeof limit === "number" ? { limit, addresses: new Map(), tenants: new Set() } : limit
    this.#tenantId = tenantId
  }

  /** The same turns, taken for a tenant. */
  of(tenantId: string): HostTurns {
    const { tenants } = this.#shared
    if (tenants.size < 2) tenants.add(tenantId)
    return new HostTurns(this.#shared, tenantId)
  }

  /** True: a turn was taken and must be given back with `leave`. */
  enter(address: string): boolean {
    const { addresses } = this.#shared
    const at = addresses.get(address) ?? { connected: 0, heldBy: new Map(), waiting: new Set() }
    if (!this.#mayEnter(at, this.#tenantId)) return false
    addresses.set(address, at)
    take(at, this.#tenantId)
    return true
  }

  /** Calls `proceed` with the next turn; the returned function leaves the line. Undefined: the line is too long. */
  wait(address: string, proceed: () => void): (() => void) | undefined {
    const waiting = this.#shared.addresses.get(address)!.waiting
    if (waiting.size >= maxWaiting) return undefined
    const entry = { tenantId: this.#tenantId, proceed }
    waiting.add(entry)
    return () => void waiting.delete(entry)
  }

  leave(address: string): void {
    const { addresses } = this.#shared
    const at = addresses.get(address)!
    at.connected--
    const held = at.heldBy.get(this.#tenantId)! - 1
    if (held === 0) at.heldBy.delete(this.#tenantId)
    else at.heldBy.set(this.#tenantId, held)
    // The turn passes on.
    for (let next = this.#next(at); next !== undefined; next = this.#next(at)) {
      at.waiting.delete(next)
      take(at, next.tenantId)
      next.proceed()
    }
    if (at.connected === 0 && at.waiting.size === 0) addresses.delete(address)
  }

  #mayEnter({ connected, heldBy }: Address, tenantId: string): boolean {
    const { limit, tenants } = this.#shared
    const free = limit - connected
    if (free <= 0) return false
    return tenants.size < 2 || (heldBy.get(tenantId) ?? 0) < heldPerFree * free
  }

  /** Of those who may enter, who holds the fewest; the first to come among equals. */
  #next(at: Address): Waiting | undefined {
    if (at.waiting.size === 0 || at.connected >= this.#shared.limit) return undefined
    const seen = new Set<string>()
    let best: Waiting | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const entry of at.waiting) {
      if (seen.has(entry.tenantId)) continue
      seen.add(entry.tenantId)
      const held = at.heldBy.get(entry.tenantId) ?? 0
      if (held < fewest && this.#mayEnter(at, entry.tenantId)) [best, fewest] = [entry, held]
    }
    return best
  }
}

const take = (at: Address, tenantId: string): void => {
  at.connected++
  at.heldBy.set(tenantId, (at.heldBy.get(tenantId) ?? 0) + 1)
}
