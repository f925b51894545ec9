/**
 * Tells the operator's webhook of troubles, once when they begin and once when they are over, whichever and however many
 * workers notice them: rows in the database decide who tells. What cannot be sent waits there until the network is back.
 * While the database itself is away, the worker that had the first bucket speaks for all.
 */
import { forkEssential } from "@v-insight/database/Process"
import { describeSqlError, isUnavailable } from "@v-insight/database/SqlTrouble"
import { postSigned } from "@v-insight/domain/channel-types/webhook"
import { Dialer } from "@v-insight/domain/monitor-types/Dialer"
import { HttpUrl } from "@v-insight/domain/monitor-types/fields/HttpUrl"
import { Clock, Config, Context, DateTime, Effect, Layer, Option, Redacted } from "effect"
import { Mac } from "effect/crypto"
import type { SqlError } from "effect/sql/SqlError"
import { AddressPolicy } from "../net/AddressPolicy.ts"
import { NetEnvironment } from "../net/NetEnvironment.ts"
import { SafeDialer } from "../net/SafeDialer.ts"
import { make as makeRepo, type Untold } from "./OperatorAlertRepo.ts"
import { type AlertKey, OperatorAlerts, sentences, type Trouble } from "./OperatorAlerts.ts"
import { limited } from "../sql/TimeLimit.ts"

const lookEvery = "5 seconds"
/** A restart of the database is no trouble, milliseconds. */
const awayAfterMs = 30_000
/** How long a statement is waited for: the database counts as away when it takes longer. */
const answerWithin = "5 seconds"
/** What was not delivered while the database is away is tried again, milliseconds. */
const retryMs = 30_000
/** Troubles that are over and not written down yet; the oldest give way, so that one that cannot be holds up no other. */
const maxUnwritten = 100

const webhook = Config.all({
  url: Config.option(Config.schema(HttpUrl, "VINSIGHT_OPERATOR_WEBHOOK")),
  secret: Config.option(Config.Redacted("VINSIGHT_OPERATOR_WEBHOOK_SECRET"))
})

interface Message {
  /** The same on every attempt, so that receivers can drop repeats. */
  readonly id: string
  readonly type: "operator.alert.began" | "operator.alert.ended"
  readonly key: AlertKey
  readonly region: string
  /** ISO 8601. */
  readonly beganAt: string
  readonly endedAt: string | null
}

export const layer = ({ owner, region }: { readonly owner: string; readonly region: string }) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const alerts = yield* OperatorAlerts
      const repo = yield* makeRepo(region)
      const { secret, url } = yield* webhook
      const services = Context.make(Mac.Mac, yield* Mac.Mac).pipe(
        // The operator's own receiver may have a private address.
        Context.add(Dialer, SafeDialer.make({ ...(yield* NetEnvironment), policy: AddressPolicy.operators }))
      )

      /** Whether it was taken. Without a webhook there is nobody to tell. */
      const tell = Effect.fnUntraced(function* ({ beganAt, endedAt, id, key, region, type }: Message) {
        if (Option.isNone(url)) return true
        const timestamp = DateTime.formatIso(yield* DateTime.now)
        const data = { key, region, beganAt, endedAt, message: sentences[key] }
        const result = yield* postSigned({
          url: url.value,
          secret: Option.getOrUndefined(Option.map(secret, Redacted.value)),
          id,
          body: new TextEncoder().encode(JSON.stringify({ type, timestamp, data }))
        }).pipe(Effect.provideContext(services))
        const status = result.response?.status ?? 0
        if (status >= 200 && status < 300) return true
        const reason = result.failure?.cause ?? `status ${status}`
        yield* Effect.logWarning("The operator's webhook was not told; it is tried again").pipe(
          Effect.annotateLogs({ alert: key, reason })
        )
        return false
      })

      const tellRow = Effect.fnUntraced(function* ({ id, isBeginTold, ...row }: Untold) {
        if (!isBeginTold) {
          if (!(yield* tell({ ...row, id: `${id}.began`, type: "operator.alert.began", endedAt: null }))) return
          yield* repo.markBegin(id)
        }
        if (row.endedAt === null) return
        if (yield* tell({ ...row, id: `${id}.ended`, type: "operator.alert.ended" })) yield* repo.markEnd(id)
      })

      let isSpeaker = false
      /** Of the database: when it first failed to answer, and whether that was told. */
      let away: { readonly since: number; triedAt: number; isTold: boolean } | undefined
      const unwritten: Array<{ readonly trouble: Trouble; readonly isTold: boolean }> = []

      const look = Effect.gen(function* () {
        const troubles = alerts.current().filter(({ key }) => key !== "database_away")
        if (troubles.length > 0) yield* limited(repo.touch(troubles), answerWithin)
        const { hasWork, speaker } = yield* limited(repo.look, answerWithin)
        const wasTold = away?.isTold === true
        if (away !== undefined) alerts.clear("database_away")
        away = undefined
        unwritten.push(
          ...alerts
            .takeEnded()
            // The others have noticed it as well.
            .filter(({ key }) => key !== "database_away" || isSpeaker)
            .map((trouble) => ({ trouble, isTold: wasTold && trouble.key === "database_away" }))
        )
        unwritten.splice(0, unwritten.length - maxUnwritten)
        isSpeaker = speaker === owner
        if (!hasWork && unwritten.length === 0) return
        while (unwritten.length > 0) {
          yield* limited(repo.append(unwritten[0]!.trouble, unwritten[0]!.isTold), answerWithin)
          unwritten.shift()
        }
        yield* limited(repo.sweep, answerWithin)
        const rows = yield* limited(repo.claim, answerWithin)
        yield* Effect.forEach(rows, tellRow, { discard: true })
      })

      const miss = Effect.fnUntraced(function* (error: SqlError) {
        if (!isUnavailable(error)) {
          return yield* Effect.logWarning("Operator alerts cannot be kept").pipe(
            Effect.annotateLogs({ reason: describeSqlError(error) })
          )
        }
        const now = yield* Clock.currentTimeMillis
        away ??= { since: now, triedAt: 0, isTold: false }
        if (now - away.since < awayAfterMs) return
        alerts.raise("database_away")
        if (!isSpeaker || away.isTold || now - away.triedAt < retryMs) return
        away.triedAt = now
        const beganAt = DateTime.formatIso(DateTime.makeUnsafe(away.since))
        const id = `database_away.${region}.${away.since}.began`
        away.isTold = yield* tell({
          id,
          type: "operator.alert.began",
          key: "database_away",
          region,
          beganAt,
          endedAt: null
        })
      })

      yield* look.pipe(
        Effect.catchTag("SqlError", miss),
        Effect.andThen(Effect.timeoutOption(alerts.changed.await, lookEvery)),
        Effect.andThen(Effect.sync(() => alerts.changed.closeUnsafe())),
        Effect.forever,
        forkEssential
      )
    })
  )
