/**
 * Certificates that were written already: their descriptions need not be sent again. Bounded in number, because
 * forgetting is harmless, and in time, because a description goes with the last check that refers to it.
 */
import type { Certificate } from "@v-insight/domain/model/CheckOutcome"

const maxKnown = 50_000
/** Peers are kept for days after they were last asked for (Peers.ts), and descriptions as long as those. */
const rememberedMs = 12 * 3_600_000

export class CertificateMemory {
  readonly #known = new Set<string>()
  #since = 0

  isNew(tenantId: string, { fingerprint256 }: Certificate): boolean {
    return !this.#known.has(`${tenantId}/${fingerprint256}`)
  }

  remember(tenantId: string, { fingerprint256 }: Certificate): void {
    if (this.#known.size >= maxKnown) this.#known.clear()
    this.#known.add(`${tenantId}/${fingerprint256}`)
  }

  /** To be called before each use; `now`: epoch milliseconds. */
  forget(now: number): void {
    if (now - this.#since <= rememberedMs && now >= this.#since) return
    this.#known.clear()
    this.#since = now
  }
}
