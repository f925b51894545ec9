/**
 * What happened to everything in the past 90 days, and what is the matter now: outages that are told one by one because
 * they belong together, and others that just happen. The same seed and the same end tell the same story.
 */
import { between, chanceOf, oneOf } from "./chance.ts"
import type { Circumstance, Episode } from "./Episode.ts"
import { failing, type Failure, saying, status } from "./Failure.ts"
import { trafficAt } from "./Rhythm.ts"
import { lateAfter } from "./schedule.ts"
import type { Watched } from "./Watched.ts"

export interface Telling {
  readonly seed: number
  /** Epoch milliseconds. */
  readonly from: number
  /** When it is told; what lasts then goes on. */
  readonly now: number
}

export type Story = ReadonlyMap<string, ReadonlyArray<Episode>>

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Outages of one thing are at least so far apart. */
const apartMs = 3 * hourMs
/** So long ago the newest monitor was made. */
export const newMs = 2.3 * dayMs

interface Plot {
  readonly key: string
  readonly episode: Episode
}

/** When a monitor was made. */
export const sinceOf = (story: Story, key: string, { from }: Telling): number =>
  (story.get(key) ?? []).find((episode) => episode.circumstance.kind === "awaited")?.from ?? from

export const tell = (estate: ReadonlyArray<Watched>, telling: Telling): Story => {
  const plots = [...scripted(estate, telling), ...maintenance(telling)]
  const everybody = unseen(telling)
  return new Map(
    estate.map((watched) => {
      const own = plots.filter(({ key }) => key === watched.key).map(({ episode }) => episode)
      const all = [...own, ...everybody, ...happenings(watched, own, telling)]
      return [watched.key, all.filter(({ to }) => to > telling.from).sort((a, b) => a.from - b.from)]
    })
  )
}

const lasting = (key: string, from: number, ms: number, circumstance: Circumstance): Plot => ({
  key,
  episode: { from, to: from + ms, circumstance }
})

/** What the estate calls one outage in 90 days. */
const usual = 0.7

/** Of one thing alone, at times when people change things, and now and then at any. */
const happenings = (watched: Watched, taken: ReadonlyArray<Episode>, telling: Telling): ReadonlyArray<Episode> => {
  const { failures, key, outages } = watched
  const [first, ...others] = failures
  if (first === undefined || outages === 0) return []
  const chance = chanceOf(`${telling.seed} ${key} happenings`)
  const count = Math.round((outages * usual * (telling.now - telling.from)) / (90 * dayMs) + chance() - 0.5)
  const found: Array<Episode> = []
  for (let turn = 0; found.length < count && turn < count * 20; turn++) {
    const from = between(chance, telling.from, telling.now - 2 * hourMs)
    // Changes are made by day: nights are kept for one in three.
    const isLikely = chance() < 0.3 + 0.7 * trafficAt(from)
    const to = from + outageMs(chance)
    const failure = oneOf(chance, [first, ...others])
    const isFree = [...taken, ...found].every((other) => to + apartMs < other.from || from - apartMs > other.to)
    if (!isLikely || !isFree || to > telling.now) continue
    found.push({ from, to, circumstance: { kind: "down", failure } })
  }
  return found
}

/** Most are over in minutes, few take hours. */
const outageMs = (chance: () => number): number =>
  chance() < 0.35
    ? between(chance, 1.5, 6) * minuteMs
    : Math.exp(between(chance, Math.log(6), Math.log(150))) * minuteMs

/** The midnight (UTC) so many days before now, and the time of the day after it. */
const clock =
  (now: number) =>
  (daysAgo: number, hour: number, minute = 0): number =>
    Math.floor(now / dayMs) * dayMs - daysAgo * dayMs + hour * hourMs + minute * minuteMs

