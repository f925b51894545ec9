/**
 * From what several regions believe of a monitor to one verdict: down when K of its N regions find it down. Pure, and a
 * function of what the regions believe now: in which order their results came does not matter. Regions that are blind do
 * not vote; when fewer than K can, the verdict is unknown, never down and never up. A region that is in maintenance votes: it
 * has not found the monitor down (or had before the window, and still says down). While one is, so is the monitor.
 */
import type { Reason } from "../model/Reason.ts"
import { type BelievedStatus, type DecisionEvent, initial, type State } from "./decide.ts"

/** What one region believes. */
export interface Vote {
  readonly region: string
  /** `unknown`: blind, it does not vote; `pending`: its first result is still to come. */
  readonly status: BelievedStatus
  /** Since when, epoch milliseconds. */
  readonly since: number
  /** It found the monitor down, and has not found it well since; outlives `unknown`. */
  readonly saidDown: boolean
}

/** What all of them come to. */
export interface Verdict {
  readonly status: BelievedStatus
  /** When `status` last changed, epoch milliseconds; 0 before the first result. */
  readonly since: number
  /** An incident is open. It outlives `unknown`, as in `decide`. */
  readonly isIncidentOpen: boolean
}

export const undecided: Verdict = { status: initial.status, since: initial.since, isIncidentOpen: false }

export interface Judgement {
  readonly verdict: Verdict
  readonly event: Extract<DecisionEvent["kind"], "went-down" | "recovered"> | undefined
  /** Who can tell why the verdict is what it is. */
  readonly speaker: string
  /** Of the event; none without. */
  readonly reasons: ReadonlyArray<Reason>
}

/** How many of so many regions it takes when nobody has said: more than half. */
export const majorityOf = (regions: number): number => Math.floor(regions / 2) + 1

const intervalsOfSilence = 3
/** Between the tries of a failing check, and for what computes. */
const slackMs = 2_000

export interface Cadence {
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly confirmations: number
}

/**
 * Without a result for so long a region is blind: three intervals, or as long as a failing check with all its tries may
 * take until the next one is due, when that is longer. Milliseconds.
 */
export const patienceMs = ({ confirmations, intervalMs, timeoutMs }: Cadence): number =>
  Math.max(intervalsOfSilence * intervalMs, intervalMs + (confirmations + 1) * (timeoutMs + slackMs))

/** What a region believes at `now`, whose newest check began at `heardAt` (or whose first one was due then). */
export const voteOf = (
  region: string,
  { isIncidentOpen, since, status }: Pick<State, "status" | "since" | "isIncidentOpen">,
  heardAt: number,
  now: number,
  patience: number
): Vote =>
  now - heardAt > patience && status !== "unknown"
    ? { region, status: "unknown", since: heardAt + patience, saidDown: isIncidentOpen }
    : { region, status, since, saidDown: isIncidentOpen }

/** `votes`: one of each region of the monitor, at least one. `quorum`: K. */
export const judge = (verdict: Verdict, votes: ReadonlyArray<Vote>, quorum: number): Judgement => {
  const status = statusOf(verdict, votes, quorum)
  const speaker = speakerOf(votes, status).region
  if (status === verdict.status) return { verdict, event: undefined, speaker, reasons: [] }
  const turned = { ...verdict, status, since: Math.max(verdict.since, turnOf(votes, status, quorum)) }
  if (status === "down" && !verdict.isIncidentOpen) {
    const reasons = [regionsFindItDown(votes, quorum)]
    return { verdict: { ...turned, isIncidentOpen: true }, event: "went-down", speaker, reasons }
  }
  if (verdict.isIncidentOpen && hasRecovered(status)) {
    const reasons = [regionsFindItDown(votes, quorum)]
    return { verdict: { ...turned, isIncidentOpen: false }, event: "recovered", speaker, reasons }
  }
  return { verdict: turned, event: undefined, speaker, reasons: [] }
}

const hasRecovered = (status: BelievedStatus): boolean =>
  status === "up" || status === "degraded" || status === "maintenance"

const isDown = ({ status }: Vote): boolean => status === "down"
const isPending = ({ status }: Vote): boolean => status === "pending"
const isBlind = ({ status }: Vote): boolean => status === "unknown"

const statusOf = (verdict: Verdict, votes: ReadonlyArray<Vote>, quorum: number): BelievedStatus => {
  const downs = votes.filter(isDown).length
  if (downs >= quorum) return "down"
  const voters = votes.filter((vote) => !isBlind(vote) && !isPending(vote)).length
  if (voters < quorum) return verdict.status === "pending" && votes.some(isPending) ? "pending" : "unknown"
  // A region that goes blind has not found that the monitor recovered.
  const doubts = votes.filter((vote) => isBlind(vote) && vote.saidDown).length
  if (verdict.isIncidentOpen && downs + doubts >= quorum) return "unknown"
  if (votes.some(({ status }) => status === "maintenance")) return "maintenance"
  return downs > 0 || votes.some(({ status }) => status === "degraded") ? "degraded" : "up"
}

/** When the votes came to this, epoch milliseconds: it was down with the K-th region, anything else with the newest turn. */
const turnOf = (votes: ReadonlyArray<Vote>, status: BelievedStatus, quorum: number): number => {
  const turns = (status === "down" ? votes.filter(isDown) : votes).map(({ since }) => since).sort((a, b) => a - b)
  return status === "down" ? turns[quorum - 1]! : turns.at(-1)!
}

const regionsFindItDown = (votes: ReadonlyArray<Vote>, quorum: number): Reason => {
  const downs = votes.filter(isDown).map(({ region }) => region)
  const who = downs.length === 0 ? "" : `: ${downs.join(", ")}`
  return {
    code: downs.length >= quorum ? "quorum" : "no_quorum",
    message: `${downs.length} of ${votes.length} regions find it down (it takes ${quorum})${who}.`
  }
}

/** The first to say the same; of a verdict that is degraded because some are down, one of those. */
const speakerOf = (votes: ReadonlyArray<Vote>, status: BelievedStatus): Vote =>
  votes.find((vote) => vote.status === status) ??
  (status === "degraded" || status === "unknown" ? votes.find(isDown) : undefined) ??
  votes[0]!
