/**
 * Politeness: so many connections at once to one address, over all tenants; who comes later waits in line. No tenant
 * takes all of them where there are others: many live behind one address of a large host, and what nobody can look at
 * is not known to be down. The common case costs a look into two maps.
 */

import { Shares } from "../Shares.ts"

/** Waiting for one address. More than this would only wait for their time to run out. */
const maxWaiting = 1_000
/** As with the worker's places (Capacity.ts): one tenant gets to three quarters. */
const heldPerFree = 3

interface Waiting {
  readonly tenantId: string
  readonly proceed: () => void
}

interface Address {
  readonly turns: Shares
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
    const { addresses, limit } = this.#shared
    const at = addresses.get(address) ?? { turns: new Shares(limit, heldPerFree), waiting: new Set() }
    if (!this.#mayEnter(at, this.#tenantId)) return false
    addresses.set(address, at)
    at.turns.take(this.#tenantId)
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
    at.turns.giveBack(this.#tenantId)
    // The turn passes on.
    for (let next = this.#next(at); next !== undefined; next = this.#next(at)) {
      at.waiting.delete(next)
      at.turns.take(next.tenantId)
      next.proceed()
    }
    if (at.turns.held === 0 && at.waiting.size === 0) addresses.delete(address)
  }

  #mayEnter({ turns }: Address, tenantId: string): boolean {
    if (turns.free <= 0) return false
    return this.#shared.tenants.size < 2 || turns.isWithinShare(tenantId)
  }

  /** Of those who may enter, who holds the fewest; the first to come among equals. */
  #next(at: Address): Waiting | undefined {
    if (at.waiting.size === 0 || at.turns.free <= 0) return undefined
    const seen = new Set<string>()
    let best: Waiting | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const entry of at.waiting) {
      if (seen.has(entry.tenantId)) continue
      seen.add(entry.tenantId)
      const held = at.turns.heldBy(entry.tenantId)
      if (held < fewest && this.#mayEnter(at, entry.tenantId)) [best, fewest] = [entry, held]
    }
    return best
  }
}
