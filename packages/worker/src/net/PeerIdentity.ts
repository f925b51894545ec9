/**
 * Who answered the TLS handshake, and whether it is who we asked for. Judged here and not by Node, which builds a
 * legacy object of the whole chain for its own judgement (0.15 CPU-ms a check) and could not describe a bad one.
 */
import type { X509Certificate } from "node:crypto"
import { isIP } from "node:net"
import type { DetailedPeerCertificate, TLSSocket } from "node:tls"
import type { Certificate } from "@v-insight/domain/model/CheckOutcome"
import type { ExchangeCause } from "@v-insight/domain/monitor-types/Dialer"
import { DateTime } from "effect"

export interface PeerIdentity {
  readonly certificate: Certificate
  readonly problem: { readonly cause: ExchangeCause; readonly detail: string } | undefined
}

/** Call before the handshake: spares the legacy object. The socket must not verify by itself. */
export const withoutLegacyCertificate = (socket: TLSSocket): void => {
  socket.getPeerCertificate = () => noLegacyCertificate
}

const noLegacyCertificate = {} as DetailedPeerCertificate

/** Call once, when the handshake is done: in Node 24 a second look finds the chain emptied. */
export const peerIdentity = (socket: TLSSocket, host: string): PeerIdentity | undefined => {
  const peer = socket.getPeerX509Certificate()
  if (peer === undefined) return undefined
  return { certificate: describe(peer), problem: problemOf(socket, peer, host) }
}

const problemOf = (socket: TLSSocket, peer: X509Certificate, host: string): PeerIdentity["problem"] => {
  if (!socket.authorized) {
    const code = String(socket.authorizationError)
    return { cause: causes[code] ?? "tls_untrusted", detail: code }
  }
  // Names as browsers match them: subject alternative names only.
  const name =
    isIP(host) === 0 ? peer.checkHost(host, { subject: "never", partialWildcards: false }) : peer.checkIP(host)
  return name === undefined ? { cause: "tls_host", detail: "none of its names matches" } : undefined
}

const causes: Readonly<Record<string, ExchangeCause>> = {
  CERT_HAS_EXPIRED: "tls_expired",
  CERT_NOT_YET_VALID: "tls_not_yet_valid"
}

/** Taking a certificate apart costs more than comparing it, and targets show the same one for weeks. */
const known = new Map<string, Certificate>()
const maxKnown = 10_000

const describe = (peer: X509Certificate): Certificate => {
  const fingerprint256 = peer.fingerprint256
  let certificate = known.get(fingerprint256)
  if (certificate === undefined) {
    certificate = {
      subject: oneLine(peer.subject),
      issuer: oneLine(peer.issuer),
      validFrom: timestamp(peer.validFromDate),
      validTo: timestamp(peer.validToDate),
      fingerprint256
    }
    if (known.size >= maxKnown) known.clear()
    known.set(fingerprint256, certificate)
  }
  return certificate
}

/** A certificate may claim anything of any length; this much is shown. */
const maxNameLength = 500

/** `C=NL\nCN=example.org` becomes `C=NL, CN=example.org`. An empty name is absent in Node. */
const oneLine = (name: string | undefined): string =>
  (name ?? "").slice(0, maxNameLength).replaceAll("\n", ", ").replace(/\p{C}/gu, "\u{fffd}")

/** Instants that a certificate may state and PostgreSQL can keep: years 1 to 9999, epoch milliseconds. */
const earliest = -62_135_596_800_000
const latest = 253_402_300_799_000

const timestamp = (date: Date): string => {
  const time = date.getTime()
  return DateTime.formatIso(
    DateTime.makeUnsafe(Number.isNaN(time) ? earliest : Math.min(latest, Math.max(earliest, time)))
  )
}
