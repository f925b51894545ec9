/** What an incident was opened with, as it is stored. */
import { rfc3339 } from "@v-insight/database/repo/instant"
import type { IncidentEvidence } from "@v-insight/domain/model/Incident"
import type { GoodCheck } from "@v-insight/domain/rules/traces"
import type { Evidence } from "./DecidedCheck.ts"

export const goodCheck = ({ at, traits }: GoodCheck) => ({ at: rfc3339(at), traits })

/** `checkedAt`: when the check that opened it began, epoch milliseconds. */
export const incidentEvidence = (
  { firstBad: { detail }, lastGood }: Evidence,
  checkedAt: number
): IncidentEvidence => ({
  lastGood: lastGood && goodCheck(lastGood),
  firstBad: { at: rfc3339(checkedAt), traits: detail?.traits ?? {}, detail }
})
