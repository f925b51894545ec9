/** What a check turned, as it is written in the decision's transaction (turnSql). */
import type { AlertTrigger } from "@v-insight/domain/model/AlertRule"
import type { CheckError } from "@v-insight/domain/model/CheckOutcome"
import type { Reason } from "@v-insight/domain/model/Reason"
import type { Severity } from "@v-insight/domain/model/Severity"

export interface DecidedTurn {
  readonly trigger: AlertTrigger
  /** Whose incident it is; null: the monitor's own. */
  readonly ruleId: string | null
  /** What becomes of the incident; undefined: nothing, but one may ask why. */
  readonly event: "opened" | "worsened" | "ended" | undefined
  /** Of the decision (domain/rules). */
  readonly kind: string
  /** When the check began, epoch milliseconds. */
  readonly at: number
  /** Of what opens or worsens; undefined: as the newest check says. */
  readonly cause: CheckError | undefined
  /** Undefined: as the rules say that are told of it. */
  readonly severity: Severity | undefined
  readonly reasons: ReadonlyArray<Reason>
  /** JSON, kept byte by byte (domain/rules/decisionRecord). */
  readonly record: string
}

/**
 * Characters, about; and for what follows from it, messages above all, as much as keeps some two hundred in a statement:
 * a thousand that recovered, with three messages each, took too long on a machine with a fifth of a core left.
 */
export const weightOfTurn = ({ event, reasons, record }: DecidedTurn): number =>
  record.length + 300 * (reasons.length + 1) + (event === undefined ? 0 : followUpWeight)
const followUpWeight = 20_000

/**
 * JSON text. The record goes in as it is, not as a string: PostgreSQL keeps the bytes of a json value, whatever is around
 * it.
 */
export const turnsJson = (turns: ReadonlyArray<DecidedTurn>): string => `[${turns.map(turnJson).join(",")}]`

const turnJson = ({ at, cause, event, kind, reasons, record, ruleId, severity, trigger }: DecidedTurn): string => {
  const plain = JSON.stringify({
    trigger,
    rule_id: ruleId,
    event,
    kind,
    at_ms: at,
    cause_code: cause?.code,
    cause_message: cause?.message,
    severity,
    reasons
  })
  return `${plain.slice(0, -1)},"record":${record}}`
}
