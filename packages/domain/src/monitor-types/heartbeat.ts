/** Something that calls us, such as a cron job: down when its call says "failed", or does not come in time. */
import { Clock, Cron, DateTime, Effect, Option, Result, Schema } from "effect"
import type { CheckDetail, CheckError, CheckOutcome, CheckStatus } from "../model/CheckOutcome.ts"
import { noTimings } from "../model/CheckOutcome.ts"
import { dueAfter, type Expectation, judge, longestPauseMs, missedCodes, type Verdict } from "../rules/heartbeat.ts"
import { CheckSubject } from "./CheckSubject.ts"
import { type Heard, Heartbeats, HeartbeatsAway } from "./Heartbeats.ts"
import { type CheckLimits, define } from "./MonitorType.ts"

const day = 86_400
const month = 30 * day

const maxLine = 200

/** The five fields that crontab has; Cron knows a sixth for seconds. */
const isCronLine = (line: string): true | string => {
  if (line.length > maxLine) return true // told by the length
  if (line.trim().split(/\s+/).length !== 5)
    return "Write five fields: minute, hour, day of month, month, day of week, such as 30 2 * * 1-5"
  const cron = Cron.parse(line, "UTC")
  if (Result.isFailure(cron))
    return `This is not a cron line: ${cron.failure.message.replace(/^./, (first) => first.toLowerCase())}`
  // Cron looks 10,000 steps ahead, which is decades: 29 February is found.
  const first = Result.try(() => Cron.next(cron.success, 0))
  return Result.isSuccess(first) || "This never happens: there is no such day in the calendar"
}

const isTimeZone = (name: string): true | string =>
  Option.isSome(DateTime.zoneMakeNamed(name)) || "Write a time zone such as Europe/Berlin or UTC"

const Settings = Schema.Struct({
  periodSeconds: Schema.optionalKey(
    Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 60, maximum: month }))).annotate({
      title: "Period",
      description: "Seconds from one call to the next, 60 to 2592000 (30 days). Give this or a cron line."
    })
  ),
  cron: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(maxLine), Schema.makeFilter(isCronLine))).annotate({
      title: "Cron line",
      description: "When the job runs, as in its crontab: minute, hour, day of month, month, day of week."
    })
  ),
  timeZone: Schema.String.check(Schema.makeFilter(isTimeZone), Schema.isMaxLength(64))
    .annotate({ title: "Time zone", description: "In which the cron line is meant, such as Europe/Berlin." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("UTC"))),
  graceSeconds: Schema.Int.check(Schema.isBetween({ minimum: longestPauseMs / 1000, maximum: month }))
    .annotate({
      title: "Grace time",
      description: "Seconds after a call was due until it is late, 10 to 2592000. Longer than the job takes."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(300))),
  maxRunSeconds: Schema.optionalKey(
    Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: month }))).annotate({
      title: "Longest run",
      description: "Seconds from a start call until the job must have finished. Empty: as long as it likes."
    })
  )
})
  .check(
    Schema.makeFilter(({ cron, periodSeconds }) =>
      (cron == null) !== (periodSeconds == null)
        ? undefined
        : cron == null
          ? { path: ["periodSeconds"], issue: "Say when calls are due: give a period or a cron line" }
          : { path: ["cron"], issue: "Give a period or a cron line, not both" }
    )
  )
  .annotate({ identifier: "HeartbeatSettings" })
type Settings = typeof Settings.Type

export const heartbeat = define({
  type: "heartbeat",
  label: "Heartbeat",
  description: "A cron job or a backup calls in when it is done.",
  target: (settings) =>
    settings.cron == null
      ? `every ${spell(settings.periodSeconds ?? 0).replace(/^1 /, "")}`
      : `${settings.cron} ${settings.timeZone}`,
  settings: Settings,
  secrets: [],
  isConclusive: true,
  check: Effect.fnUntraced(function* (settings: Settings, { timeoutMs }: CheckLimits) {
    const expectation = expectationOf(settings)
    const subject = yield* CheckSubject
    if (subject === undefined) {
      const now = yield* Clock.currentTimeMillis
      const dueAt = dueAfter(expectation.schedule, now, expectation.graceMs)
      const after =
        expectation.schedule.kind === "cron" ? "the next call would be due" : "after a call now, the next would be due"
      return outcome("unknown", {
        code: "heartbeat_awaited",
        message: `Nothing is dialled: the job calls V-Insight. With these settings ${after} at ${tell(settings, dueAt)}, and late after ${tell(settings, dueAt + expectation.graceMs)}.`
      })
    }
    const heartbeats = yield* Heartbeats
    return yield* heartbeats.ofMonitor(subject).pipe(
      Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => Effect.fail(new HeartbeatsAway()) }),
      Effect.map((heard) =>
        heard === undefined
          ? outcome("unknown", awaited)
          : explain(settings, judge(expectation, heard.signals, heard.reception, heard.now), heard.said)
      ),
      Effect.catchTag("HeartbeatsAway", () => Effect.succeed(outcome("unknown", unreadable)))
    )
  })
})

