/** What becomes of live streams when the process stops. */
import { assert, layer } from "@effect/vitest"
import * as Connections from "@v-insight/database/Connections"
import { LiveRepo } from "@v-insight/database/repo/LiveRepo"
import { TenantSql } from "@v-insight/database/TenantSql"
import { as, Cast } from "@v-insight/database/testing/Cast"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer } from "effect"
import { Announcements } from "./Announcements.ts"
import { LiveFeed } from "./LiveFeed.ts"

const Feed = LiveFeed.layer.pipe(
  Layer.provide([LiveRepo.layer, Announcements.layer]),
  Layer.provide([TenantSql.layer, Connections.Listening.layerSame]),
  Layer.provide(TestDatabase.api),
  Layer.provideMerge(Cast.layer),
  Layer.provideMerge(TestDatabase.layer)
)

layer(Feed, { excludeTestServices: true })("when the process stops", (it) => {
  it.effect("streams end that are open, and those that were still opening", () =>
    Effect.gen(function* () {
      const feed = yield* LiveFeed
      const { alice, mallory } = yield* Cast
      const open = yield* feed.subscribe(undefined).pipe(as(alice))
      yield* feed.end
      assert.isUndefined(yield* open.take("1 minute"))
      // The request came before the stop, its first look at the database is over only now.
      const opening = yield* feed.subscribe(undefined).pipe(as(mallory))
      assert.isUndefined(yield* opening.take("1 minute"))
    }).pipe(Effect.scoped)
  )
})