const scripted = (estate: ReadonlyArray<Watched>, { now, seed }: Telling): ReadonlyArray<Plot> => {
  const at = clock(now)
  const chance = chanceOf(`${seed} script`)
  const withTag = (tag: string) => estate.filter(({ tags }) => tags.includes(tag)).map(({ key }) => key)
  const failureOf = (key: string, code: string): Failure => {
    const known = estate.find((watched) => watched.key === key)?.failures ?? []
    return known.find(({ error }) => error.code === code) ?? known[0] ?? saying(code, "It did not answer.")
  }
  const down = (key: string, from: number, minutes: number, failure: Failure) =>
    lasting(key, from, minutes * minuteMs, { kind: "down", failure })
  const slow = (key: string, from: number, minutes: number, factor: number) =>
    lasting(key, from, minutes * minuteMs, { kind: "slow", factor })
  /** Its call after one at `calledAt` came, but so many minutes late. */
  const lateJob = (key: string, calledAt: number, minutes: number) =>
    estate
      .filter((watched) => watched.key === key)
      .map((watched) => {
        const { error, from } = lateAfter(watched, calledAt)
        return down(key, from, minutes, saying(error.code, error.message))
      })
  const forever = now * 2

  return [
    // What is the matter now.
    {
      key: "images",
      episode: {
        from: now - 43 * minuteMs,
        to: forever,
        circumstance: { kind: "down", failure: status(503, "no live upstreams") }
      }
    },
    {
      key: "feed",
      episode: {
        from: now - 26 * hourMs,
        to: forever,
        circumstance: { kind: "down", failure: failing("tls_expired", "feed.bergzeug.localhost") }
      }
    },
    {
      key: "sftp",
      episode: {
        from: at(3, 7, 12),
        to: forever,
        circumstance: { kind: "down", failure: failureOf("sftp", "connection_refused") }
      }
    },
    { key: "carrier", episode: { from: now - 5.3 * hourMs, to: forever, circumstance: { kind: "slow", factor: 3.1 } } },
    { key: "blog", episode: { from: at(12, 8, 40), to: forever, circumstance: { kind: "paused" } } },
    // Set up the day before yesterday; its job runs on the first of the month.
    { key: "stocktaking", episode: { from: 0, to: now - newMs, circumstance: { kind: "paused" } } },
    { key: "stocktaking", episode: { from: now - newMs, to: forever, circumstance: { kind: "awaited" } } },
    ...flapping(now, seed),

    // 9 days ago the orders database failed over, and all that needs it for a while.
    down("orders-db", at(9, 13, 21), 4, failureOf("orders-db", "connection_refused")),
    down("orders", at(9, 13, 21), 9, status(503, "database is starting up")),
    down("checkout", at(9, 13, 22), 8, status(500)),
    down("basket", at(9, 13, 21), 11, failureOf("basket", "unexpected_status")),
    slow("shop-front", at(9, 13, 20), 25, 4),
    slow("api", at(9, 13, 20), 15, 3),

    // 24 days ago a certificate was missed: it ran out in the night, and somebody came in the morning.
    ...["shop", "api", "checkout"].map((host) =>
      down(`certificate-${host}`, at(24, 0, 0), 7 * 60 + 48, failing("tls_expired", `${host}.nordlicht.localhost`))
    ),
    ...["shop-front", "shop-product", "checkout", "api", "orders", "stock"].map((key) =>
      down(key, at(24, 0, 0), 7 * 60 + 46 + between(chance, 0, 4), failing("tls_expired", "nordlicht.localhost"))
    ),

    ...["shop", "api", "checkout"].map((host) => ({
      key: `certificate-${host}`,
      episode: { from: 0, to: at(24, 0), circumstance: { kind: "certificate" as const, endsAt: at(24, 0) } }
    })),

    // 38 days ago the line of the data centre was cut.
    ...[...withTag("data"), ...withTag("mail")].map((key) =>
      down(key, at(38, 4, 46), 31 + between(chance, 0, 5), failing("timeout_connect", "nordlicht.localhost"))
    ),

    // A provider's bad day, and the slow one after a release.
    slow("search", at(2, 8, 50), 7 * 60 + 25, 3.6),
    slow("payment-gateway", at(16, 9), 9 * 60, 5),
    down("payment-gateway", at(16, 11, 14), 22, status(504)),
    slow("office", at(31, 7), 30 * 60, 2.6),
    slow("shop-front", at(52, 9), 26 * 60, 2.2),

    // Jobs that were late or failed.
    ...lateJob("payroll", at(6, 0), 96),
    down("backup", at(19, 3, 1), 14 * 60, saying("heartbeat_failed", "The job ended with exit code 1.")),
    ...lateJob("order-sync", at(33, 15, 3), 47),
    down("backup", at(61, 3, 2), 23 * 60, saying("heartbeat_failed", "The job ended with exit code 28.")),

    ...releases(estate, now, seed)
  ]
}

