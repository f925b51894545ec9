/**
 * The embedded PostgreSQL: found, initialised, started, guarded and stopped with the scope. One process owns a data
 * directory; others that need the database meanwhile (a migration by hand) attach to what the owner runs.
 */
import { Duration, Effect, type FileSystem, Path, Redacted, Schedule } from "effect"
import * as Account from "./postgres/Account.ts"
import * as Binaries from "./postgres/Binaries.ts"
import * as DataDirectory from "./postgres/DataDirectory.ts"
import * as Launcher from "./postgres/Launcher.ts"
import * as Lock from "./postgres/Lock.ts"
import * as PidFile from "./postgres/PidFile.ts"
import { PostgresError } from "./postgres/PostgresError.ts"

export { PostgresError }

/** How long to wait for a server that another process starts or stops. */
const attachLimit = Duration.seconds(60)
/** The guard stops a server whose owner died; one that runs on after this has lost its guard as well. */
const orphanGrace = Duration.seconds(2)
const attachPoll = Duration.millis(50)

export interface Options {
  /** Where V-Insight keeps its data; PostgreSQL's are in `postgres-<major>` inside. */
  readonly dataDir: string
  /** VINSIGHT_PG_BIN. */
  readonly bin?: string | undefined
  /** Of the superuser; set when the data directory is made. */
  readonly password: Redacted.Redacted
  /** What this process is, told to others that find the data directory in use: "npm start". */
  readonly purpose: string
  /** Use the server of another process when there is one, in place of failing. */
  readonly isGuest: boolean
  readonly settings?: Readonly<Record<string, string>>
  /** Where it listens; any free port when not given. */
  readonly port?: number
  /** False for tests: nothing is flushed to the disk. */
  readonly isDurable?: boolean
}

export interface Postgres {
  readonly port: number
  readonly major: number
  /** Another process runs it and decides when it ends. */
  readonly isAttached: boolean
  /** URL of `database` as the superuser. */
  readonly url: (database: string) => Redacted.Redacted
  /** Fails when the server ends without having been asked to: race with it whatever needs the server. */
  readonly lost: Effect.Effect<never, PostgresError>
}

const ownPatience = { attempts: 50, pause: Duration.millis(200) }

const careless = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }

/** Fails with PostgresError: nothing to run, data of another version or person, in use by another process, no start. */
export const acquire = Effect.fn("Postgres.acquire")(
  function* (options: Options) {
    const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
    const path = yield* Path.Path
    const dataDir = path.resolve(options.dataDir)
    const account = yield* Account.choose()
    const binaries = yield* Binaries.find(options.bin, account)
    const place = yield* DataDirectory.locate(dataDir, binaries, account)
    const describe = (
      running: { readonly port: number },
      isAttached: boolean,
      lost: Launcher.Running["lost"]
    ): Postgres => ({
      port: running.port,
      major: binaries.major,
      isAttached,
      lost: Effect.provideContext(lost, context),
      url: (database) =>
        Redacted.make(
          `postgres://${DataDirectory.superuser}:${Redacted.value(options.password)}@127.0.0.1:${running.port}/${database}`
        )
    })
    const holder = yield* Lock.acquire(path.join(place.folder, "postgres.lock"), options.purpose).pipe(
      Effect.map((attempt) => attempt.holder),
      // The owner waits for guests that came first, such as a migration by hand.
      Effect.repeat({
        until: (holder) => holder === undefined || options.isGuest,
        times: ownPatience.attempts,
        schedule: Schedule.spaced(ownPatience.pause)
      })
    )
    if (holder !== undefined) {
      if (!options.isGuest) return yield* inUse(dataDir, holder)
      const postmaster = yield* ready(place.data)
      return describe(postmaster, true, Launcher.adopt(place.data, postmaster).lost)
    }
    const running = yield* Effect.acquireRelease(own(place, binaries, options), ({ stop }) => stop)
    return describe(running, false, running.lost)
  },
  Effect.catchTag("PlatformError", (error) => Effect.fail(new PostgresError({ message: explain(error.message) })))
)

/** The sentence for whoever wants a data directory that another process works on. */
export const inUse = (dataDir: string, holder: Lock.Holder) =>
  new PostgresError({
    message: `V-Insight already runs on ${dataDir} (${holder.purpose}, process ${holder.pid}): stop it first, or set VINSIGHT_DATA_DIR to another folder`
  })

const explain = (message: string): string => `The data directory cannot be used: ${message}`

/** The lock is ours: a server that still runs has lost its owner, and most likely ends within moments. */
const own = Effect.fn("Postgres.own")(function* (
  place: DataDirectory.Place,
  binaries: Binaries.Binaries,
  { isDurable = true, password, port, settings = {} }: Options
) {
  if ((yield* PidFile.read(place.data)) !== undefined) {
    yield* Effect.timeoutOption(
      watch(place.data, (postmaster) => postmaster?.isReady !== true),
      orphanGrace
    )
    yield* limited(
      place.data,
      watch(place.data, (postmaster) => postmaster === undefined || postmaster.isReady)
    )
    const left = yield* PidFile.read(place.data)
    if (left !== undefined) return Launcher.adopt(place.data, left)
  }
  yield* DataDirectory.initialise(place, binaries, password, isDurable)
  return yield* Launcher.launch(place, binaries, { ...(isDurable ? {} : careless), ...settings }, port)
})

/** The server of the lock's holder, once it is up. */
const ready = Effect.fn("Postgres.ready")(function* (data: string) {
  const isReady = (postmaster: PidFile.Postmaster | undefined): boolean => postmaster?.isReady === true
  const postmaster = yield* Effect.andThen(limited(data, watch(data, isReady)), PidFile.read(data))
  return postmaster ?? (yield* stuck(data))
})

const watch = (data: string, until: (postmaster: PidFile.Postmaster | undefined) => boolean) =>
  PidFile.read(data).pipe(Effect.repeat({ until, schedule: Schedule.spaced(attachPoll) }))

const limited = <A, E, R>(data: string, effect: Effect.Effect<A, E, R>) =>
  Effect.timeoutOrElse(effect, { duration: attachLimit, orElse: () => Effect.fail(stuck(data)) })

const stuck = (data: string) =>
  new PostgresError({
    message: `Another process holds ${data}, but its PostgreSQL was not ready within ${Duration.format(attachLimit)}: stop that process and start again`
  })
