/** A stretch of time in which something was not as usual. */
import type { Failure } from "./Failure.ts"

export type Circumstance =
  | { readonly kind: "down"; readonly failure: Failure }
  /** So many times as slow. */
  | { readonly kind: "slow"; readonly factor: number }
  /** The certificate that was shown then ended at this instant. */
  | { readonly kind: "certificate"; readonly endsAt: number }
  | { readonly kind: "maintenance" }
  /** The worker was away: nobody looked. */
  | { readonly kind: "unseen" }
  /** The job has never called. */
  | { readonly kind: "awaited" }
  /** Nobody was to look: the monitor is paused. */
  | { readonly kind: "paused" }

/** Instants are epoch milliseconds; what lasts still has no end. */
export interface Episode {
  readonly from: number
  readonly to: number
  readonly circumstance: Circumstance
}

/** What hides what: nobody sees an outage while nobody looks. */
const order: ReadonlyArray<Circumstance["kind"]> = [
  "paused",
  "unseen",
  "awaited",
  "maintenance",
  "down",
  "slow",
  "certificate"
]

/** What is the matter at an instant. */
export const circumstanceAt = (episodes: ReadonlyArray<Episode>, at: number): Circumstance | undefined => {
  let found: Circumstance | undefined
  for (const { circumstance, from, to } of episodes) {
    if (at < from || at >= to) continue
    if (found === undefined || order.indexOf(circumstance.kind) < order.indexOf(found.kind)) found = circumstance
  }
  return found
}
