/**
 * Certificates that expire. Each threshold (so many days before) is told once per certificate: the first one raises, the
 * others tell again of the same incident. A certificate that has expired is always told of, whatever the thresholds, and
 * also when the monitor cannot connect any more because of it. Another certificate ends it; if that one is near its end
 * too, it is raised with the next check.
 */
import { DateTime } from "effect"
import type { AlertCondition } from "../model/AlertRule.ts"
import type { Observation, RuleTurn } from "./alerts.ts"
import { turnOf } from "./degradedAlert.ts"

export interface ExpiryMemory {
  readonly trigger: "ssl_expiry"
  readonly isRaised: boolean
  /**
   * The newest of them last. More than one, because servers behind one name may show different ones by turns: what was told
   * of one stays told.
   */
  readonly seen: ReadonlyArray<SeenCertificate>
}

interface SeenCertificate {
  readonly fingerprint: string
  /** Epoch milliseconds. */
  readonly validTo: number
  /** The least threshold that people were told of, days; null: none. */
  readonly told: number | null
}

const mostSeen = 5
const dayMs = 86_400_000

export const judgeExpiry = (
  { daysBefore }: Extract<AlertCondition, { readonly trigger: "ssl_expiry" }>,
  before: ExpiryMemory | undefined,
  { certificate, maintenance }: Observation,
  at: number
): { readonly memory: ExpiryMemory | undefined; readonly turn: RuleTurn | undefined } => {
  const last = before?.seen.at(-1)
  const isOther = certificate !== null && certificate.fingerprint256 !== last?.fingerprint
  const current = isOther ? recognised(certificate, before) : last
  if (current === undefined) return { memory: undefined, turn: undefined }
  const others = (before?.seen ?? []).filter(({ fingerprint }) => fingerprint !== current.fingerprint)
  const remembering = (isRaised: boolean, newest: SeenCertificate): ExpiryMemory => ({
    trigger: "ssl_expiry",
    isRaised,
    seen: [...others.slice(1 - mostSeen), newest]
  })
  const isRaised = before?.isRaised ?? false
  if (isOther && isRaised) {
    const message = `Another certificate is shown, valid until ${day(current)}.`
    return { memory: remembering(false, current), turn: turnOf("ended", "certificate_expiry", message) }
  }
  const left = current.validTo - at
  const reached = Math.min(...daysBefore.filter((days) => left <= days * dayMs), left <= 0 ? 0 : Infinity)
  const isNews = Number.isFinite(reached) && (current.told === null || reached < current.told)
  if (!isNews || maintenance !== null) {
    return { memory: isOther || before === undefined ? remembering(isRaised, current) : before, turn: undefined }
  }
  return {
    memory: remembering(true, { ...current, told: reached }),
    turn: turnOf(isRaised ? "raised-again" : "raised", codeOf(left), sentence(left, current))
  }
}

const recognised = (
  { fingerprint256, validTo }: NonNullable<Observation["certificate"]>,
  before: ExpiryMemory | undefined
): SeenCertificate =>
  before?.seen.find(({ fingerprint }) => fingerprint === fingerprint256) ?? {
    fingerprint: fingerprint256,
    validTo: DateTime.toEpochMillis(DateTime.makeUnsafe(validTo)),
    told: null
  }

const codeOf = (left: number): string => (left <= 0 ? "certificate_expired" : "certificate_expires_soon")

const sentence = (left: number, certificate: SeenCertificate): string => {
  if (left <= 0) return `The certificate expired on ${day(certificate)}: renew it.`
  const days = Math.floor(left / dayMs)
  const span = days === 0 ? "less than a day" : days === 1 ? "1 day" : `${days} days`
  return `The certificate expires in ${span}, on ${day(certificate)}: renew it.`
}

const day = ({ validTo }: SeenCertificate): string => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(validTo))
