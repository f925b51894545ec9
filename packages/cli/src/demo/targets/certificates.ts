/**
 * An authority of the demo's own and the certificates that its servers show: one that is fine, one that ends soon, one
 * that has ended. X.509 version 3 by hand (RFC 5280), because Node reads certificates but makes none.
 */
import { rfc3339 } from "@v-insight/database/repo/instant"
import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto"
import type { CertificateFacts, CertificateName } from "../Places.ts"
import * as Der from "./der.ts"

export interface Shown {
  /** PEM. */
  readonly certificate: string
  readonly facts: CertificateFacts
}

export interface Authority {
  readonly ca: string
  /** PEM, of all certificates. */
  readonly key: string
  readonly shown: Readonly<Record<CertificateName, Shown>>
}

const dayMs = 86_400_000
/** As long as public authorities sign at a time. */
const lastsDays = 90
const endsAfterDays: Readonly<Record<CertificateName, number>> = { good: 66.3, soon: 9.4, expired: -26 / 24 }
const authorityName = "Nordlicht Demo Authority"

/** Names that servers are called by; a star stands for one label. */
const names: Readonly<Record<CertificateName, ReadonlyArray<string>>> = {
  good: [
    "nordlicht.localhost",
    "*.nordlicht.localhost",
    "*.hafenbank.localhost",
    "*.hafenpost.localhost",
    "*.alster.localhost",
    "*.deich-cafe.localhost"
  ],
  soon: ["status.nordlicht.localhost"],
  expired: ["feed.bergzeug.localhost"]
}

export const makeAuthority = (now: number): Authority => {
  const root = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const issuer = { name: authorityName, key: root.privateKey }
  const ca = certificate({
    subject: authorityName,
    key: root.publicKey,
    issuer,
    from: now - 400 * dayMs,
    to: now + 3000 * dayMs,
    extensions: [extension("2.5.29.19", true, Der.sequence(Der.yes))]
  })
  const show = (name: CertificateName): Shown => {
    const to = now + endsAfterDays[name] * dayMs
    const [subject = ""] = names[name]
    const der = certificate({
      subject,
      key: server.publicKey,
      issuer,
      from: to - lastsDays * dayMs,
      to,
      extensions: [
        extension("2.5.29.17", false, Der.sequence(...names[name].map((dns) => Der.tagged(0x82, Buffer.from(dns)))))
      ]
    })
    // To the second, as it stands there.
    const endsAt = Math.floor(to / 1000) * 1000
    const fingerprint256 = new X509Certificate(der).fingerprint256
    return { certificate: pem(der), facts: { subject, issuer: authorityName, endsAt, fingerprint256 } }
  }
  return {
    ca: pem(ca),
    key: server.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    shown: { good: show("good"), soon: show("soon"), expired: show("expired") }
  }
}

interface Request {
  readonly subject: string
  readonly key: KeyObject
  readonly issuer: { readonly name: string; readonly key: KeyObject }
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
  readonly extensions: ReadonlyArray<Buffer>
}

const ecdsaWithSha256 = Der.sequence(Der.object("1.2.840.10045.4.3.2"))
const commonName = Der.object("2.5.4.3")

const nameOf = (name: string): Buffer => Der.sequence(Der.set(Der.sequence(commonName, Der.text(name))))

const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
  Der.sequence(Der.object(id), ...(isCritical ? [Der.yes] : []), Der.octets(value))

const certificate = ({ extensions, from, issuer, key, subject, to }: Request): Buffer => {
  const body = Der.sequence(
    Der.tagged(0xa0, Der.integer(Buffer.of(2))),
    Der.integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(issuer.name),
    Der.sequence(Der.time(rfc3339(from)), Der.time(rfc3339(to))),
    nameOf(subject),
    key.export({ format: "der", type: "spki" }),
    Der.tagged(0xa3, Der.sequence(...extensions))
  )
  return Der.sequence(body, ecdsaWithSha256, Der.bits(sign("sha256", body, issuer.key)))
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`
