/** Monitors of every kind in few words: what differs is said, the rest is as people leave it. */
import { failing, type Failure, saying, status } from "../Failure.ts"
import { type CertificateName, closedPorts, type Places, type PortName } from "../Places.ts"
import type { Rhythm } from "../Rhythm.ts"
import type { Watched } from "../Watched.ts"

interface Common {
  readonly key: string
  readonly name: string
  readonly tags: ReadonlyArray<string>
  /** Seconds between checks. */
  readonly every: number
  readonly rhythm: Rhythm
  readonly outages?: number
}

export interface Page extends Common {
  readonly host: string
  readonly path?: string
  readonly isJson?: boolean
  readonly certificate?: CertificateName
  /** Slower than this is degraded, milliseconds. */
  readonly slowMs?: number
}

export const pageTypes = { html: "text/html; charset=utf-8", json: "application/json" } as const
/** The server's name in every answer. */
export const webServer = "nginx/1.28.0"

const tlsTraits = (places: Places, name: CertificateName) => ({
  TLS: "TLSv1.3",
  certificate: places.certificates[name].fingerprint256.slice(0, 23)
})

export const webFailures = (host: string, port: number): ReadonlyArray<Failure> => [
  status(502),
  status(503),
  status(504),
  status(500),
  failing("timeout_first_byte", host, port),
  failing("refused", host, port)
]

const commonOf = ({ every, key, name, outages = 0.6, rhythm, tags }: Common) => ({
  key,
  name,
  tags,
  intervalSeconds: every,
  rhythm,
  outages
})

const assertSlow = (slowMs: number | undefined) =>
  slowMs === undefined
    ? {}
    : { assertions: [{ source: "total_ms", operator: "less_than", expected: slowMs, severity: "degraded" }] }

export const page = (places: Places, it: Page): Watched => {
  const { certificate = "good", host, isJson = false, path = "/", slowMs } = it
  const port = places.ports.https
  return {
    ...commonOf(it),
    type: "http",
    settings: { url: `https://${host}:${port}${path}`, ca: places.ca, ...assertSlow(slowMs) },
    way: "https",
    httpStatus: 200,
    traits: {
      status: "200",
      server: webServer,
      "content-type": isJson ? pageTypes.json : pageTypes.html,
      body: isJson ? "under 100 bytes" : "under 10 kB",
      ...tlsTraits(places, certificate)
    },
    certificateEndsAt: places.certificates[certificate].endsAt,
    failures: webFailures(host, port)
  }
}

export interface Journey extends Common {
  readonly host: string
  readonly steps: ReadonlyArray<{
    readonly name: string
    readonly method?: string
    readonly path: string
    readonly body?: string
  }>
  readonly variables?: Readonly<Record<string, string>>
}

/** The first step gives a token that the others send. */
export const journey = (places: Places, it: Journey): Watched => {
  const port = places.ports.https
  const origin = `https://${it.host}:${port}`
  return {
    ...commonOf(it),
    type: "steps",
    settings: {
      ca: places.ca,
      ...(it.variables === undefined ? {} : { variables: it.variables }),
      steps: it.steps.map(({ body, method = "GET", name, path }, index) => ({
        name,
        method,
        url: `${origin}${path}`,
        ...(index === 0
          ? { extract: [{ name: "token", from: "json", property: "$.token" }] }
          : { headers: { authorization: "Bearer {{token}}" } }),
        ...(body === undefined ? {} : { body })
      }))
    },
    way: "https",
    httpStatus: 200,
    traits: {
      status: "200",
      server: webServer,
      "content-type": pageTypes.json,
      body: "under 100 bytes",
      ...tlsTraits(places, "good")
    },
    certificateEndsAt: places.certificates.good.endsAt,
    failures: webFailures(it.host, port).map((failure, index) => {
      const step = it.steps[index % it.steps.length]!
      const place = `Step ${(index % it.steps.length) + 1} (${step.name}): `
      return { ...failure, error: { ...failure.error, message: place + failure.error.message } }
    })
  }
}

export const certificate = (
  places: Places,
  it: Common & { readonly host: string; readonly shows?: CertificateName }
): Watched => {
  const { host, shows = "good" } = it
  const port = places.ports.https
  const facts = places.certificates[shows]
  return {
    ...commonOf(it),
    type: "tls",
    settings: { host, port, ca: places.ca },
    way: "tls",
    traits: { ...tlsTraits(places, shows), issuer: facts.issuer },
    certificateEndsAt: facts.endsAt,
    failures: [failing("timeout_connect", host, port), failing("refused", host, port)]
  }
}

export const router = (it: Common & { readonly host: string }): Watched => ({
  ...commonOf(it),
  type: "ping",
  settings: { host: it.host, ipVersion: "4" },
  way: "ping",
  traits: {},
  failures: [{ ...saying("no_answer", "No echo request was answered in time."), reached: "nothing", isTimeout: true }]
})

interface Talk extends Common {
  readonly host: string
  readonly port: PortName | keyof typeof closedPorts
  readonly type: Watched["type"]
  readonly settings?: Watched["settings"]
  readonly traits?: Watched["traits"]
  readonly way?: Watched["way"]
  readonly failures?: ReadonlyArray<Failure>
}

/** Anything that is dialled by host and port. */
export const talk = (places: Places, it: Talk): Watched => {
  const port = { ...places.ports, ...closedPorts }[it.port]
  return {
    ...commonOf(it),
    type: it.type,
    settings: { host: it.host, port, ...it.settings },
    way: it.way ?? "tcp",
    traits: it.traits ?? {},
    failures: [failing("refused", it.host, port), failing("timeout_connect", it.host, port), ...(it.failures ?? [])]
  }
}

export const record = (
  places: Places,
  it: Common & { readonly host: string; readonly recordType: string; readonly expected: ReadonlyArray<string> }
): Watched => ({
  ...commonOf(it),
  type: "dns",
  settings: {
    name: it.host,
    recordType: it.recordType,
    resolver: `127.0.0.1:${places.ports.dns}`,
    expected: it.expected
  },
  way: "datagram",
  traits: { records: it.expected.join(", ") },
  failures: [
    saying(
      "servfail",
      `127.0.0.1:${places.ports.dns} could not find out (SERVFAIL): the zone's servers or its DNSSEC are broken.`
    ),
    {
      ...saying("timeout_dns", `127.0.0.1:${places.ports.dns} did not answer in time.`),
      reached: "nothing",
      isTimeout: true
    }
  ]
})

export const job = (
  it: Common & { readonly settings: Watched["settings"]; readonly failures?: ReadonlyArray<Failure> }
): Watched => ({
  ...commonOf(it),
  type: "heartbeat",
  settings: it.settings,
  way: "job",
  traits: {},
  outages: it.outages ?? 0,
  failures: it.failures ?? []
})
