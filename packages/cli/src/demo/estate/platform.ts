/** What the shop stands on: interfaces between programs, certificates, mail, names, and how people get in. */
import { saying } from "../Failure.ts"
import type { Places } from "../Places.ts"
import type { Watched } from "../Watched.ts"
import { certificate, journey, page, record, talk } from "./kinds.ts"

const domain = "nordlicht.localhost"

const interfaces = (places: Places): ReadonlyArray<Watched> => [
  page(places, {
    key: "api",
    name: "Public API",
    host: `api.${domain}`,
    path: "/v2/ping",
    isJson: true,
    tags: ["platform", "public"],
    every: 60,
    rhythm: { baseMs: 22, busy: 0.8 },
    outages: 1.2
  }),
  page(places, {
    key: "orders",
    name: "Orders API",
    host: `api.${domain}`,
    path: "/v2/orders/health",
    isJson: true,
    tags: ["platform", "payments"],
    every: 300,
    rhythm: { baseMs: 48, busy: 0.9 },
    outages: 1
  }),
  page(places, {
    key: "stock",
    name: "Stock API",
    host: `api.${domain}`,
    path: "/v2/stock/health",
    isJson: true,
    tags: ["platform", "warehouse"],
    every: 600,
    rhythm: { baseMs: 64, busy: 0.6, night: 2.2 }
  }),
  journey(places, {
    key: "token",
    name: "API token round trip",
    host: `api.${domain}`,
    tags: ["platform"],
    every: 600,
    steps: [
      { name: "Ask for a token", method: "POST", path: "/oauth/token", body: "grant_type=client_credentials" },
      { name: "Use it", path: "/v2/me" }
    ],
    rhythm: { baseMs: 120, busy: 0.5 },
    outages: 0.6
  }),
  talk(places, {
    key: "pricing",
    name: "Pricing service",
    type: "grpc",
    host: `pricing.${domain}`,
    port: "grpc",
    settings: { security: "none", service: "nordlicht.pricing.v1.Pricing" },
    tags: ["platform", "payments"],
    every: 300,
    rhythm: { baseMs: 6, busy: 0.4 },
    traits: { health: "SERVING" },
    failures: [saying("not_serving", 'The service "nordlicht.pricing.v1.Pricing" says that it is not serving.')],
    outages: 1
  }),
  talk(places, {
    key: "recommendations",
    name: "Recommendations",
    type: "grpc",
    host: `recommend.${domain}`,
    port: "grpc",
    settings: { security: "none" },
    tags: ["platform"],
    every: 600,
    rhythm: { baseMs: 14, busy: 0.5 },
    traits: { health: "SERVING" },
    failures: [saying("not_serving", "The server says that it is not serving.")],
    outages: 0.8
  }),
  talk(places, {
    key: "ticker",
    name: "Stock ticker",
    type: "websocket",
    host: `ticker.${domain}`,
    port: "websocket",
    settings: { url: `ws://ticker.${domain}:${places.ports.websocket}/stock` },
    tags: ["warehouse"],
    every: 600,
    rhythm: { baseMs: 7, busy: 0.3 }
  }),
  page(places, {
    key: "status-page",
    name: "Status page",
    host: `status.${domain}`,
    tags: ["public"],
    every: 600,
    rhythm: { baseMs: 40, busy: 0.2 },
    certificate: "soon",
    outages: 0
  })
]

const certificates = (places: Places): ReadonlyArray<Watched> =>
  (
    [
      ["shop", "Certificate of the shop", "good", "shop"],
      ["api", "Certificate of the API", "good", "platform"],
      ["checkout", "Certificate of the checkout", "good", "payments"],
      ["status", "Certificate of the status page", "soon", "platform"]
    ] as const
  ).map(([host, name, shows, tag]) =>
    certificate(places, {
      key: `certificate-${host}`,
      name,
      host: `${host}.${domain}`,
      shows,
      tags: ["certificates", tag],
      every: 600,
      rhythm: { baseMs: 3, busy: 0.3 },
      outages: 0
    })
  )

const mailAndNames = (places: Places): ReadonlyArray<Watched> => [
  talk(places, {
    key: "mail-out",
    name: "Mail relay",
    type: "smtp",
    host: `mail.${domain}`,
    port: "smtp",
    settings: { sender: "probe@nordlicht.example", recipient: "postmaster@nordlicht.example" },
    tags: ["mail"],
    every: 600,
    rhythm: { baseMs: 18, busy: 0.5 },
    traits: { extensions: "8BITMIME PIPELINING SIZE" },
    failures: [
      saying("unexpected_reply", 'The server answered EHLO with "421 4.3.2 Too many connections, try again later".')
    ],
    outages: 1.4
  }),
  talk(places, {
    key: "mail-in",
    name: "Incoming mail",
    type: "smtp",
    host: `mx1.${domain}`,
    port: "smtp",
    tags: ["mail"],
    every: 600,
    rhythm: { baseMs: 14, busy: 0.4 },
    traits: { extensions: "8BITMIME PIPELINING SIZE" }
  }),
  record(places, {
    key: "dns-shop",
    name: "Address of the shop",
    host: "shop.nordlicht.example",
    recordType: "A",
    expected: ["192.0.2.40"],
    tags: ["dns", "shop"],
    every: 600,
    rhythm: { baseMs: 2.2, busy: 0.4 },
    outages: 0.6
  }),
  record(places, {
    key: "dns-mx",
    name: "Mail exchangers",
    host: "nordlicht.example",
    recordType: "MX",
    expected: ["10 mx1.nordlicht.example", "20 mx2.nordlicht.example"],
    tags: ["dns", "mail"],
    every: 600,
    rhythm: { baseMs: 2.4, busy: 0.4 },
    outages: 0.4
  }),
  record(places, {
    key: "dns-spf",
    name: "SPF record",
    host: "nordlicht.example",
    recordType: "TXT",
    expected: ['"v=spf1 mx -all"'],
    tags: ["dns", "mail"],
    every: 600,
    rhythm: { baseMs: 2.4, busy: 0.4 },
    outages: 0
  })
]

const waysIn = (places: Places): ReadonlyArray<Watched> => [
  talk(places, {
    key: "bastion",
    name: "Bastion, SSH",
    type: "tcp",
    host: `bastion.${domain}`,
    port: "ssh",
    settings: { expect: "SSH-2.0-" },
    tags: ["platform", "internal"],
    every: 600,
    rhythm: { baseMs: 8, busy: 0.1 }
  }),
  {
    ...talk(places, {
      key: "admin-hidden",
      name: "Admin console is not public",
      type: "tcp",
      host: `admin.${domain}`,
      port: "hidden",
      tags: ["security"],
      every: 600,
      rhythm: { baseMs: 0.3, busy: 0 },
      outages: 0
    }),
    inverted: true
  }
]

export const platform = (places: Places): ReadonlyArray<Watched> => [
  ...interfaces(places),
  ...certificates(places),
  ...mailAndNames(places),
  ...waysIn(places)
]
