/**
 * Politeness: so many connections at once to one address, over all tenants; who comes later waits in line. The common
 * case costs a look into a map.
 */

/** Waiting for one address. More than this would only wait for their time to run out. */
const maxWaiting = 1_000

export class HostTurns {
  readonly #limit: number
  readonly #connected = new Map<string, number>()
  /** In order of arrival. */
  readonly #waiting = new Map<string, Set<() => void>>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** True: a turn was taken and must be given back with `leave`. */
  enter(address: string): boolean {
    const count = this.#connected.get(address) ?? 0
    if (count >= this.#limit) return false
    this.#connected.set(address, count + 1)
    return true
  }

  /** Calls `proceed` with the next turn; the returned function leaves the line. Undefined: the line is too long. */
  wait(address: string, proceed: () => void): (() => void) | undefined {
    let line = this.#waiting.get(address)
    if (line === undefined) this.#waiting.set(address, (line = new Set()))
    if (line.size >= maxWaiting) return undefined
    const entry = (): void => proceed()
    const joined = line.add(entry)
    return () => {
      joined.delete(entry)
      if (joined.size === 0 && this.#waiting.get(address) === joined) this.#waiting.delete(address)
    }
  }

  leave(address: string): void {
    const line = this.#waiting.get(address)
    if (line === undefined) {
      const count = this.#connected.get(address)! - 1
      if (count === 0) this.#connected.delete(address)
      else this.#connected.set(address, count)
      return
    }
    // The turn passes on.
    const next = line.values().next().value!
    line.delete(next)
    if (line.size === 0) this.#waiting.delete(address)
    next()
  }
}
