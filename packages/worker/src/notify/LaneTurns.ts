/**
 * Which lanes are open: so many at once, shared fairly by tenants. What has no room waits in line, each tenant in a line
 * of its own, and the tenants have their turns.
 */
import { Shares } from "../Shares.ts"

/** A tenant that is alone may have three quarters of them: who comes with one channel finds room at once. */
const heldPerFree = 3

export interface Channel {
  readonly tenantId: string
  readonly channelId: string
}

export class LaneTurns {
  readonly #shares: Shares
  readonly #lines = new Map<string, Map<string, Channel>>()

  constructor(max: number) {
    this.#shares = new Shares(max, heldPerFree)
  }

  /** Somebody has no room. */
  get isCrowded(): boolean {
    return this.#lines.size > 0
  }

  /** Whether it may open now; else it waits in line, once. */
  enter(channel: Channel): boolean {
    const { channelId, tenantId } = channel
    if (this.#shares.isWithinShare(tenantId)) {
      this.#shares.take(tenantId)
      return true
    }
    const line = this.#lines.get(tenantId) ?? new Map<string, Channel>()
    this.#lines.set(tenantId, line.set(channelId, channel))
    return false
  }

  /** One of the tenant's has closed: whoever may open now, the tenant that waits longest for its turn first. */
  leave(tenantId: string): ReadonlyArray<Channel> {
    this.#shares.giveBack(tenantId)
    const called: Array<Channel> = []
    for (const [waiting, line] of this.#lines) {
      const channel = this.#shares.isWithinShare(waiting) ? line.values().next().value : undefined
      if (channel === undefined) continue
      this.#shares.take(waiting)
      called.push(channel)
      line.delete(channel.channelId)
      this.#lines.delete(waiting)
      if (line.size > 0) this.#lines.set(waiting, line)
    }
    return called
  }
}
