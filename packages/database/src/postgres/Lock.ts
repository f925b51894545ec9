/**
 * A file that says which process owns a folder. Created exclusively; one left behind by a process that died is taken
 * over. Whoever holds the lock of a data directory is the one that starts and stops its PostgreSQL.
 */
import { Duration, Effect, FileSystem, Option, Schedule, Schema } from "effect"
import * as liveness from "./liveness.ts"
import { PostgresError } from "./PostgresError.ts"

export class Holder extends Schema.Class<Holder>("Holder")({
  pid: Schema.Int,
  startedAt: Schema.String,
  /** What the process is, for people: "npm start". */
  purpose: Schema.String
}) {}

const HolderJson = Schema.fromJsonString(Holder)

/** How long two that want it at the same instant are sorted out. */
const contention = { retries: 100, pause: Duration.millis(20) }

/**
 * `holder` is who has the lock; undefined when it is ours until the scope closes. `wasLeftBehind`: the one before died
 * without giving it back, and what it had started may still be ending. Never waits for the holder.
 */
export const acquire = Effect.fn("Lock.acquire")(function* (file: string, purpose: string) {
  const self = new Holder({ pid: process.pid, startedAt: yield* liveness.startedAt(process.pid), purpose })
  return yield* Effect.acquireRelease(
    take(file, self).pipe(
      Effect.retry({
        while: (error) => error === contended,
        times: contention.retries,
        schedule: Schedule.spaced(contention.pause)
      }),
      Effect.catchIf(
        (error) => error === contended,
        () => Effect.fail(unclear(file))
      )
    ),
    ({ holder }) => (holder === undefined ? release(file, self) : Effect.void)
  )
})

const contended = "contended" as const

const unclear = (file: string) =>
  new PostgresError({
    message: `The lock ${file} says nothing about who holds it: remove the file when V-Insight does not run`
  })

/** Fails with `contended` when somebody is just changing the lock. */
const take = Effect.fn("Lock.take")(function* (file: string, self: Holder) {
  if (yield* create(file, self)) return { holder: undefined, wasLeftBehind: false }
  const holder = yield* read(file)
  if (Option.isNone(holder)) return yield* Effect.fail(contended)
  if (yield* isCurrent(holder.value)) return { holder: holder.value, wasLeftBehind: false }
  return { holder: yield* takeOver(file, self), wasLeftBehind: true }
})

/** Only one may remove a lock left behind, or the second would remove the lock that the first has just made. */
const takeOver = Effect.fn("Lock.takeOver")(function* (file: string, self: Holder) {
  const fs = yield* FileSystem.FileSystem
  const removal = `${file}.takeover`
  if (!(yield* create(removal, self))) {
    const other = yield* read(removal)
    if (Option.isSome(other) && !(yield* isCurrent(other.value))) yield* fs.remove(removal, { force: true })
    return yield* Effect.fail(contended)
  }
  return yield* Effect.gen(function* () {
    const holder = yield* read(file)
    if (Option.isSome(holder) && (yield* isCurrent(holder.value))) return holder.value
    yield* fs.remove(file, { force: true })
    return (yield* create(file, self)) ? undefined : yield* Effect.fail(contended)
  }).pipe(Effect.ensuring(Effect.ignore(fs.remove(removal, { force: true }))))
})

const release = Effect.fn("Lock.release")(function* (file: string, self: Holder) {
  const fs = yield* FileSystem.FileSystem
  const holder = yield* read(file)
  if (Option.isSome(holder) && holder.value.pid === self.pid) yield* Effect.ignore(fs.remove(file))
})

const create = Effect.fn("Lock.create")(function* (file: string, self: Holder) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Schema.encodeEffect(HolderJson)(self).pipe(Effect.orDie)
  return yield* fs.writeFileString(file, text, { flag: "wx", mode: 0o644 }).pipe(
    Effect.as(true),
    Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.succeed(false))
  )
})

/** Nothing when the file is missing or not written yet. */
const read = Effect.fn("Lock.read")(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFileString(file).pipe(Effect.flatMap(Schema.decodeEffect(HolderJson)), Effect.option)
})

const isCurrent = Effect.fn("Lock.isCurrent")(function* (holder: Holder) {
  return (yield* liveness.isAlive(holder.pid)) && (yield* liveness.startedAt(holder.pid)) === holder.startedAt
})
