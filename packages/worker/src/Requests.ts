/**
 * Answers what people ask for through the API and what needs a connection to an address that a tenant typed: "try this
 * URL" and "send a test". Requests are rows, claimed by whichever worker is first.
 */
import { PgClient } from "@effect/sql-pg"
import { forkEssential } from "@v-insight/database/Process"
import { openPayload } from "@v-insight/database/repo/WorkRequestRepo"
import { SecretBox } from "@v-insight/database/SecretBox"
import { describeSqlError } from "@v-insight/database/SqlTrouble"
import { deliver, type DeliverServices } from "@v-insight/domain/channel-types/registry"
import type { DeliveryReport, NotificationEvent } from "@v-insight/domain/model/Notification"
import { CheckEvidence } from "@v-insight/domain/monitor-types/CheckEvidence"
import { CheckProgress, type Phase } from "@v-insight/domain/monitor-types/Dialer"
import { Effort } from "@v-insight/domain/monitor-types/Effort"
import { type CheckServices, MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import {
  type Cause,
  DateTime,
  Duration,
  Effect,
  Fiber,
  FiberSet,
  Latch,
  Layer,
  Option,
  Queue,
  Schema,
  Semaphore,
  Stream
} from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { Changes } from "./Changes.ts"
import { logDefect } from "./Defect.ts"
import { make as makeEfforts } from "./buckets/Efforts.ts"
import { OnBehalf } from "./net/OnBehalf.ts"
import { make as makeLedger } from "./notify/Ledger.ts"
import { Shares } from "./Shares.ts"
import { limited } from "./sql/TimeLimit.ts"

/** Tries and tests at once; more wait unclaimed, for any worker, until they expire. */
const concurrency = 16
/** A tenant may hold as many as are free: targets that hang for a minute keep no other tenant waiting. */
const heldPerFree = 1
/** A check ends in its own time; but it may wait in line for its target, and what is computed over the answer, too. */
const marginSeconds = 5
const troubleWait = "1 second"
/** An answer does not wait longer for its last phases to be told. */
const tellWithin = "2 seconds"

interface WorkRequest {
  readonly id: string
  readonly tenantId: string
  readonly kind: "try" | "test"
  readonly channelId: string | null
  readonly payload: unknown
}

type Answer = { readonly data: unknown } | { readonly error: { readonly code: string; readonly message: string } }

const TryPayload = Schema.Struct({ timeoutSeconds: Schema.Int })
const decodeSpec = Schema.decodeUnknownEffect(MonitorSpec)
const decodeTry = Schema.decodeUnknownEffect(TryPayload)

export const layer = (owner: string) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const box = yield* SecretBox
      const ledger = yield* makeLedger
      const services = yield* Effect.context<CheckServices | DeliverServices>()
      const news = yield* (yield* Changes).ofWork
      const effortOf = yield* makeEfforts()
      const places = yield* Semaphore.make(concurrency)
      const fork = yield* FiberSet.makeRuntime()

      const shares = new Shares(concurrency, heldPerFree)
      const freed = Latch.makeUnsafe(false)

      const claim = Effect.suspend(
        () => sql<WorkRequest>`
        UPDATE work_requests
        SET claimed_at = now(), claimed_by = ${owner}
        WHERE (tenant_id, id) IN (
          -- cross-tenant: any worker answers any tenant
          SELECT tenant_id, id
          FROM work_requests
          WHERE claimed_at IS NULL AND kind IN ('try', 'test') AND expires_at > now()
            AND tenant_id <> ALL (${shares.full()}::uuid[])
          ORDER BY created_at
          LIMIT 1
          FOR UPDATE SKIP LOCKED)
        RETURNING id, tenant_id AS "tenantId", kind, channel_id AS "channelId", payload`
      ).pipe(limited)

      const reply = (request: WorkRequest, answer: Answer) =>
        sql`
          WITH answered AS (
            UPDATE work_requests
            SET answered_at = now(), answer = ${JSON.stringify(answer)}::jsonb, payload = NULL
            WHERE tenant_id = ${request.tenantId} AND id = ${request.id}
            RETURNING id
          )
          SELECT pg_notify('work_answered', id::text) FROM answered`.pipe(limited)

      const tryCheck = Effect.fnUntraced(function* (
        request: WorkRequest
      ): Effect.fn.Return<Answer, Schema.SchemaError, CheckServices> {
        const payload = yield* openPayload(box, request.payload, { tenantId: request.tenantId, rowId: request.id })
        const spec = yield* decodeSpec(payload)
        const { timeoutSeconds } = yield* decodeTry(payload)
        // One after the other and before the answer: each NOTIFY takes any connection of the pool.
        const phases = yield* Queue.make<string, Cause.Done>()
        const telling = yield* Stream.fromQueue(phases).pipe(
          Stream.runForEach((payload) => sql.notify("work_progress", payload)),
          Effect.ignore,
          Effect.forkChild
        )
        const data = yield* runCheck(spec, { timeoutMs: timeoutSeconds * 1000 }).pipe(
          Effect.provideService(CheckProgress, (phase: Phase, us: number) => {
            Queue.offerUnsafe(phases, `${request.id} ${phase} ${us}`)
          }),
          Effect.provideService(CheckEvidence, true),
          Effect.provideService(Effort, effortOf(request.tenantId)),
          Effect.provideService(OnBehalf, request.tenantId),
          // Nobody waits any longer.
          Effect.timeoutOption(Duration.seconds(timeoutSeconds + marginSeconds))
        )
        yield* Queue.end(phases)
        yield* Fiber.join(telling).pipe(Effect.timeoutOption(tellWithin))
        return Option.isSome(data) ? { data: data.value } : tookTooLong
      })

      const testChannel = Effect.fnUntraced(function* (request: WorkRequest) {
        const channel = yield* ledger.findChannel(request.tenantId, request.channelId ?? "")
        if (Option.isNone(channel)) return gone
        const event: NotificationEvent = {
          type: "test",
          timestamp: DateTime.formatIso(yield* DateTime.now),
          data: { incident: null, monitor: null, check: null }
        }
        const report = yield* deliver(channel.value.spec, { id: request.id, event }).pipe(
          Effect.catchTag("DeliveryFailed", ({ answer, durationMs, reason, status }) =>
            Effect.succeed<DeliveryReport>({ delivered: false, status, answer, error: reason, durationMs })
          )
        )
        return { data: report } satisfies Answer
      })

      const work = (
        request: WorkRequest
      ): Effect.Effect<Answer, Schema.SchemaError | SqlError, CheckServices | DeliverServices> =>
        request.kind === "try" ? tryCheck(request) : testChannel(request)

      const answer = (request: WorkRequest) =>
        work(request).pipe(
          Effect.provideContext(services),
          Effect.catchTag("SchemaError", () => Effect.succeed<Answer>(unreadable)),
          Effect.catchDefect((defect) => Effect.as(logDefect("A request broke", defect), broken)),
          Effect.flatMap((answer) => reply(request, answer)),
          Effect.catchTag("SqlError", (error) =>
            Effect.logWarning("A request could not be answered").pipe(
              Effect.annotateLogs({ reason: describeSqlError(error) })
            )
          )
        )

      const serve = Effect.gen(function* () {
        yield* places.take(1)
        freed.closeUnsafe()
        const [request] = yield* Effect.onError(claim, () => places.release(1))
        if (request !== undefined) {
          shares.take(request.tenantId)
          const done = Effect.andThen(
            places.release(1),
            Effect.sync(() => {
              shares.giveBack(request.tenantId)
              freed.openUnsafe()
            })
          )
          return void fork(Effect.ensuring(answer(request), done))
        }
        yield* places.release(1)
        // Somebody asks, or a tenant that held its share has a place again.
        yield* Effect.raceFirst(Queue.takeAll(news), freed.await)
      }).pipe(
        Effect.catchTag("SqlError", (error) =>
          Effect.logWarning("Requests have to wait").pipe(
            Effect.annotateLogs({ reason: describeSqlError(error) }),
            Effect.andThen(Effect.sleep(troubleWait))
          )
        )
      )
      yield* forkEssential(Effect.forever(serve))
    })
  )

const gone: Answer = { error: { code: "NOT_FOUND", message: "The channel was removed." } }
const tookTooLong: Answer = {
  error: {
    code: "UNAVAILABLE",
    message:
      "The try took too long: many checks of this address are under way, or its patterns are costly. Wait a minute, or make them simpler."
  }
}
const broken: Answer = {
  error: { code: "INTERNAL_ERROR", message: "V-Insight itself failed; the worker's log says why." }
}
const unreadable: Answer = {
  error: {
    code: "INTERNAL_ERROR",
    message: "The worker cannot read this request. Is it of the same version as the API?"
  }
}
