/** What changes in the tenant, as it changes. */
import { SessionRepo } from "@v-insight/database/repo/SessionRepo"
import { Api } from "@v-insight/domain/api/Api"
import { Unavailable } from "@v-insight/domain/api/Failures"
import { TenantContext } from "@v-insight/domain/model/TenantContext"
import { Context, Effect, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { LiveFeed } from "../live/LiveFeed.ts"
import * as sse from "../live/sse.ts"
import type { Subscriber } from "../live/Subscriber.ts"

const heartbeatEvery = "15 seconds"
/** Each costs a socket, some kilobytes, and a look at its session with every event. */
const maxConnections = 5_000
/** One workspace must not take the places of all others. */
export const maxConnectionsPerTenant = 200

export const StreamLive = HttpApiBuilder.group(
  Api,
  "stream",
  Effect.fnUntraced(function* (handlers) {
    const feed = yield* LiveFeed
    const sessions = yield* SessionRepo

    /** A session that ended hears no more. */
    const next = Effect.fnUntraced(function* (subscriber: Subscriber) {
      const changes = yield* subscriber.take(heartbeatEvery)
      if (changes === undefined || !(yield* sessions.isActive)) return undefined
      if (changes.length === 0) return [sse.heartbeat]
      return changes.map(({ data, event, version }) => sse.event(event, data, String(Math.round(version))))
    })

    return handlers.handle(
      "events",
      Effect.fnUntraced(function* ({ headers }) {
        const context = yield* Effect.context<TenantContext>()
        const { tenantId } = Context.get(context, TenantContext)
        if (feed.connectionsOf(tenantId) >= maxConnectionsPerTenant) return yield* tooManyOfTenant
        if (feed.connections() >= maxConnections) return yield* tooMany
        const since = sinceOf(headers["last-event-id"])
        const events = Effect.map(feed.subscribe(since), (subscriber) =>
          Stream.unfold(undefined, () =>
            Effect.map(next(subscriber), (bytes) => (bytes === undefined ? undefined : ([bytes, undefined] as const)))
          ).pipe(Stream.flattenIterable)
        ).pipe(Stream.unwrap)
        return Stream.concat(Stream.succeed(sse.opening), events).pipe(
          Stream.provideContext(Context.pick(TenantContext)(context))
        )
      })
    )
  })
)

const tooMany = new Unavailable({ message: "Too many live connections right now. Try again in a moment." })
const tooManyOfTenant = new Unavailable({
  message: "This workspace has too many live connections. Close some of its pages."
})

/** Ids are ours: epoch microseconds. Any other is as good as none. */
const sinceOf = (lastEventId: string | undefined): number | undefined =>
  lastEventId !== undefined && /^\d{1,16}$/.test(lastEventId) ? Number(lastEventId) : undefined
