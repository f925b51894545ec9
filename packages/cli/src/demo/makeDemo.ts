/** One demo: its servers, the database that is filled once, and the jobs that go on calling. */
import { Clock, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import type * as Database from "../Database.ts"
import * as DataDir from "../DataDir.ts"
import { type Job, keepCalling, tokensOf } from "./calls.ts"
import { estate as estateAt } from "./estate/estate.ts"
import { fill } from "./fill.ts"
import { inTenant } from "./logins.ts"
import { leadMonitors, type MonitorIds } from "./monitors.ts"
import type { Places } from "./Places.ts"
import { keep, type Made, recall } from "./Remembered.ts"
import { emptyDatabase, openDatabase, openServers } from "./Stage.ts"
import { tell } from "./story.ts"
import { type Authority, makeAuthority } from "./targets/certificates.ts"
import type { Play } from "./targets/web.ts"
import type { Watched } from "./Watched.ts"

export interface Options {
  readonly folder: string
  readonly days: number
  readonly seed: number
  readonly reset: boolean
}

const dayMs = 86_400_000

/** `fill` makes or finds the demo; `beside` lets its jobs call `api`. */
export const makeDemo = Effect.fn("makeDemo")(function* (options: Options) {
  const { days, folder, reset, seed } = options
  const known = yield* recall(folder)
  const before = known !== undefined && !reset && known.seed === seed && known.days === days ? known : undefined
  let play: Play | undefined
  let jobs: ReadonlyArray<Job> = []

  const start = Effect.fnUntraced(function* (urls: Database.Database, dataDir: DataDir.DataDir) {
    const keys = yield* DataDir.keys(dataDir)
    const madeAt = before?.madeAt ?? (yield* Clock.currentTimeMillis)
    const authority = before?.authority ?? makeAuthority(madeAt)
    const ports = yield* openServers(authority, () => play)
    if (before === undefined) {
      yield* keep(folder, null)
      yield* emptyDatabase(urls, keys)
    }
    const places: Places = { ...shownBy(authority), ports, database: yield* openDatabase(urls, keys) }
    const estate = estateAt(places)
    const telling = { seed, from: madeAt - days * dayMs, now: madeAt }
    const story = tell(estate, telling)
    play = { estate, story }
    const made: Made = {
      ...(before ?? (yield* fill(urls, keys, { estate, places, story, telling }))),
      seed,
      days,
      madeAt,
      authority,
      ports,
      databasePort: places.database.port
    }
    const ids = made.monitors as MonitorIds
    const asOwner = inTenant(urls, keys, made)
    if (before !== undefined) yield* asOwner(leadMonitors(movedFrom(before, places), ids))
    jobs = yield* asOwner(tokensOf(estate, ids))
    yield* keep(folder, made)
  })

  return { fill: start, beside: (api: string) => callingAt(jobs, api) }
})

const callingAt = (jobs: ReadonlyArray<Job>, api: string) =>
  Effect.scoped(
    Effect.flatMap(Layer.build(FetchHttpClient.layer), (client) =>
      Effect.provideContext(keepCalling(jobs, api), client)
    )
  )

const shownBy = ({ ca, shown }: Authority): Pick<Places, "ca" | "certificates"> => ({
  ca,
  certificates: { good: shown.good.facts, soon: shown.soon.facts, expired: shown.expired.facts }
})

/** What stands elsewhere than last time. */
const movedFrom = ({ databasePort, ports }: Made, places: Places): ReadonlyArray<Watched> => {
  const before = estateAt({
    ...places,
    ports: { ...places.ports, ...ports },
    database: { ...places.database, port: databasePort }
  })
  const settings = new Map(before.map((watched) => [watched.key, JSON.stringify(watched.settings)]))
  return estateAt(places).filter((watched) => settings.get(watched.key) !== JSON.stringify(watched.settings))
}
