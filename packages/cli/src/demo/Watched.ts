/** One thing that the demo watches: the monitor as people would set it up, and how it behaves. */
import type { MonitorTypeName } from "@v-insight/domain/monitor-types/registry"
import type { MonitorValues } from "@v-insight/database/repo/MonitorRepo"
import type { Failure } from "./Failure.ts"
import type { Rhythm } from "./Rhythm.ts"

/** What a check goes through, and so which times it has. */
export type Way = "http" | "https" | "tcp" | "tls" | "datagram" | "ping" | "job"

export interface Watched {
  /** Names it in the story, and never changes. */
  readonly key: string
  readonly name: string
  readonly type: MonitorTypeName
  readonly settings: MonitorValues["settings"]
  readonly tags: ReadonlyArray<string>
  readonly intervalSeconds: number
  readonly timeoutSeconds?: number
  readonly recoveryChecks?: number
  readonly inverted?: boolean
  readonly way: Way
  readonly rhythm: Rhythm
  /** What a good answer looks like, for "what changed". */
  readonly traits: Readonly<Record<string, string>>
  readonly httpStatus?: number
  /** When its certificate ends, epoch milliseconds. */
  readonly certificateEndsAt?: number
  /** How it may fail; one that never does has none. */
  readonly failures: ReadonlyArray<Failure>
  /** About how many outages of its own there are in 90 days. */
  readonly outages: number
}
