/** How HTTP reaches its target, and what its answers can be asked: for every kind that speaks it. */
import { Effect, Schema } from "effect"

export const ipVersion = Schema.Literals(["any", "4", "6"])
  .annotate({ title: "IP version", description: "any: whichever of IPv6 and IPv4 the name has and answers." })
  .pipe(Schema.withDecodingDefaultKey(Effect.succeed("any" as const)))

export const familyOf = (version: "any" | "4" | "6"): 4 | 6 | undefined =>
  version === "any" ? undefined : version === "4" ? 4 : 6

/** An address in a URL is of one family, whatever is chosen. */
export const ipVersionProblem = (version: "any" | "4" | "6", urls: ReadonlyArray<string>): Schema.FilterOutput => {
  if (version === "any") return undefined
  const foreign = version === "4" ? /^\[/ : /^\d+\.\d+\.\d+\.\d+$/
  const host = urls.map((url) => URL.parse(url)?.hostname ?? "").find((host) => foreign.test(host))
  return host === undefined || { path: ["ipVersion"], issue: `${host} is no IPv${version} address` }
}

export const httpVersion = Schema.Literals(["1.1", "2"])
  .annotate({ title: "HTTP version", description: "HTTP/2 costs more and is for servers that speak nothing else." })
  .pipe(Schema.withDecodingDefaultKey(Effect.succeed("1.1" as const)))

export const keepBody = Schema.Boolean.annotate({
  title: "Keep the text of bad answers",
  description: "At most 64 KB of it stand with the incident. Switch it off where answers hold personal data."
}).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true)))

export const httpAssertionSources = [
  "status",
  "total_ms",
  "dns_ms",
  "connect_ms",
  "tls_ms",
  "first_byte_ms",
  "transfer_ms",
  "header",
  "body",
  "body_bytes",
  "json",
  "certificate_days",
  "certificate_issuer",
  "certificate_subject",
  "tls_version"
] as const
