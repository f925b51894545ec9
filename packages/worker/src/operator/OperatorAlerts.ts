/**
 * What the people who run V-Insight must hear of, because their users are told nothing meanwhile: times in which we are
 * blind. Each trouble begins and ends once, whoever notices it: a line in the log with a key that stays the same, a
 * metric, the health page, and, once per deployment, the operator's webhook (OperatorWebhook.ts).
 */
import { Clock, Context, Effect, FiberSet, Latch, Layer } from "effect"
import { setBlind } from "../metrics/Metrics.ts"

export type AlertKey = "network_gone" | "resolver_silent" | "database_away" | "worker_stalled"

export const sentences: Readonly<Record<AlertKey, string>> = {
  network_gone:
    "The worker's own network is away: none of its witnesses answers. What fails meanwhile is unknown, nobody is told. Mend the network of the worker, or name other witnesses.",
  resolver_silent:
    "The worker's own resolver does not answer. What fails meanwhile is unknown, nobody is told. Mend the DNS of the worker.",
  database_away: "The database does not answer the worker, so nothing is checked. Start it, or mend the way to it.",
  worker_stalled:
    "The worker stands still again and again, so that failing checks are not believed. Give it a processor, or fewer monitors."
}
const keys = Object.keys(sentences) as ReadonlyArray<AlertKey>

/** Checks that stalls made unknown, within the time: by one alone nobody is woken up. */
const stallsToTell = 10
const stallsWithinMs = 60_000

export interface Trouble {
  readonly key: AlertKey
  /** Epoch milliseconds. */
  readonly beganAt: number
  /** Undefined: not yet. */
  readonly endedAt: number | undefined
}

export class OperatorAlerts extends Context.Service<
  OperatorAlerts,
  {
    /** `by` tells apart several who notice the same: it ends with the last of them. */
    readonly raise: (key: AlertKey, by?: string) => void
    readonly clear: (key: AlertKey, by?: string) => void
    /** A stall of ours made a check unknown. */
    readonly stalled: () => void
    readonly current: () => ReadonlyArray<Trouble>
    /** What ended since it was asked last. */
    readonly takeEnded: () => ReadonlyArray<Trouble>
    /** Opens when something begins or ends. */
    readonly changed: Latch.Latch
  }
>()("@v-insight/worker/operator/OperatorAlerts") {
  static readonly layer = (region: string): Layer.Layer<OperatorAlerts> => Layer.effect(OperatorAlerts, make(region))
}

/** More cannot end between two looks of whoever writes them down; while the database is away they may. */
const maxEnded = 100

const make = Effect.fnUntraced(function* (region: string) {
  const clock = yield* Clock.Clock
  const fork = yield* FiberSet.makeRuntime()
  const noticed = new Map<AlertKey, { readonly by: Set<string>; readonly beganAt: number }>()
  const ended: Array<Trouble> = []
  const changed = Latch.makeUnsafe(false)
  for (const key of keys) setBlind(key, false)

  const raise = (key: AlertKey, by = ""): void => {
    const known = noticed.get(key)
    if (known !== undefined) return void known.by.add(by)
    noticed.set(key, { by: new Set([by]), beganAt: clock.currentTimeMillisUnsafe() })
    setBlind(key, true)
    fork(Effect.logError(sentences[key]).pipe(Effect.annotateLogs({ alert: key, region })))
    changed.openUnsafe()
  }

  const clear = (key: AlertKey, by = ""): void => {
    const known = noticed.get(key)
    if (known === undefined || !known.by.delete(by) || known.by.size > 0) return
    noticed.delete(key)
    const endedAt = clock.currentTimeMillisUnsafe()
    if (ended.length < maxEnded) ended.push({ key, beganAt: known.beganAt, endedAt })
    setBlind(key, false)
    const seconds = Math.round((endedAt - known.beganAt) / 1000)
    fork(Effect.logWarning("The worker sees again").pipe(Effect.annotateLogs({ alert: key, region, seconds })))
    changed.openUnsafe()
  }

  let stalls: Array<number> = []
  const calmDown = Effect.gen(function* () {
    while (stalls.length > 0) {
      yield* Effect.sleep(stallsWithinMs)
      const since = clock.currentTimeMillisUnsafe() - stallsWithinMs
      stalls = stalls.filter((at) => at > since)
    }
    clear("worker_stalled")
  })

  return OperatorAlerts.of({
    raise,
    clear,
    stalled: () => {
      const now = clock.currentTimeMillisUnsafe()
      const wasCalm = stalls.length === 0
      stalls = [...stalls.slice(1 - stallsToTell), now]
      if (wasCalm) fork(calmDown)
      if (stalls.length === stallsToTell && now - stalls[0]! <= stallsWithinMs) raise("worker_stalled")
    },
    current: () => Array.from(noticed, ([key, { beganAt }]) => ({ key, beganAt, endedAt: undefined })),
    takeEnded: () => ended.splice(0),
    changed
  })
})
