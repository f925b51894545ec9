/**
 * What every decision looks at beside the check: the tenant's alert rules and maintenance windows, in memory, so that a
 * bucket knows them at check time without asking anybody. Heard of as they are edited (repo/alerting tells), and looked for
 * every half minute for what was not heard.
 *
 * Parents are not here: whether one is down is known where people are told (the dispatch), not in the child's bucket.
 */
import { PgClient } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { Context, Effect, Layer, Queue, Schedule } from "effect"
import { Changes } from "../Changes.ts"
import { make as makeAlertingRepo } from "./AlertingRepo.ts"
import { nothing, type Watch, type Watched, watchOf } from "./watch.ts"

const againAfter = "1 second"
/** Later than any change: only the clock is asked for. */
const never = "infinity"

export class Alerting extends Context.Service<
  Alerting,
  {
    /**
     * What concerns a monitor now. Synchronous; of a tenant without rules and windows it costs one look into a map, of
     * others the scopes are compared when they or the monitor's tags changed.
     */
    readonly watch: (monitor: Watched) => Watch
    /** Planned work of a tenant, whichever monitors it is about. Synchronous, and makes nothing. */
    readonly windowsOf: (tenantId: string) => Watch["windows"]
  }
>()("@v-insight/worker/alerting/Alerting") {
  static readonly layer = Layer.effect(
    Alerting,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const news = yield* (yield* Changes).ofAlerting
      const repo = makeAlertingRepo(sql)
      const tenants = new Map<string, Tenant>()
      let since = never

      const put = (id: string, watch: Watch | undefined): void => {
        if (watch === undefined) tenants.delete(id)
        else tenants.set(id, { everything: watch, known: new WeakMap() })
      }
      const reload = (id: string) => Effect.map(repo.load(id), (found) => put(id, found.get(id)))
      const begin = Effect.gen(function* () {
        const { now } = yield* repo.changedSince(never)
        for (const [id, watch] of yield* repo.load()) put(id, watch)
        since = now
      })
      const catchUp = Effect.fnUntraced(function* (told: ReadonlySet<string>, isResync: boolean) {
        const { now, tenants: changed } = isResync ? yield* repo.changedSince(since) : { now: since, tenants: [] }
        for (const id of new Set([...told, ...changed])) yield* reload(id)
        since = now
      })

      // A worker that knows no windows would tell people of planned work.
      yield* begin.pipe(Effect.tapError(trouble), Effect.retry(Schedule.spaced(againAfter)), Effect.orDie)
      let missed = new Set<string>()
      let mustLook = true
      yield* Effect.gen(function* () {
        const changes = mustLook ? yield* Queue.clear(news) : yield* Queue.takeAll(news)
        for (const change of changes) if (change._tag === "AlertingChanged") missed.add(change.tenantId)
        const isResync = mustLook || changes.some(({ _tag }) => _tag === "Resync")
        mustLook = yield* catchUp(missed, isResync).pipe(
          Effect.as(false),
          Effect.catchTag("SqlError", (error) =>
            trouble(error).pipe(Effect.andThen(Effect.sleep(againAfter)), Effect.as(true))
          )
        )
        if (!mustLook) missed = new Set()
      }).pipe(Effect.forever, forkEssential)

      return Alerting.of({
        windowsOf: (tenantId) => (tenants.get(tenantId)?.everything ?? nothing).windows,
        watch: (monitor) => {
          const tenant = tenants.get(monitor.tenantId)
          if (tenant === undefined) return nothing
          const known = tenant.known.get(monitor)
          if (known?.tags === monitor.tags) return known.watch
          const watch = watchOf(tenant.everything, monitor)
          tenant.known.set(monitor, { tags: monitor.tags, watch })
          return watch
        }
      })
    })
  )
}

interface Tenant {
  readonly everything: Watch
  /** By monitor, as it was when it was looked at. */
  readonly known: WeakMap<Watched, { readonly tags: Watched["tags"]; readonly watch: Watch }>
}

const trouble = (error: Parameters<typeof describeSqlError>[0]) =>
  Effect.logWarning("Alert rules and maintenance windows could not be read").pipe(
    Effect.annotateLogs({ reason: describeSqlError(error) })
  )
