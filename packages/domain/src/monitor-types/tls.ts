/**
 * A certificate: of a trusted chain, for this host, valid now and for long enough. What is wrong with it is told by the
 * handshake; how long it still lasts, who signed it and how old the protocol is are judged here.
 */
import { Clock, DateTime, Effect, Schema } from "effect"
import type { Certificate, CheckError } from "../model/CheckOutcome.ts"
import { converse } from "./converse.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { Host, hostAndPort } from "./fields/Host.ts"
import { familyOf, ipVersion } from "./fields/HttpWay.ts"
import { Port } from "./fields/Port.ts"
import { ca, serverName, trustOf } from "./fields/Trust.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { quoted, Refused } from "./Refused.ts"
import { startTls, startTlsProtocols } from "./startTls.ts"

const Days = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: 3650 }, { message: "A number of days from 0 to 3650" })
)

const Settings = Schema.Struct({
  host: Host.annotate({ title: "Host", description: "A name or an IP address; the certificate must be for it." }),
  port: Port.annotate({ title: "Port", description: "443 is HTTPS." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(443))
  ),
  security: Schema.Literals(["tls", ...startTlsProtocols])
    .annotate({
      title: "Encryption begins",
      description: "With the first byte (tls), or with STARTTLS in the words of the protocol that is spoken there."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("tls" as const))),
  warnDays: Days.annotate({
    title: "Degraded below",
    description: "Days that the certificate must still last for the monitor to be up."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(14))),
  minimumDays: Days.annotate({
    title: "Down below",
    description: "Days that the certificate must still last for the monitor not to be down. 0: once it has expired."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  issuer: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isMaxLength(200))).annotate({
      title: "Issuer",
      description: "What the issuer's name must contain, in any case, such as Let's Encrypt."
    })
  ),
  minimumVersion: Schema.Literals(["TLSv1.2", "TLSv1.3"])
    .annotate({ title: "Oldest TLS", description: "Down when an older version is agreed on. Below 1.2 none is." })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("TLSv1.2" as const))),
  serverName,
  ca,
  ipVersion,
  assertions: assertionsOf([
    "certificate_days",
    "certificate_issuer",
    "certificate_subject",
    "tls_version",
    "total_ms",
    "dns_ms",
    "connect_ms",
    "tls_ms"
  ])
}).annotate({ identifier: "TlsSettings" })
type Settings = typeof Settings.Type

export const tls = define({
  type: "tls",
  label: "TLS certificate",
  description: "A certificate is trusted, for the right host, and does not expire soon.",
  target: ({ host, port }) => hostAndPort(host, port),
  settings: Settings,
  secrets: [],
  check: (settings: Settings, limits: CheckLimits) => {
    const { assertions, host, port, security } = settings
    const trust = trustOf(settings)
    return converse(
      { host, port, family: familyOf(settings.ipVersion), assertions, tls: security === "tls" ? trust : undefined },
      limits,
      Effect.fnUntraced(function* (conversation) {
        if (security !== "tls") yield* startTls(conversation, security, trust)
        const { certificate, tlsVersion } = conversation.facts()
        if (settings.minimumVersion === "TLSv1.3" && tlsVersion !== "TLSv1.3") {
          return yield* new Refused({
            code: "tls_version",
            message: `The server agreed on ${tlsVersion ?? "an unknown version of TLS"}, expected TLSv1.3.`
          })
        }
        if (certificate === undefined) {
          return yield* new Refused({ code: "tls_no_certificate", message: "The server showed no certificate." })
        }
        return yield* judgeCertificate(certificate, settings)
      })
    )
  }
})

const dayMs = 86_400_000

const judgeCertificate = Effect.fnUntraced(function* (certificate: Certificate, settings: Settings) {
  const { issuer, minimumDays, warnDays } = settings
  if (issuer != null && !certificate.issuer.toLowerCase().includes(issuer.toLowerCase())) {
    return yield* new Refused({
      code: "unexpected_issuer",
      message: `The certificate is signed by "${quoted(certificate.issuer)}", expected "${quoted(issuer)}".`
    })
  }
  const now = yield* Clock.currentTimeMillis
  const days = Math.floor((DateTime.toEpochMillis(DateTime.makeUnsafe(certificate.validTo)) - now) / dayMs)
  const error: CheckError = {
    code: "certificate_expires_soon",
    message: `The certificate expires in ${days === 1 ? "1 day" : `${days} days`}, on ${certificate.validTo.slice(0, 10)}: renew it.`
  }
  if (days < minimumDays) return yield* new Refused(error)
  return { traits: { issuer: certificate.issuer }, warning: days < warnDays ? error : undefined }
})
