/** What an incident was opened with: facts of the last good check beside those of the first bad one. */
import type { IncidentReport } from "@v-insight/domain/model/Incident"
import type { Difference, Evidence } from "./evidence.ts"

export interface Compared {
  readonly goodAt: string
  readonly badAt: string
  readonly differences: ReadonlyArray<Difference>
}

/** As people call them. Others are written as they are, with a capital. */
const titles: Readonly<Record<string, string>> = {
  status: "Status",
  server: "Server header",
  tls: "TLS version",
  TLS: "TLS version",
  body: "Body size",
  certificate: "Certificate fingerprint",
  "final URL": "Ends at"
}

/** Facts that the stored checks tell better. */
const toldByChecks = new Set(["status", "certificate issuer"])

/** `found`: what the stored checks tell, as long as they are there. Undefined when there is nothing to compare. */
export const compared = (
  { cause, evidence }: Pick<IncidentReport, "cause" | "evidence">,
  found: Evidence | undefined
): Compared | undefined => {
  const lastGood = evidence?.lastGood ?? null
  const fromChecks = found && {
    goodAt: found.good.checkedAt,
    badAt: found.bad.checkedAt,
    differences: found.differences
  }
  if (evidence === null || lastGood === null) return fromChecks
  const traits = traitsOf(lastGood.traits, evidence.firstBad.traits, found !== undefined)
  const failure: Difference = { name: "Error", good: "none", bad: cause.message, isChanged: true, isFailure: true }
  return {
    goodAt: lastGood.at,
    badAt: evidence.firstBad.at,
    differences: [...(found?.differences ?? [failure]), ...traits].sort((a, b) => rank(a) - rank(b))
  }
}

type Traits = Readonly<Record<string, string>>

/** What nothing answered is not there, which is no change of its own. */
const traitsOf = (good: Traits, bad: Traits, hasChecks: boolean): ReadonlyArray<Difference> => {
  const isSilent = Object.keys(bad).length === 0
  return [...new Set([...Object.keys(good), ...Object.keys(bad)])]
    .filter((name) => !(hasChecks && toldByChecks.has(name)))
    .map((name) => ({
      name: titles[name] ?? name.charAt(0).toUpperCase() + name.slice(1),
      good: good[name] ?? "none",
      bad: bad[name] ?? "none",
      isChanged: !isSilent && good[name] !== bad[name],
      isFailure: false
    }))
}

const rank = ({ isFailure, isChanged }: Difference): number => (isFailure ? 0 : isChanged ? 1 : 2)
