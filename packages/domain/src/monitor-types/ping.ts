/** Echo requests: a host answers, with few of them lost. */
import { Effect, Schema } from "effect"
import type { AssertionVerdict, CheckError, CheckOutcome } from "../model/CheckOutcome.ts"
import { type ConnectionFacts, DialFailed } from "./Conversation.ts"
import { failed, judged } from "./converse.ts"
import { CheckProgress } from "./Dialer.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { dialledHost, Host } from "./fields/Host.ts"
import { familyOf, ipVersion } from "./fields/HttpWay.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { type PingAnswer, type PingCause, Pinger } from "./Pinger.ts"
import { Refused } from "./Refused.ts"

const maxPackets = 5
/** What fits into one Ethernet frame with the headers of IP and ICMP (1,500 - 28). */
const maxSizeBytes = 1_472

const Percent = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }, { message: "From 1 to 100" }))

const Settings = Schema.Struct({
  host: Host.annotate({ title: "Host", description: "A name or an IP address." }),
  packets: Schema.Int.check(
    Schema.isBetween({ minimum: 1, maximum: maxPackets }, { message: `From 1 to ${maxPackets}` })
  )
    .annotate({ title: "Packets", description: "How many are sent in each check." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(3))),
  sizeBytes: Schema.Int.check(
    Schema.isBetween({ minimum: 16, maximum: maxSizeBytes }, { message: `From 16 to ${maxSizeBytes}` })
  )
    .annotate({ title: "Size", description: "Bytes of data in a packet." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(56))),
  ipVersion,
  degradedLoss: Percent.annotate({
    title: "Degraded from",
    description: "Percent of the packets lost from which the monitor is degraded."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(50))),
  downLoss: Percent.annotate({
    title: "Down from",
    description: "Percent of the packets lost from which the monitor is down."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(100))),
  assertions: assertionsOf(["total_ms", "dns_ms", "first_byte_ms"])
}).annotate({ identifier: "PingSettings" })
type Settings = typeof Settings.Type

export const ping = define({
  type: "ping",
  label: "Ping",
  description: "A host answers echo requests, with few of them lost.",
  target: ({ host }) => host,
  settings: Settings,
  secrets: [],
  check: Effect.fnUntraced(function* (settings: Settings, { timeoutMs }: CheckLimits) {
    const { assertions, host, packets, sizeBytes } = settings
    const pinger = yield* Pinger
    const onPhase = yield* CheckProgress
    const answer = yield* pinger.ping({
      host: dialledHost(host) ?? host,
      packets,
      sizeBytes,
      family: familyOf(settings.ipVersion),
      timeoutMs,
      onPhase
    })
    const facts = factsOf(answer)
    if (answer.failure !== undefined) return unanswered(answer.failure, host, facts)
    const { error, verdict } = lossOf(settings, answer.roundTripsUs.length)
    if (verdict.severity === "down" && error !== null) {
      return withVerdict(failed(new Refused(error), host, facts), verdict)
    }
    return withVerdict(yield* judged(error === null ? {} : { warning: error }, facts, assertions), verdict)
  })
})

/** The time of one answer is what counts, not how long we took to send all packets: the mean of those that came. */
const factsOf = ({ address, dnsUs, elapsedUs, roundTripsUs }: PingAnswer): ConnectionFacts => {
  const meanUs =
    roundTripsUs.length === 0
      ? undefined
      : Math.round(roundTripsUs.reduce((sum, it) => sum + it, 0) / roundTripsUs.length)
  return {
    address,
    certificate: undefined,
    tlsVersion: undefined,
    phases: {
      ...(dnsUs === undefined ? {} : { dns: dnsUs }),
      ...(meanUs === undefined ? {} : { first_byte: meanUs })
    },
    totalUs: meanUs === undefined ? elapsedUs : (dnsUs ?? 0) + meanUs
  }
}

const lossOf = (
  { degradedLoss, downLoss, packets }: Settings,
  received: number
): { readonly verdict: AssertionVerdict; readonly error: CheckError | null } => {
  const lost = packets - received
  const percent = (lost / packets) * 100
  const actual = `${Math.round(percent)} % (${lost} of ${packets})`
  const error = {
    code: lost === packets ? "no_answer" : "packets_lost",
    message: lost === packets ? "No echo request was answered in time." : `${lost} of ${packets} packets were lost.`
  }
  const isDown = percent >= downLoss
  const limit = isDown || downLoss <= degradedLoss ? downLoss : degradedLoss
  const severity = limit === downLoss ? "down" : "degraded"
  const isMet = percent < limit
  return {
    verdict: { assertion: `packet loss is less than ${limit} %`, actual, isMet, severity },
    error: isMet ? null : error
  }
}

const withVerdict = (outcome: CheckOutcome, verdict: AssertionVerdict): CheckOutcome =>
  outcome.detail === null
    ? outcome
    : { ...outcome, detail: { ...outcome.detail, assertions: [verdict, ...outcome.detail.assertions] } }

const unanswered = (
  { cause, detail }: NonNullable<PingAnswer["failure"]>,
  host: string,
  facts: ConnectionFacts
): CheckOutcome => {
  if (cause !== "ping_missing" && cause !== "ping_not_permitted" && cause !== "ping_broken") {
    return failed(new DialFailed({ cause, detail, facts }), host, facts)
  }
  // It says nothing about the target that we could not look.
  return { ...failed(new Refused({ code: cause, message: sentences[cause] }), host, facts), status: "unknown" }
}

const sentences: Readonly<Record<Extract<PingCause, `ping_${string}`>, string>> = {
  ping_missing:
    "This machine has no program to send echo requests with, so nothing was sent. Install fping where the worker runs, for example with: apt install fping",
  ping_not_permitted:
    'This machine does not let the worker send echo requests, so nothing was sent. Allow it with: setcap cap_net_raw+ep $(which fping), or the sysctl net.ipv4.ping_group_range="0 2147483647"',
  ping_broken:
    "The program that sends echo requests does not work here, or not even this machine answers it, so the target was not looked at."
}
