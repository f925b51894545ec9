/**
 * Brings the verdicts of monitors in several regions in line with what their regions believe. Whoever commits a change of
 * its region looks, and all look again from time to time, for regions that went silent. Looking reads what is committed,
 * judges, writes, and looks again until nothing changes: of any two changes the later one's commit comes before its own
 * look, so the last look sees both. Two who look at once never both write: a verdict moves from one version only.
 */
import type { PgClient } from "@effect/sql-pg"
import { recordOfVerdict } from "@v-insight/domain/rules/decisionRecord"
import { judge, majorityOf, patienceMs, voteOf } from "@v-insight/domain/rules/quorum"
import { Context, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { Recorder } from "../Recorder.ts"
import { type Case, type DecidedVerdict, make as makeVerdictRepo, type TimedEvidence } from "./VerdictRepo.ts"

/** Monitors in one statement. */
const atOnce = 200
/** Each round means that something changed meanwhile, in this monitor or in others of the batch. */
const maxRounds = 20

/** Monitors to look at; with the evidence of a check that has just found one down. */
export type Suspects = ReadonlyMap<string, TimedEvidence | undefined>

export class Verdicts extends Context.Service<
  Verdicts,
  {
    /** After it, verdicts are what the states committed before it come to. */
    readonly look: (monitors: Suspects) => Effect.Effect<void, SqlError>
  }
>()("@v-insight/worker/verdicts/Verdicts") {
  static readonly layer = (region: string): Layer.Layer<Verdicts, never, PgClient.PgClient | Recorder> =>
    Layer.effect(
      Verdicts,
      Effect.gen(function* () {
        const repo = yield* makeVerdictRepo
        const { turned } = yield* Recorder

        const lookAt = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, monitors: Suspects) {
          for (let round = 0, open = ids; open.length > 0; round++) {
            const cases = yield* repo.read(open)
            const moves = cases.flatMap((one) => decideVerdict(one, region, monitors.get(one.id)) ?? [])
            if (moves.length === 0) return
            if (round === maxRounds) {
              return yield* Effect.logWarning("Verdicts keep changing").pipe(
                Effect.annotateLogs({ open: moves.length })
              )
            }
            yield* repo.write(moves)
            if (moves.some(({ turn }) => turn !== undefined)) turned.openUnsafe()
            open = moves.map(({ id }) => id)
          }
        })

        return Verdicts.of({
          look: Effect.fnUntraced(function* (monitors) {
            const ids = [...monitors.keys()]
            for (let first = 0; first < ids.length; first += atOnce) {
              yield* lookAt(ids.slice(first, first + atOnce), monitors)
            }
          })
        })
      })
    )
}

/** The verdict to write; undefined when the one that stands is right. */
export const decideVerdict = (
  known: Case,
  ownRegion: string,
  evidence: TimedEvidence | undefined
): DecidedVerdict | undefined => {
  const patience = patienceMs({
    intervalMs: known.intervalSeconds * 1000,
    timeoutMs: known.timeoutSeconds * 1000,
    confirmations: known.confirmations
  })
  const votes = known.regions.map(({ heardMs, isIncidentOpen, region, sinceMs, status }) =>
    voteOf(region, { status, since: sinceMs, isIncidentOpen }, heardMs, known.nowMs, patience)
  )
  const before = { status: known.status, since: known.sinceMs, isIncidentOpen: known.isIncidentOpen }
  const quorum = known.quorum ?? majorityOf(votes.length)
  const judgement = judge(before, votes, quorum)
  const { event, reasons, speaker, verdict } = judgement
  if (verdict === before && speaker === known.speaker) return undefined
  // Of two regions that are down, the one whose answer is at hand tells more.
  const isOurs = votes.some(({ region, status }) => region === ownRegion && status === "down")
  const isTold = event === "went-down" && isOurs && evidence !== undefined
  return {
    tenantId: known.tenantId,
    id: known.id,
    version: known.version,
    status: verdict.status,
    sinceMs: verdict.since,
    isIncidentOpen: verdict.isIncidentOpen,
    speaker: isTold ? ownRegion : speaker,
    turn:
      event === undefined
        ? undefined
        : {
            trigger: "down",
            ruleId: null,
            event: event === "went-down" ? "opened" : "ended",
            kind: event,
            at: verdict.since,
            // As the speaker's newest check says.
            cause: undefined,
            severity: undefined,
            reasons,
            record: recordOfVerdict({ before, votes, quorum }, judgement)
          },
    evidence: isTold ? evidence : undefined
  }
}
