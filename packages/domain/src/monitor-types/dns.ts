/** DNS records: a name has records of a type, and those that it should have. */
import { Effect, Schema } from "effect"
import type { CheckError, CheckOutcome } from "../model/CheckOutcome.ts"
import { type ConnectionFacts, DialFailed } from "./Conversation.ts"
import { failed, judged } from "./converse.ts"
import { CheckProgress } from "./Dialer.ts"
import { DnsClient, type DnsAnswer, type DnsCause, dnsRecordTypes } from "./DnsClient.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { askedName, DnsName } from "./fields/DnsName.ts"
import { DnsResolver, resolverOf } from "./fields/DnsResolver.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { Refused } from "./Refused.ts"
import { comparable, isAsExpected } from "./recordText.ts"

const maxExpected = 50

const Settings = Schema.Struct({
  name: DnsName.annotate({ title: "Domain name", description: "The name to ask about, such as example.org." }),
  recordType: Schema.Literals(dnsRecordTypes)
    .annotate({ title: "Record type", description: "Which records of the name to ask for." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("A" as const))),
  resolver: Schema.optionalKey(
    Schema.NullOr(DnsResolver).annotate({
      title: "Resolver",
      description:
        "The server to ask, such as 9.9.9.9 or dns.example.org:5353. Left empty, the one that V-Insight uses."
    })
  ),
  expected: Schema.Array(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(500)))
    .check(Schema.isMaxLength(maxExpected, { message: `At most ${maxExpected} records` }))
    .annotate({
      title: "Expected records",
      description:
        "As in a zone file, in any order: 192.0.2.1, or 10 mail.example.org. Left empty, any record is good enough."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed([]))),
  match: Schema.Literals(["contains", "exactly"])
    .annotate({
      title: "Match",
      description: "contains: every expected record is there. exactly: those and no others."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("contains" as const))),
  assertions: assertionsOf(["record", "dns_ms", "total_ms"])
}).annotate({ identifier: "DnsSettings" })
type Settings = typeof Settings.Type

export const dns = define({
  type: "dns",
  label: "DNS",
  description: "A name has the records that it should have.",
  target: ({ name, recordType }) => `${recordType} ${name}`,
  settings: Settings,
  secrets: [],
  check: Effect.fnUntraced(function* (settings: Settings, { timeoutMs }: CheckLimits) {
    const service = yield* DnsClient
    const onPhase = yield* CheckProgress
    const answer = yield* service.ask({
      name: askedName(settings.name) ?? settings.name,
      recordType: settings.recordType,
      resolver: settings.resolver == null ? undefined : resolverOf(settings.resolver),
      timeoutMs,
      onPhase
    })
    const facts = factsOf(answer)
    if (answer.failure !== undefined) return unanswered(answer.failure, settings, facts)
    const problem = mismatch(settings, answer)
    if (problem !== undefined) return failed(new Refused(problem), settings.name, facts)
    const found = {
      records: answer.records,
      traits: { records: shown(answer.records.map(comparable(settings.recordType))) }
    }
    return yield* judged(found, facts, settings.assertions)
  })
})

const factsOf = ({ address, phases, totalUs }: DnsAnswer): ConnectionFacts => ({
  address,
  certificate: undefined,
  tlsVersion: undefined,
  phases,
  totalUs
})

const mismatch = (
  { expected, match, recordType }: Settings,
  answer: DnsAnswer
): (CheckError & { answer: string }) | undefined =>
  isAsExpected(recordType, { found: answer.records, expected, isExact: match === "exactly" })
    ? undefined
    : {
        code: "unexpected_records",
        message: `The ${recordType} records are ${shown(answer.records)}; expected ${match === "exactly" ? "exactly " : ""}${shown(expected)}.`,
        answer: answer.records.join("\n")
      }

/** For a sentence: characters. */
const maxShown = 300

const shown = (records: ReadonlyArray<string>): string => {
  const text = records.join(", ")
  return text.length > maxShown ? `${text.slice(0, maxShown)}...` : text
}

const unanswered = (
  failure: NonNullable<DnsAnswer["failure"]>,
  settings: Settings,
  facts: ConnectionFacts
): CheckOutcome => {
  const { cause, detail } = failure
  switch (cause) {
    case "blocked":
    case "cancelled":
    case "worker_exhausted":
    case "own_resolver_unreachable":
    case "host_busy":
      return failed(new DialFailed({ cause, detail, facts }), settings.name, facts)
    default:
      return failed(new Refused({ code: codes[cause] ?? cause, message: sentences[cause](settings) }), "", facts)
  }
}

/** Told in the words of all kinds. */
type SharedCause = "blocked" | "cancelled" | "worker_exhausted" | "own_resolver_unreachable" | "host_busy"

const codes: Partial<Record<DnsCause, string>> = {
  timeout: "timeout_dns",
  refused: "refused_by_resolver",
  malformed: "malformed_answer"
}

const askedOf = ({ resolver }: Settings): string => resolver ?? "the resolver"

const sentences: Readonly<Record<Exclude<DnsCause, SharedCause>, (settings: Settings) => string>> = {
  private_name: ({ name }) => `What is known of ${name} belongs to a private network: name a resolver to ask.`,
  resolver_not_found: (settings) => `The resolver ${askedOf(settings)} was not found: its name does not resolve.`,
  resolver_unreachable: (settings) =>
    `${askedOf(settings)} does not answer on its port: nothing listens there, or it hung up.`,
  timeout: (settings) => `${capital(askedOf(settings))} did not answer in time.`,
  nxdomain: ({ name }) => `The name ${name} does not exist (NXDOMAIN).`,
  nodata: ({ name, recordType }) => `The name ${name} has no ${recordType} record.`,
  servfail: (settings) =>
    `${capital(askedOf(settings))} could not find out (SERVFAIL): the zone's servers or its DNSSEC are broken.`,
  refused: (settings) => `${capital(askedOf(settings))} refused to answer (REFUSED).`,
  not_understood: (settings) =>
    `${capital(askedOf(settings))} does not answer questions for ${settings.recordType} records.`,
  malformed: (settings) => `The answer of ${askedOf(settings)} is no valid DNS message.`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
