/** What a socket's error means for a check: a cause out of the closed set, and the code for those who look closer. */
import type { ExchangeCause, Phase } from "@v-insight/domain/monitor-types/Dialer"

export interface SocketFault {
  readonly cause: ExchangeCause
  readonly detail: string
}

/** The worker itself has run out of something: says nothing about the target. */
const exhausted = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"])

export const socketFault = (error: NodeJS.ErrnoException, phase: Phase, address: string): SocketFault => {
  const detail = error.code ?? error.message
  const fault = (cause: ExchangeCause): SocketFault => ({ cause, detail })
  // No free local port. For IPv6 the same code says that this machine has no address of that family.
  if (exhausted.has(detail) || (detail === "EADDRNOTAVAIL" && !address.includes(":"))) return fault("worker_exhausted")
  if (detail === "ECONNREFUSED") return fault("refused")
  if (detail === "EPROTO" || detail.startsWith("ERR_SSL")) {
    if (detail.includes("NO_APPLICATION_PROTOCOL")) return fault("http2_only")
    // In TLS 1.3 a server asks for our certificate, and misses it, after the handshake.
    const isAfterHandshake = phase !== "tls" && /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE/.test(detail)
    return fault(isAfterHandshake ? "tls_client_certificate" : "tls_protocol")
  }
  // A reset may overtake the news that the connection was made.
  if (phase === "connect") return fault(detail === "ECONNRESET" ? "reset" : "unreachable")
  return fault(phase === "tls" ? "tls_protocol" : "reset")
}
