/**
 * Several HTTP requests in order, with values taken from one answer into the next request: a login and what lies behind
 * it. The first step that fails ends the check; time limit and phases are those of all steps together.
 */
import { Clock, Effect, Result, Schema } from "effect"
import type { AssertionVerdict, CheckError, CheckOutcome } from "../model/CheckOutcome.ts"
import { hiding } from "../rules/hide.ts"
import { namesIn } from "../rules/template.ts"
import { presentable } from "../rules/presentable.ts"
import { CheckEvidence } from "./CheckEvidence.ts"
import { CheckProgress, Dialer } from "./Dialer.ts"
import { Effort } from "./Effort.ts"
import { timingsOf } from "./facts.ts"
import { identityFields, identityOf, identityProblem } from "./fields/ClientIdentity.ts"
import { familyOf, httpVersion, ipVersion, ipVersionProblem, keepBody } from "./fields/HttpWay.ts"
import { assertionsProblem, namesProblem, type Step, Steps, Variables } from "./fields/Steps.ts"
import { ca, ignoreTlsErrors, trustOf } from "./fields/Trust.ts"
import { evidenceOf, judgeAnswer, looksIntoBody, shownUrl, traitsOf } from "./httpAnswer.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { addPhases, follow, type Followed, noPhases } from "./redirects.ts"
import { extractAll, fillStep } from "./stepValues.ts"

const Settings = Schema.Struct({
  steps: Steps,
  variables: Schema.optionalKey(
    Schema.NullOr(Variables).annotate({
      title: "Variables",
      description: "Names and values, such as passwords, that steps send as {{name}}. They are never shown again."
    })
  ),
  ignoreTlsErrors,
  ca,
  ...identityFields,
  ipVersion,
  httpVersion,
  keepBody
})
  .check(
    Schema.makeFilter((settings) => namesProblem(settings)),
    Schema.makeFilter((settings) => assertionsProblem(settings)),
    Schema.makeFilter((settings) => identityProblem(settings)),
    Schema.makeFilter(({ ipVersion, steps }) =>
      ipVersionProblem(
        ipVersion,
        steps.map(({ url }) => url)
      )
    )
  )
  .annotate({ identifier: "StepsSettings" })
type Settings = typeof Settings.Type

/** What the steps so far have come to. */
interface Journey {
  /** Of the newest step that has sent something. */
  readonly last: Followed | undefined
  readonly spent: typeof noPhases
  readonly verdicts: ReadonlyArray<AssertionVerdict>
  readonly status: CheckOutcome["status"]
  readonly error: CheckError | null
}

const start: Journey = { last: undefined, spent: noPhases, verdicts: [], status: "up", error: null }

export const steps = define({
  type: "steps",
  label: "HTTP steps",
  description: "Several requests in order, such as a login and what lies behind it.",
  target: ({ steps }) => {
    const { host } = new URL(steps[0]!.url)
    return steps.length === 1 ? host : `${host}, ${steps.length} steps`
  },
  settings: Settings,
  secrets: ["variables", "clientKey"],
  check: Effect.fnUntraced(function* (settings: Settings, limits: CheckLimits) {
    const values = new Map(Object.entries(settings.variables ?? {}))
    const secrets = new Set(values.values())
    let journey = start
    for (const [index, step] of settings.steps.entries()) {
      journey = yield* take(settings, step, values, limits, journey).pipe(
        Effect.map((next) => told(next, journey, `Step ${index + 1} (${step.name}): `))
      )
      // A value that a later step replaces stays one that nobody may see.
      for (const value of values.values()) secrets.add(value)
      if (journey.status === "down" || journey.status === "unknown") break
    }
    const isShown = journey.status !== "up" || (yield* CheckEvidence)
    return yield* (yield* Effort)(() => presentable(outcomeOf(settings, journey, isShown), hiding([...secrets])))
  })
})

/** One step more; puts what it extracts into `values`. */
const take = Effect.fnUntraced(function* (
  settings: Settings,
  step: Step,
  values: Map<string, string>,
  { timeoutMs }: CheckLimits,
  journey: Journey
) {
  const leftMs = timeoutMs - Math.round(journey.spent.totalUs / 1000)
  if (leftMs <= 0) return failed(journey, { code: "timeout", message: "The steps before it took all the time." })
  const request = fillStep(step, values)
  if (Result.isFailure(request)) return failed(journey, request.failure)
  const last = yield* follow(
    yield* Dialer,
    {
      ...request.success,
      tls: { ...trustOf(settings), ...identityOf(settings) },
      family: familyOf(settings.ipVersion),
      httpVersion: settings.httpVersion,
      timeoutMs: leftMs,
      // Absent: all that the dialer keeps.
      keepBytes: looksIntoBody(step.assertions) || takesFromBody(step) ? undefined : keepBytes,
      onPhase: yield* CheckProgress
    },
    step.followRedirects,
    (location) => tells(settings, step, location)
  )
  const spent = addPhases(journey.spent, last)
  const [effort, now] = [yield* Effort, yield* Clock.currentTimeMillis]
  const { error, status, verdicts } = yield* effort(() => judgeAnswer(last, step, now))
  const next: Journey = { last, spent, verdicts, status, error }
  const { response } = last.result
  // Of a bad answer too: what it holds must be known to be hidden.
  const missing = response === undefined ? undefined : yield* extractAll(step.extract, response, values)
  return missing === undefined || status === "down" || status === "unknown" ? next : failed(next, missing)
})

/** A variable in the URL may stand in the redirect in any form; elsewhere it came from an answer that repeated it. */
const tells = ({ variables }: Settings, { url }: Step, { href }: URL): boolean => {
  const secrets = variables ?? {}
  return namesIn(url).some((name) => Object.hasOwn(secrets, name)) || hiding(Object.values(secrets))(href) !== href
}

/** Enough to see that a body's coding is sound, and what is kept as evidence. */
const keepBytes = 64 * 1024

const takesFromBody = ({ extract }: Step): boolean => extract.some(({ from }) => from === "json" || from === "body")

const failed = (journey: Journey, error: CheckError): Journey => ({ ...journey, status: "down", error })

/** Says of which step the newest is, and remembers the first soft failure. */
const told = (next: Journey, before: Journey, prefix: string): Journey => {
  const error = next.error === null ? null : { ...next.error, message: prefix + next.error.message }
  const isSoft = next.status === "up" || next.status === "degraded"
  const isNew = next.last !== before.last
  const verdicts = next.verdicts.map((it) => ({ ...it, assertion: prefix + it.assertion }))
  return {
    ...next,
    verdicts: isNew ? [...before.verdicts, ...verdicts] : before.verdicts,
    error: isSoft ? (before.error ?? error) : error,
    status: isSoft && before.status === "degraded" ? "degraded" : next.status
  }
}

const outcomeOf = (
  settings: Settings,
  { error, last, spent, status, verdicts }: Journey,
  isShown: boolean
): CheckOutcome => {
  const { address, certificate, response, tlsVersion } = last?.result ?? {}
  return {
    status,
    timings: timingsOf(spent),
    httpStatus: response?.status ?? null,
    error,
    certificate: certificate ?? null,
    address: address ?? null,
    attempts: 1,
    detail:
      last === undefined || spent.phases.connect === undefined
        ? null
        : {
            tlsVersion: tlsVersion ?? null,
            redirects: last.redirects.map(shownUrl),
            assertions: verdicts,
            traits: traitsOf(last),
            response: isShown && response !== undefined ? evidenceOf(response, settings.keepBody) : null
          }
  }
}
