/**
 * Starts PostgreSQL as a child and stops it. A small shell stands between: it holds a pipe from this process and asks
 * PostgreSQL to stop as soon as the pipe closes, so that no server outlives a process that was killed.
 */
import { Deferred, Duration, Effect, FileSystem, Path, Schedule } from "effect"
import { spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import type { Binaries } from "./Binaries.ts"
import type { Place } from "./DataDirectory.ts"
import * as liveness from "./liveness.ts"
import * as PidFile from "./PidFile.ts"
import { probePort } from "../probePort.ts"
import { PostgresError } from "./PostgresError.ts"
import { spawnOptions } from "./run.ts"

/** Recovery after a crash reads the log of changes again; that takes minutes after a busy day. */
const startLimit = Duration.minutes(10)
const startPoll = Duration.millis(10)
/** A server that is not our child can only be asked whether it still runs. */
const adoptedPoll = Duration.millis(200)
/** Another program may take the free port before PostgreSQL does. */
const portAttempts = 3
/** Fast shutdown ends connections and writes a checkpoint; after this it is told to go at once. */
const stopLimit = Duration.seconds(15)
const killLimit = Duration.seconds(5)
/** The log is kept from one start to the next up to this size, in bytes. */
const logLimit = 10_000_000

type Needs = FileSystem.FileSystem | Path.Path

export interface Running {
  readonly pid: number
  readonly port: number
  /** Fails when the server ends without having been asked to. */
  readonly lost: Effect.Effect<never, PostgresError, Needs>
  readonly stop: Effect.Effect<void, never, Needs>
}

const guard =
  'exec 3<&0; "$@" </dev/null 3<&- & p=$!; { read _ <&3; kill -INT $p; } & w=$!; exec 3<&-; wait $p; r=$?; kill $w 2>/dev/null; exit $r'

const always: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  cluster_name: "v-insight",
  timezone: "UTC",
  log_timezone: "UTC",
  log_checkpoints: "off",
  // Statements and the details of errors hold what people typed; logs are no place for it.
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  // Processes that a single server without replicas has no use for.
  max_logical_replication_workers: "0"
}

/** Since 18 reads go through worker processes by default: three more, for disks faster than a laptop's. */
const sinceEighteen: Readonly<Record<string, string>> = { io_method: "sync" }

export const launch = Effect.fn("Launcher.launch")(function* (
  place: Place,
  binaries: Binaries,
  settings: Readonly<Record<string, string>>,
  port?: number
) {
  const path = yield* Path.Path
  const log = path.join(place.folder, "postgres.log")
  yield* rotate(log)
  const all = { ...always, ...(binaries.major >= 18 ? sinceEighteen : {}), ...settings }
  return yield* Effect.flatMap(port === undefined ? freePort : Effect.succeed(port), (port) =>
    attempt(place, binaries, all, log, port)
  ).pipe(Effect.retry({ times: portAttempts - 1, while: (error) => error.message.includes("Address already in use") }))
})

