/** Why something could not be reached or understood, in codes and sentences, for checks of every kind and for channels. */
import type { CheckError } from "../model/CheckOutcome.ts"
import type { ExchangeCause } from "./Dialer.ts"

/**
 * The cause of a failure as a code of a closed set and a sentence; `message` is what was seen exactly, `host` what was
 * dialled, as people know it; `port` where it is known.
 */
export const explain = (
  { cause, message = "" }: { readonly cause: ExchangeCause; readonly message?: string },
  host: string,
  port?: number
): CheckError => ({
  code: codes[cause] ?? cause,
  message: closer(cause, message, host) ?? causes[cause](host, port)
})

/** The port that a URL leads to, said or not. */
export const portOf = ({ port, protocol }: URL): number =>
  port === "" ? (protocol === "https:" || protocol === "wss:" ? 443 : 80) : Number(port)

/** What the same cause may mean, where what was seen tells. */
const closer = (cause: ExchangeCause, message: string, host: string): string | undefined => {
  if (cause === "dns" && otherFamily.test(message)) return `${host} has ${message}.`
  return cause === "tls_untrusted" && Object.hasOwn(untrusted, message) ? untrusted[message] : undefined
}

/** The name resolves, but not to what the monitor asks for (worker/net/Locate). */
const otherFamily = /^no IPv[46] address$/

const incomplete =
  "The certificate is not signed by a trusted authority, or the server leaves out the certificates in between. If the authority is your own, give its certificate as trusted authority."

/** Names that OpenSSL has for its verdicts. */
const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "The certificate is signed by itself, not by a trusted authority. If it is your own, give it as trusted authority.",
  SELF_SIGNED_CERT_IN_CHAIN:
    "The certificate is signed by an authority that is not public. If it is your own, give its certificate as trusted authority.",
  UNABLE_TO_GET_ISSUER_CERT: incomplete,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: incomplete,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: incomplete
}

/** It failed for reasons of our own, which must not count against the target. */
export const isBlind = (cause: ExchangeCause): boolean =>
  cause === "worker_exhausted" || cause === "own_resolver_unreachable" || cause === "cancelled" || cause === "host_busy"

/** Must name every way of failing. */
const causes: Readonly<Record<ExchangeCause, (host: string, port?: number) => string>> = {
  timeout_dns: (host) => `The name ${host} was not resolved in time.`,
  timeout_connect: (host) => `${host} did not accept the connection in time.`,
  timeout_tls: () => "The TLS handshake did not finish in time.",
  timeout_first_byte: () => "The connection was made, but no answer came in time.",
  timeout_transfer: () => "The answer began, but did not end in time.",
  invalid_request: () => "The request cannot be sent: a header or the method is not valid.",
  blocked: () => "This address is not allowed as a target here.",
  own_resolver_unreachable: () =>
    "V-Insight's own resolver cannot be reached, so the target was not looked at. Mend the DNS of the worker.",
  dns: (host) => `The name ${host} does not resolve.`,
  refused: (host, port) =>
    `${host} refused the connection: nothing listens on ${port === undefined ? "that port" : `port ${port}`}.`,
  unreachable: (host) => `${host} cannot be reached over the network.`,
  reset: () => "The server closed the connection before it answered.",
  tls_expired: () => "The certificate has expired.",
  tls_not_yet_valid: () => "The certificate is not valid yet.",
  tls_host: (host) => `The certificate is not for ${host}.`,
  tls_untrusted: () => "The certificate is not signed by a trusted authority.",
  tls_protocol: () => "The TLS handshake failed.",
  tls_client_certificate: () => "The server asks for a client certificate.",
  tls_settings: () =>
    "The authority, certificate or key in the settings cannot be used: check that each is PEM and that they belong together.",
  http2_only: () => "The server speaks HTTP/2 only: choose HTTP/2 in the settings.",
  http1_only: () => "The server does not speak HTTP/2: choose HTTP/1.1 in the settings.",
  not_http: () => "The answer is not HTTP.",
  bad_header: () => "The answer has a malformed header.",
  headers_too_large: () => "The answer's headers are too large.",
  bad_framing: () => "The answer's length is stated in a contradictory way.",
  bad_chunk: () => "The answer's chunked encoding is malformed.",
  unexpected_upgrade: () => "The server switched protocols without being asked.",
  empty: () => "The server closed the connection without an answer.",
  closed_early: () => "The server closed the connection in the middle of the answer.",
  bad_encoding: () => "The answer's content encoding cannot be decoded.",
  worker_exhausted: () => "V-Insight itself had no connection to spare, so the target was not looked at.",
  cancelled: () => "The check was cancelled.",
  host_busy: () => "Too many checks of this address are under way, so the target was not looked at.",
  too_much: () => "The answer is larger than what V-Insight reads."
}

const codes: Partial<Record<ExchangeCause, string>> = {
  dns: "dns_failed",
  refused: "connection_refused",
  reset: "connection_reset"
}
