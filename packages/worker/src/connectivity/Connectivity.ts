/**
 * Our own network, told apart from the targets'. When a check fails as it would if nothing left this machine, somebody
 * else is asked first; when they are silent too, nobody is down: we were blind. So nothing opens while our network or our
 * resolver is away, and what failed before anybody noticed does not either: what would open an incident waits for an
 * answer that is younger than the failure.
 */
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import type { MonitorSpec } from "@v-insight/domain/monitor-types/registry"
import { Clock, Context, Deferred, Effect, FiberSet, Latch, Layer, Option, Random } from "effect"
import { countBlinded } from "../metrics/Metrics.ts"
import { type AddressScope, scopeOf } from "../net/AddressScope.ts"
import { type Door, knock } from "../net/knock.ts"
import { NetEnvironment } from "../net/NetEnvironment.ts"
import { OwnResolver } from "../net/OwnResolver.ts"
import { OperatorAlerts } from "../operator/OperatorAlerts.ts"
import { isOfNames, isOfNetwork, networkGone, portIn, resolverSilent } from "./networkFailure.ts"
import { isOursFor, RecentTargets, type Witness } from "./RecentTargets.ts"
import { type Failure, Sight } from "./Sight.ts"
import { doorsByScope, type WitnessSettings, witnessesNeeded, witnessSettings } from "./Witnesses.ts"

/** A connection that takes longer lost its first packet: then something is wrong with the way. */
const knockMs = 1_000
/** Looks begin at most so often, however many checks fail. */
const lookEveryMs = 1_000
/** No check waits longer to be judged: two looks, of which the first had begun before it failed. */
export const longestJudgementMs = 4_000
/** Blips are counted, and nobody is woken up for them. */
const alertAfterMs = 5_000
/** Without named witnesses: silence of all for so long is told as it is seen. It may be their outage after all. */
const longestGuessMs = 15 * 60_000
/** How old an answer may be for a target to stand as a witness, before the network was last seen. */
const recentMs = 10 * 60_000

type Way = AddressScope | "resolver"

export class Connectivity extends Context.Service<
  Connectivity,
  {
    /** Milliseconds of a counter that nobody sets, for `Failure`. */
    readonly elapsed: () => number
    /**
     * A tenant's target said something, be it good or bad, to a check that began then. When it was said nobody knows
     * exactly: what was under way when our network went may be read after it.
     */
    readonly answered: (tenantId: string, address: string | null, spec: MonitorSpec, began: number) => void
    /** What a failing try of a tenant's is worth: itself, or unknown. Within `longestJudgementMs`. */
    readonly judge: (tenantId: string, outcome: CheckOutcome, failure: Failure) => Effect.Effect<CheckOutcome>
    /** For the health page. */
    readonly state: () => { readonly network: "up" | "gone"; readonly resolver: "up" | "silent" }
  }
>()("@v-insight/worker/connectivity/Connectivity") {
  static readonly layerOf = (settings: WitnessSettings, needed: number) =>
    Layer.effect(Connectivity, make(settings, needed))

  /** Reads VINSIGHT_WITNESSES and VINSIGHT_WITNESSES_NEEDED. */
  static readonly layer = Layer.unwrap(
    Effect.gen(function* () {
      return Connectivity.layerOf(yield* witnessSettings, yield* witnessesNeeded)
    })
  )
}