const attempt = Effect.fn("Launcher.attempt")(function* (
  place: Place,
  { bin }: Binaries,
  settings: Readonly<Record<string, string>>,
  log: string,
  port: number
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const args = ["-D", place.data, "-p", String(port)]
  for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`)
  const command = [path.join(bin, "postgres"), ...args]
  const logStart = yield* fs.stat(log).pipe(
    Effect.map(({ size }) => Number(size)),
    Effect.orElseSucceed(() => 0)
  )

  const child = yield* Effect.sync(() => {
    const output = openSync(log, "a", 0o600)
    const [program, ...rest] = process.platform === "win32" ? command : ["/bin/sh", "-c", guard, "sh", ...command]
    const started = spawn(program ?? "", rest, {
      ...spawnOptions(place.account),
      // Its own process group: Ctrl-C in the terminal must reach this process alone, which then stops in order.
      detached: true,
      stdio: ["pipe", output, output]
    })
    closeSync(output)
    return started
  })
  const exited = yield* Deferred.make<void>()
  child.once("exit", () => Deferred.doneUnsafe(exited, Effect.void))
  child.once("error", () => Deferred.doneUnsafe(exited, Effect.void))
  // Writing to a guard that is gone must not end this process.
  child.stdin?.on("error", () => undefined)

  const waitUntilReady = Effect.gen(function* () {
    const postmaster = yield* PidFile.read(place.data)
    if (postmaster?.isReady === true && postmaster.port === port) return postmaster
    return yield* Effect.fail(notReady)
  }).pipe(
    Effect.retry({ while: (error) => error === notReady, schedule: Schedule.spaced(startPoll) }),
    Effect.timeoutOrElse({ duration: startLimit, orElse: () => Effect.fail("timeout" as const) }),
    Effect.mapError(
      () => new PostgresError({ message: `PostgreSQL was not ready after ${Duration.format(startLimit)}; see ${log}` })
    )
  )
  const refused = Deferred.await(exited).pipe(
    Effect.andThen(lastComplaint(log, logStart)),
    Effect.flatMap((complaint) =>
      Effect.fail(new PostgresError({ message: `PostgreSQL did not start: ${complaint} (see ${log})` }))
    )
  )
  const stop = Effect.gen(function* () {
    child.stdin?.end()
    if (process.platform === "win32") child.kill("SIGINT")
    yield* Deferred.await(exited).pipe(
      Effect.timeoutOrElse({ duration: stopLimit, orElse: () => forceStop(place.data, Deferred.await(exited)) })
    )
  })
  const { pid } = yield* Effect.raceFirst(waitUntilReady, refused).pipe(Effect.onError(() => stop))
  const lost = Deferred.await(exited).pipe(
    Effect.andThen(lastComplaint(log, logStart)),
    Effect.flatMap((complaint) =>
      Effect.fail(new PostgresError({ message: `PostgreSQL stopped unexpectedly: ${complaint} (see ${log})` }))
    )
  )
  return { pid, port, lost, stop } satisfies Running
})

const notReady = "not ready" as const

/** A server that runs already without an owner (its starter and its guard were killed): kept, and stopped in the end. */
export const adopt = (data: string, { pid, port }: PidFile.Postmaster): Running => {
  const gone = liveness
    .runs(pid, "postgres")
    .pipe(Effect.repeat({ until: (isRunning) => !isRunning, schedule: Schedule.spaced(adoptedPoll) }), Effect.asVoid)
  return {
    pid,
    port,
    lost: Effect.andThen(gone, Effect.fail(new PostgresError({ message: "PostgreSQL stopped unexpectedly" }))),
    stop: signal(pid, "SIGINT").pipe(
      Effect.andThen(gone),
      Effect.timeoutOrElse({ duration: stopLimit, orElse: () => forceStop(data, gone) })
    )
  }
}

/** Immediate shutdown; the next start repairs what was not written. */
const forceStop = Effect.fn("Launcher.forceStop")(function* (data: string, exited: Effect.Effect<void, never, Needs>) {
  const postmaster = yield* PidFile.read(data)
  if (postmaster === undefined) return
  yield* Effect.logWarning("PostgreSQL did not stop in time and is stopped at once")
  yield* signal(postmaster.pid, "SIGQUIT")
  yield* Effect.timeoutOption(exited, killLimit)
})

/** Ignored when it has gone in the meantime, which is what was wanted. */
const signal = (pid: number, name: NodeJS.Signals) => Effect.ignore(Effect.try(() => process.kill(pid, name)))

/** A port that was free a moment ago. */
const freePort = Effect.mapError(
  probePort("127.0.0.1"),
  (code) => new PostgresError({ message: `No free port on 127.0.0.1: ${code}` })
)

/** The last line of the log that tells of an error since `start` (bytes), without time and process. */
const lastComplaint = Effect.fn("Launcher.lastComplaint")(function* (log: string, start: number) {
  const fs = yield* FileSystem.FileSystem
  const bytes = yield* fs.readFile(log).pipe(Effect.orElseSucceed(() => new Uint8Array()))
  const lines = new TextDecoder().decode(bytes.subarray(start)).trim().split("\n")
  const complaints = lines.filter((line) => /FATAL|PANIC|ERROR|could not/.test(line))
  return (
    (complaints.at(-1) ?? lines.at(-1) ?? "").replace(/^.*?(FATAL|PANIC|ERROR|LOG|WARNING): +/, "") ||
    "it gave no reason"
  )
})

const rotate = Effect.fn("Launcher.rotate")(function* (log: string) {
  const fs = yield* FileSystem.FileSystem
  const size = yield* fs.stat(log).pipe(
    Effect.map((info) => Number(info.size)),
    Effect.orElseSucceed(() => 0)
  )
  if (size > logLimit) yield* Effect.ignore(fs.rename(log, `${log}.1`))
})
