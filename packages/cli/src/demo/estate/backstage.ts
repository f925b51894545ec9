/** What no customer sees: databases, queues, the network of offices and warehouse, partners, and jobs at night. */
import { failing, saying } from "../Failure.ts"
import type { Places } from "../Places.ts"
import type { Watched } from "../Watched.ts"
import { job, page, router, talk } from "./kinds.ts"

const domain = "nordlicht.localhost"

const data = (places: Places): ReadonlyArray<Watched> => {
  const { database, name, password, port, user } = { ...places.database, database: places.database.name }
  const postgres = (key: string, title: string, host: string, query: string, every: number, baseMs: number) => ({
    ...talk(places, {
      key,
      name: title,
      type: "postgres",
      host,
      port: "http",
      tags: ["data"],
      every,
      rhythm: { baseMs, busy: 0.9, night: 2.5 },
      traits: { "server version": name },
      outages: 0.8
    }),
    settings: { host, port, database, user, password, encryption: "disable", query },
    failures: [
      failing("refused", host, port),
      saying("server_busy", "The server takes no more work now: sorry, too many clients already")
    ]
  })
  return [
    postgres("orders-db", "Orders database", `orders-db.${domain}`, "SELECT count(*) FROM pg_stat_activity", 120, 7),
    postgres("reports-db", "Reporting database", `reports-db.${domain}`, "SELECT 1", 300, 6),
    talk(places, {
      key: "old-shop-db",
      name: "Old shop, MySQL",
      type: "mysql",
      host: `legacy-db.${domain}`,
      port: "mysql",
      settings: { user: "watcher", encryption: "disable", query: "SELECT 1" },
      tags: ["data", "legacy"],
      every: 300,
      rhythm: { baseMs: 5, busy: 0.5, night: 3 },
      traits: { "server version": "8.4.6" },
      outages: 1
    }),
    talk(places, {
      key: "cache",
      name: "Session cache",
      type: "redis",
      host: `cache.${domain}`,
      port: "redis",
      tags: ["data", "shop"],
      every: 120,
      rhythm: { baseMs: 0.8, busy: 0.6 },
      failures: [saying("loading", 'The server answered PING with "LOADING Redis is loading the dataset in memory".')],
      outages: 1
    }),
    talk(places, {
      key: "queue",
      name: "Job queue",
      type: "redis",
      host: `queue.${domain}`,
      port: "redis",
      settings: { key: "queue:heartbeat" },
      tags: ["data", "platform"],
      every: 300,
      rhythm: { baseMs: 0.9, busy: 0.6 },
      outages: 0.8
    }),
    talk(places, {
      key: "broker",
      name: "Message broker",
      type: "tcp",
      host: `broker.${domain}`,
      port: "broker",
      tags: ["platform"],
      every: 600,
      rhythm: { baseMs: 0.4, busy: 0.3 }
    }),
    page(places, {
      key: "reports",
      name: "Reports",
      host: `reports.${domain}`,
      tags: ["data", "internal"],
      every: 600,
      slowMs: 2500,
      rhythm: { baseMs: 420, busy: 0.5, night: 3.6, spread: 0.4 },
      outages: 1.2
    }),
    page(places, {
      key: "office",
      name: "Back office",
      host: `office.${domain}`,
      tags: ["internal"],
      every: 600,
      rhythm: { baseMs: 190, busy: 0.8, night: 1.6 },
      outages: 1
    })
  ]
}

const network = (places: Places): ReadonlyArray<Watched> => [
  ...(
    [
      ["router-hamburg", "Router, Hamburg office", "hamburg.offices", 120, 0.5],
      ["router-bremen", "Router, Bremen office", "bremen.offices", 300, 1.6],
      ["warehouse-wifi", "Access point, warehouse", "wifi.warehouse", 300, 2],
      ["vpn", "VPN gateway", "vpn", 300, 0.8]
    ] as const
  ).map(([key, name, host, every, outages]) =>
    router({
      key,
      name,
      host: `${host}.${domain}`,
      every,
      outages,
      tags: ["network", "internal"],
      rhythm: { baseMs: 0.06, busy: 0.4, spread: 0.3 }
    })
  ),
  talk(places, {
    key: "scanners",
    name: "Hand scanners, warehouse",
    type: "udp",
    host: `scanners.${domain}`,
    port: "scanner",
    settings: { payload: "HELLO", expect: "READY", ipVersion: "4" },
    way: "datagram",
    tags: ["warehouse"],
    every: 300,
    rhythm: { baseMs: 3.5, busy: 0.6 },
    failures: [
      {
        ...saying(
          "no_answer",
          `No answer came from scanners.${domain}:${places.ports.scanner} in time: nobody is there, or a datagram was lost.`
        ),
        reached: "nothing",
        isTimeout: true
      }
    ],
    outages: 1.5
  }),
  talk(places, {
    key: "syslog",
    name: "Log collector",
    type: "udp",
    host: `logs.${domain}`,
    port: "syslog",
    settings: { payload: "<14>v-insight: probe", needsAnswer: false, ipVersion: "4" },
    way: "datagram",
    tags: ["platform"],
    every: 600,
    rhythm: { baseMs: 1000, busy: 0, spread: 0.002 },
    outages: 0
  }),
  page(places, {
    key: "warehouse",
    name: "Warehouse portal",
    host: `warehouse.${domain}`,
    tags: ["warehouse", "internal"],
    every: 600,
    rhythm: { baseMs: 230, busy: 0.9 },
    outages: 1.2
  })
]

