/** What came in from a job. The worker reads it from the tables. */
import { Context, Data, type Effect } from "effect"
import type { Signals, Span } from "../rules/heartbeat.ts"
import type { Subject } from "./CheckSubject.ts"

export interface Heard {
  readonly signals: Signals
  /** When calls could be received, the newest span first. */
  readonly reception: ReadonlyArray<Span>
  /** By the clock that stamps calls, epoch milliseconds. */
  readonly now: number
  /** What the failing call brought along, such as the end of a log; null when there was nothing, or no failure. */
  readonly said: { readonly body: string; readonly isTruncated: boolean } | null
}

/** The tables cannot be read: says nothing about the job. */
export class HeartbeatsAway extends Data.TaggedError("HeartbeatsAway") {}

export class Heartbeats extends Context.Service<
  Heartbeats,
  {
    /** Undefined when nothing is kept of the monitor, as when it was removed a moment ago. */
    readonly ofMonitor: (subject: Subject) => Effect.Effect<Heard | undefined, HeartbeatsAway>
  }
>()("@v-insight/domain/monitor-types/Heartbeats") {}
