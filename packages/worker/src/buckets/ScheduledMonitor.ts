/** A monitor as its bucket's owner holds it in memory: what to check, when, what is believed, where its chain ends. */
import { Effect, Equal, type Result, Schedule, Schema } from "effect"
import { isConclusive, MonitorSpec } from "@v-insight/domain/monitor-types/registry"
import type { BelievedStatus, Policy, State } from "@v-insight/domain/rules/decide"
import { type GoodCheck, type Memory, recall } from "@v-insight/domain/rules/traces"
import { cadence, timingOf, type Timing } from "@v-insight/domain/rules/slots"
import type { RuleMemories } from "../alerting/judgeRules.ts"
import { fromStored, type StoredMemory } from "../alerting/memory.ts"

/** A row of `monitors` joined with its `monitor_state`. */
export interface MonitorRow {
  readonly tenantId: string
  readonly id: string
  readonly type: string
  readonly settings: unknown
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  readonly confirmations: number
  readonly recoveryChecks: number
  readonly inverted: boolean
  readonly degradedAfterMs: number | null
  readonly tags: ReadonlyArray<string>
  /** The first of its regions, which judges rules. */
  readonly isFirstRegion: boolean
  /** Neither paused nor removed. */
  readonly isActive: boolean
  /** Also: not checked from this region any more. */
  readonly isRemoved: boolean
  /** Several regions have a say, or had. */
  readonly isShared: boolean
  /** Microseconds since the epoch: which version of the row this is. */
  readonly version: number
  readonly lastSlotMs: number
  readonly status: BelievedStatus
  readonly sinceMs: number
  readonly failures: number
  readonly successes: number
  readonly isIncidentOpen: boolean
  /** The newest check, epoch milliseconds. */
  readonly checkedAtMs: number | null
  /** As `monitor_state` has it. */
  readonly goodAtMs: number | null
  readonly goodTraits: GoodCheck["traits"] | null
  readonly remembered: StoredMemory | null
}

export interface Plan {
  readonly spec: Result.Result<MonitorSpec, Schema.SchemaError>
  readonly timing: Timing
  readonly timeoutMs: number
  readonly policy: Policy
  /** Good when the check fails. */
  readonly inverted: boolean
  /** The slot after the one given, and how long until then. */
  readonly next: Effect.Success<ReturnType<typeof Schedule.toStep<number, number, never, never>>>
}

export interface ScheduledMonitor {
  readonly tenantId: string
  readonly id: string
  version: number
  plan: Plan
  /** False when paused or removed: it keeps its state, but is not due. */
  isActive: boolean
  isRemoved: boolean
  /** Other regions have a say in whether it is down. Once they have, incidents follow from verdicts for good. */
  isShared: boolean
  isFirstRegion: boolean
  tags: ReadonlyArray<string>
  state: State
  memory: Memory
  rules: RuleMemories
  /** The newest recorded slot: the next row names it. */
  lastSlot: number
  /** A monitor never has two checks under way. */
  isRunning: boolean
  /** Entries of the due heap that were made before the latest change carry an older turn and are dropped. */
  turn: number
  /** "Run now" requests that wait for the next check to begin. */
  waiting: Array<string>
  /** Something happened that the next check will tell of: it is due now. */
  isUrgent: boolean
}

/** What one of them finds out is true of the other: the same target, asked and judged in the same way. */
export const isSameCheck = (a: Plan, b: Plan): boolean =>
  a === b || (a.inverted === b.inverted && Equal.equals(a.spec, b.spec))

const decodeSpec = Schema.decodeUnknownResult(MonitorSpec)

export const planOf = Effect.fnUntraced(function* (row: MonitorRow): Effect.fn.Return<Plan> {
  const timing = timingOf(row.id, row.intervalSeconds * 1000)
  return {
    spec: decodeSpec({ type: row.type, settings: row.settings }),
    timing,
    timeoutMs: row.timeoutSeconds * 1000,
    policy: isConclusive(row.type)
      ? { confirmations: 0, recoveryChecks: 1, degradedAfterMs: null }
      : { confirmations: row.confirmations, recoveryChecks: row.recoveryChecks, degradedAfterMs: row.degradedAfterMs },
    inverted: row.inverted,
    next: yield* Schedule.toStep(cadence(timing))
  }
})

export const fromRow = Effect.fnUntraced(function* (row: MonitorRow): Effect.fn.Return<ScheduledMonitor> {
  const { flapping, notedIn, rules } = fromStored(row.remembered)
  return {
    tenantId: row.tenantId,
    id: row.id,
    version: row.version,
    plan: yield* planOf(row),
    isActive: row.isActive,
    isRemoved: row.isRemoved,
    isShared: row.isShared,
    isFirstRegion: row.isFirstRegion,
    tags: row.tags,
    state: {
      status: row.status,
      since: row.sinceMs,
      failures: row.failures,
      successes: row.successes,
      isIncidentOpen: row.isIncidentOpen,
      flapping,
      notedIn
    },
    memory: recall(
      row.goodAtMs === null || row.goodTraits === null ? null : { at: row.goodAtMs, traits: row.goodTraits },
      { status: row.status, failures: row.failures, checkedAt: row.checkedAtMs }
    ),
    rules,
    lastSlot: row.lastSlotMs,
    isRunning: false,
    turn: 0,
    waiting: [],
    isUrgent: false
  }
})