/** New versions of the shop go out on weekdays: some answers fail while they start. */
const releases = (estate: ReadonlyArray<Watched>, now: number, seed: number): ReadonlyArray<Plot> => {
  const chance = chanceOf(`${seed} releases`)
  const at = clock(now)
  const pages = estate.filter(({ tags, way }) => way === "https" && tags.includes("shop")).map(({ key }) => key)
  return Array.from({ length: 90 }, (_, day) => day + 1).flatMap((day) => {
    const key = oneOf(chance, [pages[0] ?? "", ...pages.slice(1)])
    const from = at(day, 9 + Math.floor(chance() * 6), Math.floor(chance() * 60))
    const isBad = chance() < 0.12
    const happens = chance() < 0.5
    if (!happens) return []
    const begins = lasting(key, from, 4 * minuteMs, { kind: "slow", factor: 2.5 })
    return isBad
      ? [begins, lasting(key, from + minuteMs, 2.5 * minuteMs, { kind: "down", failure: status(502) })]
      : [begins]
  })
}

/** A service that falls over and gets up again: seldom at first, every 20 minutes by now. */
const flapping = (now: number, seed: number): ReadonlyArray<Plot> => {
  const chance = chanceOf(`${seed} flapping`)
  const circumstance: Circumstance = { kind: "down", failure: status(502) }
  const past = Array.from({ length: 9 }, (_, index) =>
    lasting(
      "suggestions",
      now - (34 - 3.6 * index - between(chance, 0, 2.4)) * hourMs,
      between(chance, 2, 5) * minuteMs,
      circumstance
    )
  )
  const day = Array.from({ length: 72 }, (_, index) =>
    lasting("suggestions", now + (4 + 20 * index) * minuteMs, 3 * minuteMs, circumstance)
  )
  return [...past, ...day]
}

/** Every other Sunday night the databases are worked on. */
const maintenance = ({ from, now }: Telling): ReadonlyArray<Plot> => {
  const sundays = Array.from(
    { length: Math.ceil((now - from) / dayMs) + 1 },
    (_, day) => Math.floor(from / dayMs) + day
  ).filter((day) => (day + 4) % 14 === 0)
  return sundays.flatMap((day) =>
    ["orders-db", "reports-db", "old-shop-db", "reports", "orders"].map((key) =>
      lasting(key, day * dayMs + 2 * hourMs, 70 * minuteMs, { kind: "maintenance" })
    )
  )
}

/** Updates of V-Insight itself take a minute or two; twice it was away for longer. */
const unseen = ({ now }: Telling): ReadonlyArray<Episode> => {
  const at = clock(now)
  return (
    [
      [7, 3, 10, 74],
      [20, 10, 5, 3],
      [41, 21, 30, 5.5 * 60],
      [48, 10, 2, 4],
      [76, 9, 55, 3]
    ] as const
  ).map(([days, hour, minute, minutes]) => {
    const from = at(days, hour, minute)
    return { from, to: from + minutes * minuteMs, circumstance: { kind: "unseen" } }
  })
}
