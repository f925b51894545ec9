/** Fills an empty database: people, channels, rules, monitors, and all that has happened to them. */
import type { Keys } from "@v-insight/database/Keys"
import { Clock, Effect } from "effect"
import { makeAlerts } from "./alerts.ts"
import { heardUntilNow, writeCalls } from "./calls.ts"
import { circumstanceAt } from "./Episode.ts"
import { writeDecisions, writeIncidents } from "./incidents.ts"
import { asApi, asWorker, inTenant, type Urls } from "./logins.ts"
import { writeMessages } from "./messages.ts"
import { makeMonitors, setPace } from "./monitors.ts"
import { makePeople } from "./people.ts"
import type { Places } from "./Places.ts"
import { makeSilences, makeWindows } from "./plans.ts"
import { sinceOf, type Story, type Telling } from "./story.ts"
import type { Watched } from "./Watched.ts"
import { paceBefore, writeHistory } from "./writeHistory.ts"

export interface Scene {
  readonly estate: ReadonlyArray<Watched>
  readonly places: Places
  readonly story: Story
  readonly telling: Telling
}

/** Answers with whose the monitors are, and with their ids by the estate's keys. */
export const fill = Effect.fn("demo.fill")(function* (urls: Urls, keys: Keys["Service"], scene: Scene) {
  const { estate, places, story, telling } = scene
  const began = yield* Clock.currentTimeMillis
  yield* Effect.logInfo(`Making up ${estate.length} monitors and what happened to them`)
  const { context, onCall } = yield* asApi(urls, keys, makePeople(urls.ownerUrl))
  const { tenantId, userId: ownerId } = context
  const asOwner = inTenant(urls, keys, { tenantId, ownerId })

  const isPaused = (key: string) => circumstanceAt(story.get(key) ?? [], telling.now)?.kind === "paused"
  const { alerts, ids } = yield* asOwner(
    Effect.gen(function* () {
      const ids = yield* makeMonitors(estate, ({ key }) => sinceOf(story, key, telling))
      const alerts = yield* makeAlerts(places, ownerId, onCall)
      yield* makeWindows
      yield* makeSilences(ids, alerts.channelIds["Operations room"])
      yield* setPace(
        ids,
        estate.map((watched) => ({
          key: watched.key,
          intervalSeconds: paceBefore(watched),
          paused: isPaused(watched.key)
        }))
      )
      yield* writeCalls(estate, ids, story, telling)
      return { alerts, ids }
    })
  )
  const quicken = asOwner(
    setPace(
      ids,
      estate.map(({ intervalSeconds, key }) => ({ key, intervalSeconds, paused: isPaused(key) }))
    )
  )
  const { checks, incidents } = yield* asWorker(
    urls,
    Effect.gen(function* () {
      const written = yield* writeHistory({ tenantId, estate, ids, story, telling }, quicken)
      const { now, seed } = telling
      yield* writeIncidents(written.incidents, { tenantId, estate, onCall, seed, now })
      yield* writeDecisions(written.decisions, tenantId)
      yield* writeMessages(written.incidents, { tenantId, estate, alerts, seed, now })
      return written
    })
  )
  yield* asOwner(heardUntilNow)
  const seconds = ((yield* Clock.currentTimeMillis) - began) / 1000
  yield* Effect.logInfo(`Made up ${checks} checks and ${incidents.length} incidents in ${seconds.toFixed(1)} s`)
  return { tenantId, ownerId, monitors: ids }
})