const partners = (places: Places): ReadonlyArray<Watched> => [
  page(places, {
    key: "payment-gateway",
    name: "Payment gateway",
    host: "pay.hafenbank.localhost",
    path: "/status",
    isJson: true,
    tags: ["payments", "partners"],
    every: 120,
    slowMs: 1500,
    rhythm: { baseMs: 160, busy: 0.5, spread: 0.35 },
    outages: 2
  }),
  page(places, {
    key: "carrier",
    name: "Parcel tracking",
    host: "track.hafenpost.localhost",
    isJson: true,
    tags: ["partners", "warehouse"],
    every: 300,
    slowMs: 900,
    rhythm: { baseMs: 290, busy: 0.7, spread: 0.3 },
    outages: 2
  }),
  page(places, {
    key: "feed",
    name: "Supplier price feed",
    host: "feed.bergzeug.localhost",
    path: "/prices.json",
    isJson: true,
    certificate: "expired",
    tags: ["partners"],
    every: 300,
    rhythm: { baseMs: 350, busy: 0.3 },
    outages: 1
  }),
  talk(places, {
    key: "sftp",
    name: "SFTP for suppliers",
    type: "tcp",
    host: `sftp.${domain}`,
    port: "gone",
    settings: { expect: "SSH-2.0-" },
    tags: ["partners", "legacy"],
    every: 300,
    rhythm: { baseMs: 11, busy: 0.2 },
    outages: 1
  })
]

/** Jobs that call in: what they are late by is the story's. */
const jobs: ReadonlyArray<Watched> = [
  job({
    key: "payroll",
    name: "Payroll export",
    tags: ["finance"],
    every: 600,
    rhythm: { baseMs: 41_000, busy: 0 },
    settings: { cron: "30 2 * * *", timeZone: "Europe/Berlin", graceSeconds: 1800, maxRunSeconds: 1800 }
  }),
  job({
    key: "backup",
    name: "Nightly backup",
    tags: ["data"],
    every: 600,
    rhythm: { baseMs: 1_260_000, busy: 0, spread: 0.1 },
    settings: { cron: "0 3 * * *", timeZone: "Europe/Berlin", graceSeconds: 3600, maxRunSeconds: 3600 }
  }),
  job({
    key: "order-sync",
    name: "Order sync to the warehouse",
    tags: ["warehouse", "shop"],
    every: 300,
    rhythm: { baseMs: 2_400, busy: 0.8 },
    settings: { periodSeconds: 300, graceSeconds: 120 }
  }),
  job({
    key: "newsletter",
    name: "Newsletter queue",
    tags: ["marketing", "mail"],
    every: 600,
    rhythm: { baseMs: 5_200, busy: 0.5 },
    settings: { periodSeconds: 900, graceSeconds: 300 }
  }),
  job({
    key: "invoices",
    name: "Invoice run",
    tags: ["finance", "payments"],
    every: 600,
    rhythm: { baseMs: 18_000, busy: 0.4 },
    settings: { cron: "5 * * * *", timeZone: "Europe/Berlin", graceSeconds: 600 }
  }),
  job({
    key: "stocktaking",
    name: "Stocktaking upload",
    tags: ["warehouse"],
    every: 600,
    rhythm: { baseMs: 9_000, busy: 0 },
    settings: { cron: "0 6 1 * *", timeZone: "Europe/Berlin", graceSeconds: 3600 }
  })
]

export const backstage = (places: Places): ReadonlyArray<Watched> => [
  ...data(places),
  ...network(places),
  ...partners(places),
  ...jobs
]
