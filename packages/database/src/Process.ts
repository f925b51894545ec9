/**
 * What the API and the worker do alike as processes: JSON lines on stdout, the layers until SIGTERM or SIGINT, and one
 * sentence instead of a stack when they cannot start.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Config, Context, Deferred, Effect, Exit, Layer, Logger, References, type Runtime, Schema } from "effect"
import { HttpServerError } from "effect/http"
import { SqlError } from "effect/sql"
import { PoolerError } from "./Pooling.ts"
import { describeSqlError } from "./SqlTrouble.ts"

const levels = ["Debug", "Info", "Warn", "Error"] as const

/** In any case of letters. A level that is none must not keep the process from starting: it logs as usual and says so. */
const Logging = Layer.unwrap(
  Effect.gen(function* () {
    const wanted = yield* Config.String("VINSIGHT_LOG_LEVEL").pipe(Config.withDefault("Info"))
    const level = levels.find((name) => name.toLowerCase() === wanted.trim().toLowerCase())
    const complaint = `VINSIGHT_LOG_LEVEL is none of ${levels.join(", ")}: Info is used`
    return Layer.effectDiscard(level === undefined ? Effect.logWarning(complaint) : Effect.void).pipe(
      Layer.provideMerge(Logger.layer([Logger.consoleJson])),
      Layer.merge(Layer.succeed(References.MinimumLogLevel, level ?? "Info"))
    )
  })
)

/** `up` holds the other end of stdin: when it dies, however it dies, its children end as well. */
const parentGone = Effect.gen(function* () {
  const watches = yield* Config.Boolean("VINSIGHT_PARENT_PIPE").pipe(Config.withDefault(false))
  if (!watches) return yield* Effect.never
  yield* Effect.callback<void>((resume) => {
    const done = (): void => resume(Effect.void)
    process.stdin.once("end", done).once("close", done).once("error", done).resume()
  })
})

/** What ends the process when something it cannot do without has died. */
const Fatal = Context.Reference<Deferred.Deferred<never, unknown>>("@v-insight/database/Process/Fatal", {
  defaultValue: () => Deferred.makeUnsafe()
})

/**
 * Forks a loop that the process cannot do without: should it ever end by itself, the process ends too, and whoever
 * watches over it starts a new one. Silence would be worse.
 */
export const forkEssential = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fatal = yield* Fatal
    yield* effect.pipe(
      Effect.onExit((exit) =>
        Exit.hasInterrupts(exit)
          ? Effect.void
          : Deferred.failCause(
              fatal,
              Exit.isFailure(exit) ? exit.cause : Cause.die(new Error("An essential loop ended"))
            )
      ),
      Effect.forkScoped
    )
  })

/** Why a process cannot start, as the sentence that says what to do. */
export class StartError extends Schema.TaggedError<StartError>()("StartError", { message: Schema.String }) {}

/** Runs a process made of layers. `port` names the variable to change when the port is taken. */
export const run = <E>(layer: Layer.Layer<never, E>, port: string): void =>
  Layer.launch(layer).pipe(
    Effect.raceFirst(parentGone),
    Effect.raceFirst(Effect.flatMap(Fatal, Deferred.await)),
    Effect.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logFatal(sentenceOf(Cause.squash(cause), port))
    ),
    Effect.provide(Logging),
    NodeRuntime.runMain({ disableErrorReporting: true, teardown })
  )

/** A stop that was asked for is no failure. */
const teardown: Runtime.Teardown = (exit, onExit) =>
  onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)

/** What to do about it. Whatever is not expected here is told as it is. */
const sentenceOf = (error: unknown, port: string): string => {
  if (error instanceof Config.ConfigError)
    return `The configuration is not valid: ${error.message.replace(/^SchemaError\((.*)\)$/s, "$1").replaceAll(/\s+/g, " ")}`
  if (error instanceof HttpServerError.ServeError) {
    const code = codeOf(error.cause)
    return code === "EADDRINUSE"
      ? `The port of ${port} is in use: stop the program that listens there, or set ${port} to another port.`
      : `The server cannot listen (${code}): check VINSIGHT_HOST and ${port}.`
  }
  if (error instanceof PoolerError || error instanceof StartError) return error.message
  if (SqlError.isSqlError(error)) {
    return error.reason._tag === "AuthenticationError"
      ? "PostgreSQL refuses the login: check the database URL and VINSIGHT_SECRET, and run `vinsight migrate up` once."
      : `PostgreSQL cannot be used (${describeSqlError(error)}): check that it runs, that the database URL is right, and that \`vinsight migrate up\` has run.`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : String(cause)