const make = Effect.fnUntraced(function* (settings: WitnessSettings, needed: number) {
  const environment = yield* NetEnvironment
  const resolver = yield* OwnResolver
  const alerts = yield* OperatorAlerts
  const clock = yield* Clock.Clock
  const random = yield* Random.Random
  const fork = yield* FiberSet.makeRuntime()
  const elapsed = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000

  const named = doorsByScope(settings.kind === "named" ? settings.doors : [])
  const targets = new RecentTargets()
  /** Of the targets: whom the look under way asks, and whom the last one in vain had asked. */
  let asked: ReadonlyArray<Witness> = []
  let silent: ReadonlyArray<Witness> = []
  const sights: Readonly<Record<Way, Sight>> = {
    loopback: new Sight(),
    private: new Sight(),
    public: new Sight(),
    resolver: new Sight()
  }
  const isGuess = (way: Way): boolean => settings.kind === "targets" && way === "public"

  /** Whether at least so many of them open within their time. */
  const open = Effect.fnUntraced(function* (doors: ReadonlyArray<Door>, atLeast: number, isOperators: boolean) {
    let count = 0
    const enough = Latch.makeUnsafe(false)
    const each = (door: Door) =>
      Effect.map(knock(environment, door, { isOperators, timeoutMs: knockMs }), (isOpen) => {
        if (isOpen && ++count >= atLeast) enough.openUnsafe()
      })
    // Several tenants may watch the same.
    const different = new Map(doors.map((door) => [`${door.host} ${door.port}`, door])).values()
    yield* Effect.forEach(different, each, { concurrency: "unbounded", discard: true }).pipe(
      Effect.raceFirst(enough.await)
    )
    return count >= atLeast
  })

  /** Undefined: there is nobody to ask. */
  const witnessesOf = (way: Way): Effect.Effect<boolean> | undefined => {
    if (settings.kind === "off") return undefined
    if (way === "resolver") return resolver.answers
    if (isGuess(way)) {
      const below = (count: number): number => Math.floor(random.nextDoubleUnsafe() * count)
      const doors = targets.pick(sights.public.seenAt - recentMs, below)
      if (doors === undefined) return undefined
      return Effect.suspend(() => {
        asked = doors
        return open(doors, 1, false)
      })
    }
    const doors = named.get(way)
    return doors === undefined ? undefined : open(doors, Math.min(needed, doors.length), true)
  }

  /** One look at a time; who comes meanwhile shares it. */
  const looking = new Map<Way, Deferred.Deferred<void>>()
  const lookedAt = new Map<Way, number>()

  const look = Effect.fnUntraced(function* (way: Way) {
    const sight = sights[way]
    const wantedAt = elapsed()
    const waitMs = (lookedAt.get(way) ?? Number.NEGATIVE_INFINITY) + lookEveryMs - wantedAt
    if (waitMs > 0) yield* Effect.sleep(waitMs)
    // Somebody answered meanwhile.
    if (sight.seenAt >= wantedAt) return
    const began = elapsed()
    lookedAt.set(way, began)
    const isThere = yield* witnessesOf(way) ?? Effect.succeed(true)
    if (isThere) return sight.see(began)
    // Refused at once: targets that answer get the time to say that it was the witnesses who are gone.
    yield* Effect.sleep(Math.max(0, began + knockMs - elapsed()))
    sight.miss(began)
    if (isGuess(way)) silent = asked
    if (sight.isGone && !watched.has(way)) fork(watch(way))
  })

  const share = (way: Way): Effect.Effect<void> =>
    Effect.suspend(() => {
      const known = looking.get(way)
      if (known !== undefined) return Deferred.await(known)
      const done = Deferred.makeUnsafe<void>()
      looking.set(way, done)
      const finish = Effect.sync(() => {
        looking.delete(way)
        Deferred.doneUnsafe(done, Effect.void)
      })
      fork(Effect.ensuring(look(way), finish))
      return Deferred.await(done)
    })

  const watched = new Set<Way>()
  /** From the first look that found nobody until somebody answers. */
  const watch = Effect.fnUntraced(function* (way: Way) {
    const sight = sights[way]
    watched.add(way)
    let isTold = false
    while (sight.isGone) {
      if (!isTold && elapsed() - sight.goneSince! >= alertAfterMs) {
        isTold = true
        alerts.raise(way === "resolver" ? "resolver_silent" : "network_gone", way)
      }
      yield* share(way)
    }
    watched.delete(way)
    if (isTold) alerts.clear(way === "resolver" ? "resolver_silent" : "network_gone", way)
  })

  const isBlind = Effect.fnUntraced(function* (way: Way, tenantId: string, failure: Failure) {
    if (witnessesOf(way) === undefined) return false
    const sight = sights[way]
    let verdict = sight.verdict(failure)
    while (verdict === undefined) {
      yield* share(way)
      verdict = sight.verdict(failure)
    }
    if (verdict === "seen") return false
    if (!isGuess(way)) return true
    return isOursFor(tenantId, silent) && elapsed() - (sight.goneSince ?? elapsed()) < longestGuessMs
  })

  return Connectivity.of({
    elapsed,
    answered: (tenantId, address, spec, began) => {
      if (address === null) return
      const scope = scopeOf(address)
      sights[scope].see(began)
      if (settings.kind !== "targets" || scope !== "public" || !targets.isNews(tenantId, address, began)) return
      const port = portIn(spec)
      if (port !== undefined) targets.answered(tenantId, { host: address, port }, began)
    },
    judge: Effect.fnUntraced(function* (tenantId, outcome, failure) {
      const { address, error } = outcome
      const code = error?.code ?? ""
      if (!isOfNetwork(code)) return outcome
      const isNameless = address === null && isOfNames(code)
      const blinded = yield* Effect.gen(function* () {
        if (yield* isBlind(address === null ? "public" : scopeOf(address), tenantId, failure)) return networkGone
        return isNameless && (yield* isBlind("resolver", tenantId, failure)) ? resolverSilent : undefined
      }).pipe(Effect.timeoutOption(longestJudgementMs), Effect.map(Option.getOrUndefined))
      if (blinded === undefined) return outcome
      countBlinded()
      return blinded
    }),
    state: () => ({
      network: sights.public.isGone || sights.private.isGone || sights.loopback.isGone ? "gone" : "up",
      resolver: sights.resolver.isGone ? "silent" : "up"
    })
  })
})
