/**
 * What TLS connections believe and present: one context for nearly all of them, and one for each set of authorities and
 * identity that a tenant brought along. Building one costs more than a handshake, so they are kept.
 */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto"
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls"
import type { TlsTrust } from "@v-insight/domain/monitor-types/Dialer"
import { Result } from "effect"

/**
 * X25519 first: a key share of 32 bytes instead of 1.2 kB, and one key exchange instead of two, saves about 5 % of a
 * handshake. The post-quantum group stays for servers that insist, the others for older certificates and servers.
 */
const groups = "X25519:X25519MLKEM768:P-256:P-384:P-521:X448"

/** Of tenants' own. One with the usual authorities holds about 1 MB outside the heap. */
const maxKept = 100

/** `detail` quotes OpenSSL; it never holds a key. */
export type TlsContext = SecureContext | { readonly cause: "tls_settings"; readonly detail: string }

export class TlsContexts {
  readonly #authorities: ReadonlyArray<string> | undefined
  readonly #usual: SecureContext
  /** The least recently used first. */
  readonly #kept = new Map<string, SecureContext>()

  /** `authorities` stand in for the usual ones. */
  constructor(authorities?: ReadonlyArray<string>) {
    this.#authorities = authorities
    this.#usual = createSecureContext({ ...ofAuthorities(authorities), ecdhCurve: groups })
  }

  of(trust: TlsTrust): TlsContext {
    if (trust.ca === undefined && trust.identity === undefined) return this.#usual
    const key = hashOf(trust)
    const kept = this.#kept.get(key)
    if (kept !== undefined) {
      this.#kept.delete(key)
      this.#kept.set(key, kept)
      return kept
    }
    const made = this.#make(trust)
    if (Result.isFailure(made)) return { cause: "tls_settings", detail: made.failure }
    if (this.#kept.size >= maxKept) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(key, made.success)
    return made.success
  }

  #make({ ca, identity }: TlsTrust): Result.Result<SecureContext, string> {
    return Result.try({
      try: () => {
        // OpenSSL takes text without a single certificate for an empty list, and then trusts nobody; Node takes an
        // empty key for none.
        if (identity !== undefined) createPrivateKey(identity.key)
        const authorities = ca === undefined ? this.#authorities : certificatesOf(ca)
        return createSecureContext({
          ...ofAuthorities(authorities),
          ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
          ecdhCurve: groups
        })
      },
      catch: (error) => (error as Error).message
    })
  }
}

const ofAuthorities = (authorities: ReadonlyArray<string> | undefined): SecureContextOptions =>
  authorities === undefined ? {} : { ca: [...authorities] }

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** More than a bundle of all the world's authorities has. */
const maxAuthorities = 500

/** Throws for one that cannot be read; without any, too. */
const certificatesOf = (pem: string): ReadonlyArray<string> => {
  const found = (pem.match(pemCertificate) ?? []).slice(0, maxAuthorities)
  if (found.length === 0) return [new X509Certificate(pem).toString()]
  return found.map((one) => new X509Certificate(one).toString())
}

const hashOf = ({ ca, identity }: TlsTrust): string =>
  createHash("sha256")
    .update(JSON.stringify([ca, identity?.certificate, identity?.key]))
    .digest("base64")
