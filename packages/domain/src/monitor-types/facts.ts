/** What a connection has cost and shown, as an outcome tells it: the same words for every kind. */
import type { CheckDetail, Timings } from "../model/CheckOutcome.ts"
import type { ConnectionFacts } from "./Conversation.ts"
import type { ExchangeCause } from "./Dialer.ts"

export const timingsOf = ({ phases, totalUs }: Pick<ConnectionFacts, "phases" | "totalUs">): Timings => ({
  dnsUs: phases.dns ?? null,
  connectUs: phases.connect ?? null,
  tlsUs: phases.tls ?? null,
  firstByteUs: phases.first_byte ?? null,
  transferUs: phases.transfer ?? null,
  totalUs
})

/** Something answered, so that there is more to tell than that nothing did. */
export const hasConnected = (phases: ConnectionFacts["phases"], cause: ExchangeCause | undefined): boolean =>
  phases.connect !== undefined && cause !== "timeout_connect"

/** The beginning of a fingerprint tells certificates apart. */
export const tlsTraits = ({
  certificate,
  tlsVersion
}: Pick<ConnectionFacts, "certificate" | "tlsVersion">): CheckDetail["traits"] => ({
  ...(tlsVersion === undefined ? {} : { TLS: tlsVersion }),
  ...(certificate === undefined ? {} : { certificate: certificate.fingerprint256.slice(0, 23) })
})
