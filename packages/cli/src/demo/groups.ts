/** Which made-up incidents opened together, as the worker groups them (worker/groupSql): by a tag or a cause they share. */
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"

export interface Groupable {
  readonly id: string
  readonly monitorId: string
  readonly startedAt: number
  readonly causeCode: string
  readonly tags: ReadonlyArray<string>
}

export interface MadeGroup {
  readonly id: string
  readonly key: string
  readonly openedAt: number
}

/** How far apart they may have opened. */
const windowMs = 300_000

/** Of incidents in the order in which they opened. */
export const grouped = (incidents: ReadonlyArray<Groupable>) => {
  const groups: Array<MadeGroup> = []
  const groupOf = new Map<string, string>()
  for (const [index, incident] of incidents.entries()) {
    for (let at = index - 1; at >= 0 && incident.startedAt - incidents[at]!.startedAt <= windowMs; at--) {
      const other = incidents[at]!
      const key = other.monitorId === incident.monitorId ? undefined : sharedBy(incident, other)
      if (key === undefined) continue
      const group = groupOf.get(other.id) ?? made(groups, key, other.startedAt)
      groupOf.set(other.id, group)
      groupOf.set(incident.id, group)
      break
    }
  }
  return { groups, groupOf }
}

const sharedBy = (one: Groupable, other: Groupable): string | undefined => {
  const tag = one.tags.find((tag) => other.tags.includes(tag))
  if (tag !== undefined) return `tag:${tag}`
  return one.causeCode === other.causeCode ? `cause:${one.causeCode}` : undefined
}

const made = (groups: Array<MadeGroup>, key: string, openedAt: number): string => {
  const id = uuidV7Unsafe()
  groups.push({ id, key, openedAt })
  return id
}