const expectationOf = (settings: Settings): Expectation => ({
  schedule:
    settings.cron == null
      ? { kind: "period", periodMs: (settings.periodSeconds ?? 0) * 1000 }
      : { kind: "cron", cron: cronOf(settings.cron, settings.timeZone) },
  graceMs: settings.graceSeconds * 1000,
  maxRunMs: settings.maxRunSeconds == null ? undefined : settings.maxRunSeconds * 1000
})

/** An hour that comes twice in autumn: jobs of every hour run in both, jobs of a set time in the first only. */
const cronOf = (line: string, timeZone: string): Cron.Cron => {
  const cron = Cron.parseUnsafe(line, timeZone)
  return cron.hours.size === 0 ? Cron.parseUnsafe(line, timeZone, { onDstOverlap: "both" }) : cron
}

const explain = (settings: Settings, verdict: Verdict, said: Heard["said"]): CheckOutcome => {
  switch (verdict.kind) {
    case "on-time":
    case "running":
      return outcome("up", null)
    case "awaited":
      return outcome("unknown", awaited)
    case "unheard":
      return outcome("unknown", {
        code: "heartbeat_unheard",
        message: `The call that was due at ${tell(settings, verdict.dueAt)} may have come while V-Insight itself could not be called. It is known again by ${tell(settings, verdict.untilAt)}.`
      })
    case "late": {
      const since =
        verdict.succeededAt === null ? "since it is watched" : `since ${tell(settings, verdict.succeededAt)}`
      return outcome("down", {
        code: missedCodes.late,
        message: `The job has not reported success ${since}. Its call was due at ${tell(settings, verdict.dueAt)}.`
      })
    }
    case "overrun":
      return outcome("down", {
        code: missedCodes.overrun,
        message: `The job started at ${tell(settings, verdict.startedAt)} and has not finished within ${spell(settings.maxRunSeconds ?? 0)}.`
      })
    case "failed": {
      const message =
        verdict.exitCode === null
          ? `The job reported failure at ${tell(settings, verdict.at)}.`
          : `The job ended with exit code ${verdict.exitCode} at ${tell(settings, verdict.at)}.`
      const failed = outcome("down", { code: "heartbeat_failed", message })
      return said === null ? failed : { ...failed, detail: { ...noDetail, response: { headers: [], ...said } } }
    }
  }
}

const noDetail: CheckDetail = { tlsVersion: null, redirects: [], assertions: [], traits: {}, response: null }

const awaited: CheckError = {
  code: "heartbeat_awaited",
  message: "No call has come yet. Have the job call the monitor's address; it is watched from its first call on."
}
const unreadable: CheckError = {
  code: "heartbeat_unreadable",
  message: "V-Insight could not read what the job has called, so nothing is known of it."
}

const outcome = (status: CheckStatus, error: CheckError | null): CheckOutcome => ({
  status,
  timings: noTimings,
  httpStatus: null,
  error,
  certificate: null,
  address: null,
  attempts: 1,
  detail: null
})

/** `2026-11-21 03:00:00 Europe/Berlin` */
const tell = ({ timeZone }: Settings, at: number): string => {
  const parts = DateTime.toParts(DateTime.makeZonedUnsafe(at, { timeZone }))
  const two = (value: number): string => String(value).padStart(2, "0")
  const date = `${parts.year}-${two(parts.month)}-${two(parts.day)}`
  return `${date} ${two(parts.hour)}:${two(parts.minute)}:${two(parts.second)} ${timeZone}`
}

/** `90 minutes`, in the largest unit that fits without a rest. */
const spell = (seconds: number): string => {
  const units = [
    ["day", day],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1]
  ] as const
  const [name, length] = units.find(([, length]) => seconds % length === 0)!
  const count = seconds / length
  return count === 1 ? `1 ${name}` : `${count} ${name}s`
}
