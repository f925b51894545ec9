/** Whether there is more than one tenant. Remembers two, and those only while they have checks. */

/** Longer than the longest interval: who has monitors has been checked within it. */
const forgetAfterMs = 25 * 3_600_000

export class Neighbours {
  #recent = new Set<string>()
  #before = new Set<string>()
  #turnedAt = Number.NaN
  /** Asked before every check. */
  #isAlone = true

  get isAlone(): boolean {
    return this.#isAlone
  }

  meet(tenantId: string): void {
    if (this.#recent.size === 2 || this.#recent.has(tenantId)) return
    this.#recent.add(tenantId)
    this.#count()
  }

  /** To be called now and then, epoch milliseconds. */
  forget(now: number): void {
    // A clock that was set back begins the time anew; the first look begins it.
    if (now - this.#turnedAt >= forgetAfterMs) {
      this.#before = this.#recent
      this.#recent = new Set()
      this.#count()
    } else if (now >= this.#turnedAt) return
    this.#turnedAt = now
  }

  #count(): void {
    this.#isAlone = new Set([...this.#recent, ...this.#before]).size < 2
  }
}
