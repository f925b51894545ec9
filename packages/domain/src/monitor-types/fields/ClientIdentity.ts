/** A certificate of our own for servers that ask for one (mutual TLS). */
import { Schema } from "effect"
import type { TlsTrust } from "../Dialer.ts"
import { PemCertificates, PemKey } from "./Pem.ts"

export const identityFields = {
  clientCertificate: Schema.optionalKey(
    Schema.NullOr(PemCertificates).annotate({
      title: "Client certificate",
      description: "In PEM, with its intermediate certificates; shown to the server when it asks."
    })
  ),
  clientKey: Schema.optionalKey(
    Schema.NullOr(PemKey).annotate({
      title: "Client key",
      description: "The private key of the client certificate, in PEM and without a passphrase."
    })
  )
}

interface Identity {
  readonly clientCertificate?: string | null
  readonly clientKey?: string | null
}

export const identityOf = ({ clientCertificate, clientKey }: Identity): Pick<TlsTrust, "identity"> =>
  clientCertificate == null || clientKey == null ? {} : { identity: { certificate: clientCertificate, key: clientKey } }

/** One without the other is of no use. */
export const identityProblem = ({ clientCertificate, clientKey }: Identity): Schema.FilterOutput => {
  if (clientCertificate != null && clientKey == null) {
    return { path: ["clientKey"], issue: "Add the private key of the client certificate" }
  }
  if (clientKey != null && clientCertificate == null) {
    return { path: ["clientCertificate"], issue: "Add the certificate of the client key" }
  }
  return undefined
}
