/**
 * What the API acknowledged, to ask the tables for it in the end. Of a value that is written again and again the last
 * acknowledged one counts, and whatever was tried after it and not answered may have come to pass as well.
 */

export class Written<A> {
  #acknowledged: A
  readonly #unanswered = new Set<A>()

  constructor(initial: A) {
    this.#acknowledged = initial
  }

  tries(value: A): void {
    this.#unanswered.add(value)
  }

  acknowledges(value: A): void {
    this.#acknowledged = value
    this.#unanswered.clear()
  }

  /** Refused, and told so: it did not happen. */
  refuses(value: A): void {
    this.#unanswered.delete(value)
  }

  mayBe(value: A): boolean {
    return value === this.#acknowledged || this.#unanswered.has(value)
  }

  get acknowledged(): A {
    return this.#acknowledged
  }
}

/** Calls that were made and answered. */
export interface Count {
  made: number
  acknowledged: number
}

export interface Ledger {
  /** By monitor. */
  readonly names: Map<string, Written<string>>
  readonly paused: Map<string, Written<boolean>>
  /** By monitor that jobs call. */
  readonly calls: Map<string, Count>
  /** Incidents. */
  readonly acknowledged: Set<string>
  writes: number
}

export const makeLedger = (): Ledger => ({
  names: new Map(),
  paused: new Map(),
  calls: new Map(),
  acknowledged: new Set(),
  writes: 0
})

/** What the tables say. */
export interface Tables {
  readonly monitors: ReadonlyMap<string, { readonly name: string; readonly paused: boolean }>
  readonly calls: ReadonlyMap<string, number>
  readonly acknowledged: ReadonlySet<string>
}

/** R1: acknowledged writes that the tables do not know, a sentence each. */
export const lostIn = (ledger: Ledger, tables: Tables): ReadonlyArray<string> => {
  const lost: Array<string> = []
  for (const [id, name] of ledger.names) {
    const found = tables.monitors.get(id)
    if (found === undefined) lost.push(`monitor ${id} was created and is not there`)
    else if (!name.mayBe(found.name)) lost.push(`monitor ${id} is "${found.name}", acknowledged "${name.acknowledged}"`)
  }
  for (const [id, paused] of ledger.paused) {
    const found = tables.monitors.get(id)
    if (found !== undefined && !paused.mayBe(found.paused)) {
      lost.push(`monitor ${id} has paused ${found.paused}, acknowledged ${paused.acknowledged}`)
    }
  }
  for (const [id, { acknowledged, made }] of ledger.calls) {
    const found = tables.calls.get(id) ?? 0
    if (found < acknowledged) lost.push(`job ${id} has ${found} calls, acknowledged ${acknowledged}`)
    if (found > made) lost.push(`job ${id} has ${found} calls, made ${made}`)
  }
  for (const id of ledger.acknowledged) {
    if (!tables.acknowledged.has(id)) lost.push(`incident ${id} is not acknowledged`)
  }
  return lost
}
