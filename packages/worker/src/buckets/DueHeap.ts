/** A binary min-heap on `at`: the next due check is found in O(1) and replaced in O(log n). */
export class DueHeap<A extends { readonly at: number }> {
  #items: Array<A> = []

  get size(): number {
    return this.#items.length
  }

  peek(): A | undefined {
    return this.#items[0]
  }

  /** Drops the items that are not wanted any more. */
  keep(isWanted: (item: A) => boolean): void {
    const kept = this.#items.filter(isWanted)
    this.#items = []
    for (const item of kept) this.push(item)
  }

  push(item: A): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (items[parent]!.at <= item.at) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  pop(): A | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && items[child + 1]!.at < items[child]!.at) child++
      if (items[child]!.at >= last.at) break
      items[at] = items[child]!
      at = child
    }
    items[at] = last
    return top
  }
}
