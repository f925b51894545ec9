/** What one incarnation of a bucket holds while its lease lasts: shared by its schedule and by what follows the news. */
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { BucketRepo, RunAnswer } from "./BucketRepo.ts"
import type { Lease } from "./Lease.ts"
import type { ScheduledMonitor } from "./ScheduledMonitor.ts"

export interface Possession {
  readonly bucket: number
  readonly region: string
  readonly owner: string
  readonly lease: Lease
  readonly repo: BucketRepo
  readonly monitors: Map<string, ScheduledMonitor>
  /** "Run now" requests that this incarnation has claimed and not answered yet. */
  readonly held: Set<string>
  readonly answer: (requests: ReadonlyArray<string>, reply: RunAnswer) => Effect.Effect<void, SqlError>
  /** Kept while its check is under way: restored meanwhile, a second one of it would break the chain of the first. */
  readonly forgetRemoved: (monitor: ScheduledMonitor) => void
}

export const paused: RunAnswer = { error: { code: "CONFLICT", message: "The monitor is paused. Resume it first." } }

/** The bucket goes on: what a statement did not do is done later, or by the next incarnation. */
export const logTrouble = (message: string) => (error: SqlError) =>
  Effect.logWarning(message).pipe(Effect.annotateLogs({ reason: describeSqlError(error) }))
