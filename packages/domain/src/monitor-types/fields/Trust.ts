/** Whom a TLS connection believes: settings that every kind with TLS shares. */
import { Effect, Schema } from "effect"
import type { TlsTrust } from "../Dialer.ts"
import { Host, dialledHost } from "./Host.ts"
import { PemCertificates } from "./Pem.ts"

export const serverName = Schema.optionalKey(
  Schema.NullOr(Host).annotate({
    title: "Server name",
    description: "Asked for and verified in place of the host, when a server is known by another name."
  })
)

export const ca = Schema.optionalKey(
  Schema.NullOr(PemCertificates).annotate({
    title: "Trusted authority",
    description: "Certificates in PEM that are trusted instead of the public authorities."
  })
)

export const ignoreTlsErrors = Schema.Boolean.annotate({
  title: "Ignore certificate errors",
  description: "Accept expired, self-signed and wrong-host certificates."
}).pipe(Schema.withDecodingDefaultKey(Effect.succeed(false)))

export const trustFields = { serverName, ca, ignoreTlsErrors }

export interface Trusting {
  readonly serverName?: string | null
  readonly ca?: string | null
  readonly ignoreTlsErrors?: boolean
}

export const trustOf = ({ ca, ignoreTlsErrors, serverName }: Trusting): TlsTrust => ({
  ignoreErrors: ignoreTlsErrors === true,
  ...(ca == null ? {} : { ca }),
  ...(serverName == null ? {} : { serverName: dialledHost(serverName) ?? serverName })
})
