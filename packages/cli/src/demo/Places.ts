/** Where the demo's own servers listen on this machine, and what they show. */

/** Of the certificates that servers show. */
export interface CertificateFacts {
  readonly subject: string
  readonly issuer: string
  /** Epoch milliseconds. */
  readonly endsAt: number
  /** SHA-256 in hexadecimal with colons. */
  readonly fingerprint256: string
}

export type CertificateName = "good" | "soon" | "expired"

export interface Places {
  readonly ports: Readonly<Record<PortName, number>>
  /** PEM of the authority that signed all certificates. */
  readonly ca: string
  readonly certificates: Readonly<Record<CertificateName, CertificateFacts>>
  /** A database of the embedded PostgreSQL, and a role that may read it. */
  readonly database: { readonly port: number; readonly name: string; readonly user: string; readonly password: string }
}

/** Each with the port that is tried first, so that addresses stay the same from start to start. */
export const wantedPorts = {
  http: 18080,
  https: 18443,
  ssh: 18022,
  broker: 18672,
  redis: 18379,
  smtp: 18025,
  mysql: 18306,
  websocket: 18090,
  grpc: 18051,
  dns: 18053,
  scanner: 18700,
  syslog: 18514
} as const
export type PortName = keyof typeof wantedPorts

/** Nobody listens there: what is watched has gone, or must not be reached. */
export const closedPorts = { gone: 18021, hidden: 18020 } as const
