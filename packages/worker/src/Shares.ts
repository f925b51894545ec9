/**
 * A number of places that tenants share: who holds how many, and whether one more leaves enough for the others. A tenant
 * may hold so many places for each that is free (Choudhury and Hahne, "Dynamic queue length thresholds"): with three, a
 * busy one gets to three quarters, two to three sevenths each, and there is a place for whoever comes seldom.
 */
export class Shares {
  readonly #max: number
  readonly #heldPerFree: number
  readonly #heldBy = new Map<string, number>()
  #held = 0

  constructor(max: number, heldPerFree: number) {
    this.#max = max
    this.#heldPerFree = heldPerFree
  }

  get held(): number {
    return this.#held
  }

  get free(): number {
    return this.#max - this.#held
  }

  heldBy(tenantId: string): number {
    return this.#heldBy.get(tenantId) ?? 0
  }

  isWithinShare(tenantId: string): boolean {
    return this.heldBy(tenantId) < this.#heldPerFree * this.free
  }

  /** Tenants that hold their share or more. */
  full(): ReadonlyArray<string> {
    return [...this.#heldBy.keys()].filter((tenantId) => !this.isWithinShare(tenantId))
  }

  take(tenantId: string): void {
    this.#held++
    this.#heldBy.set(tenantId, this.heldBy(tenantId) + 1)
  }

  /** Of a place that the tenant took. */
  giveBack(tenantId: string): void {
    this.#held--
    const left = this.heldBy(tenantId) - 1
    if (left > 0) this.#heldBy.set(tenantId, left)
    else this.#heldBy.delete(tenantId)
  }
}
