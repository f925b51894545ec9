/** Monitors to pick from. */
export interface Pickable {
  readonly id: string
  readonly name: string
}

export interface MonitorChoices {
  /** All of them, or of many those that were sought, and those that are chosen. */
  readonly monitors: ReadonlyArray<Pickable>
  /** How many there are. */
  readonly total: number
  /** There are more than a list offers: they are sought by name or address. */
  readonly isMany: boolean
  /** What was sought; "": nothing. */
  readonly sought: string
  /** How many are like what was sought. */
  readonly matches: number
}

/** Of many, so many are offered at once. */
export const offered = 50

/** What is chosen stays in sight, whatever is sought. */
export const shownOf = (
  list: ReadonlyArray<Pickable>,
  chosen: ReadonlyArray<string>,
  known: ReadonlyArray<Pickable>
): ReadonlyArray<Pickable> => [
  ...chosen
    .filter((id) => list.every((monitor) => monitor.id !== id))
    .map((id) => known.find((monitor) => monitor.id === id) ?? { id, name: "Another monitor" }),
  ...list
]

export const foundText = (matches: number): string => {
  if (matches === 0) return "No monitor is like this."
  return matches > offered ? `The first ${offered} of ${matches}.` : `${matches} found.`
}

export const byName = (a: Pickable, b: Pickable): number => a.name.localeCompare(b.name, "en", { sensitivity: "base" })
