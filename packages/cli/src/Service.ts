/**
 * A child process that is kept running: started, listened to until it says that it is ready, started again when it dies,
 * stopped with the scope. It holds a pipe from this process and ends by itself when that closes, even by kill -9.
 */
import { Clock, Console, DateTime, Deferred, Duration, Effect, Fiber, Queue, Stream } from "effect"
import { ChildProcess } from "effect/process"
import type { Redacted } from "effect"
import * as LogLine from "./LogLine.ts"
import { Refusal } from "./Refusal.ts"

/** A process that dies more often than this is not helped by starting it again. */
const restarts = {
  limit: 5,
  within: Duration.minutes(5),
  firstPause: Duration.seconds(1),
  longestPause: Duration.seconds(15)
}
/** Bundles start in 1-2 s; vite and a busy machine take longer. */
const readyLimit = Duration.seconds(90)
/** The processes finish what is in flight within 10 s; whoever needs longer is killed. */
const stopLimit = Duration.seconds(15)
/** Lines of a child that has not said yet whether it starts. */
const heldLines = 500

export interface Program {
  /** Names the lines of its log: "api". */
  readonly name: string
  /** In sentences: "The API". */
  readonly title: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  /** On top of our own environment; undefined takes a variable away. */
  readonly environment: Readonly<Record<string, string | Redacted.Redacted | undefined>>
  readonly isReady: (line: LogLine.LogLine) => boolean
  /** Development: start again on each element, and wait for one when the program failed. */
  readonly changes?: Queue.Dequeue<void>
}

export interface Service {
  readonly ready: Effect.Effect<void, Refusal>
  /** Fails when the program is given up. */
  readonly failed: Effect.Effect<never, Refusal>
}

/** Starts at once; `ready` and `failed` tell what becomes of it. */
export const start = Effect.fn("Service.start")(function* (program: Program) {
  const ready = yield* Deferred.make<void>()
  const fiber = yield* Effect.forkScoped(
    program.changes === undefined ? keep(program, ready) : reload(program, ready, program.changes)
  )
  const failed = Fiber.join(fiber)
  return {
    failed,
    ready: Effect.raceFirst(Deferred.await(ready), failed).pipe(
      Effect.timeoutOrElse({
        duration: readyLimit,
        orElse: () =>
          refuse(`${program.title} was not ready after ${Duration.format(readyLimit)}: its messages above say why`)
      })
    )
  } satisfies Service
})

/** Restarts what was ready once; a start that fails is final. */
const keep = Effect.fnUntraced(function* (program: Program, ready: Deferred.Deferred<void>) {
  const deaths: Array<number> = []
  while (true) {
    const end = yield* run(program, ready)
    if (!(yield* Deferred.isDone(ready))) return yield* refuse(`${program.title} did not start: ${end}`)
    deaths.push(yield* Clock.currentTimeMillis)
    const pause = pauseAfter(deaths)
    if (pause === undefined) {
      return yield* refuse(
        `${program.title} stopped ${restarts.limit + 1} times within ${Duration.format(restarts.within)} (${end}): its messages above say why`
      )
    }
    yield* Effect.logWarning(
      `${program.title} stopped unexpectedly (${end}) and starts again in ${Duration.format(pause)}`
    )
    yield* Effect.sleep(pause)
  }
})

/** How long to wait after the last of `deaths` (epoch milliseconds, in order); undefined when it is enough. */
export const pauseAfter = (deaths: ReadonlyArray<number>): Duration.Duration | undefined => {
  const since = (deaths.at(-1) ?? 0) - Duration.toMillis(restarts.within)
  const recent = deaths.filter((at) => at > since).length
  if (recent > restarts.limit) return undefined
  return Duration.min(Duration.times(restarts.firstPause, 2 ** (recent - 1)), restarts.longestPause)
}

const reload = Effect.fnUntraced(function* (
  program: Program,
  ready: Deferred.Deferred<void>,
  changes: Queue.Dequeue<void>
) {
  const changed = Effect.as(Queue.take(changes), undefined)
  while (true) {
    const end = yield* Effect.raceFirst(run(program, ready), changed)
    if (end === undefined) {
      yield* Effect.logInfo(`${program.title} starts again, its sources changed`)
    } else {
      yield* Effect.logError(`${program.title} stopped (${end}) and waits for a change of its sources`)
      yield* changed
    }
  }
})

/** One life of the program; how it ended. */
const run = Effect.fnUntraced(function* (program: Program, ready: Deferred.Deferred<void>) {
  const log = yield* journal(program, ready)
  const code = yield* Effect.gen(function* () {
    const handle = yield* ChildProcess.make(program.command, [...program.args], {
      cwd: program.cwd,
      extendEnv: true,
      env: { ...program.environment, VINSIGHT_PARENT_PIPE: "1" },
      stdin: { stream: "pipe", endOnDone: false },
      forceKillAfter: stopLimit
    })
    // Not of this scope: what the program says while it stops is heard too. It ends with the program's output.
    const lines = handle.all.pipe(Stream.decodeText(), Stream.splitLines, Stream.runForEach(log.hear), Effect.ignore)
    log.listener = yield* Effect.forkDetach(lines)
    return yield* handle.exitCode.pipe(
      Effect.map((exitCode) => `exit code ${exitCode}`),
      Effect.catch((error) => Effect.succeed(/signal: '(\w+)'/.exec(String(error.cause))?.[1] ?? error.message))
    )
  }).pipe(
    Effect.scoped,
    Effect.catchTag("PlatformError", (error) => Effect.succeed(error.message)),
    Effect.ensuring(
      Effect.suspend(() => (log.listener === undefined ? Effect.void : Effect.ignore(Fiber.await(log.listener))))
    )
  )
  return yield* log.close(code)
})

interface Journal {
  listener: Fiber.Fiber<void> | undefined
  readonly hear: (text: string) => Effect.Effect<void>
  /** What to say of the end: the program's own last complaint when it never got ready. */
  readonly close: (code: string) => Effect.Effect<string>
}

/** Prints what the program says; until it is ready its lines are held back, because a refusal shall be one sentence. */
const journal = Effect.fnUntraced(function* (program: Program, ready: Deferred.Deferred<void>) {
  let held: Array<LogLine.LogLine> | undefined =
    program.changes === undefined && !(yield* Deferred.isDone(ready)) ? [] : undefined
  const print = Effect.fnUntraced(function* (line: LogLine.LogLine) {
    const now = yield* DateTime.now
    yield* Console.log(LogLine.format(program.name, line, DateTime.formatIso(now)))
  })
  const release = Effect.suspend(() => {
    const lines = held ?? []
    held = undefined
    return Effect.forEach(lines, print, { discard: true })
  })
  const hear = Effect.fnUntraced(function* (text: string) {
    if (text.trim() === "") return
    const line = LogLine.parse(text)
    if (held === undefined) yield* print(line)
    else if (held.push(line) > heldLines) yield* release
    if (!program.isReady(line)) return
    yield* release
    yield* Deferred.succeed(ready, undefined)
  })
  const close = Effect.fnUntraced(function* (code: string) {
    const complaint = held?.findLast(LogLine.isComplaint)
    if (complaint !== undefined) return complaint.message
    yield* release
    return code
  })
  return { listener: undefined, hear, close } as Journal
})

const refuse = (message: string) => Effect.fail(new Refusal({ message }))
