/** The `vinsight` command. What it cannot do it says in one sentence on stderr and ends with code 1. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Logger } from "effect"
import { Command } from "effect/cli"
import { demo } from "./demo.ts"
import { dev } from "./dev.ts"
import * as LogLine from "./LogLine.ts"
import { loadHistory } from "./loadHistory.ts"
import { migrate } from "./migrate.ts"
import { schema } from "./schema.ts"
import { up } from "./up.ts"

const vinsight = Command.make("vinsight").pipe(
  Command.withDescription("V-Insight: monitoring for several tenants"),
  Command.withSubcommands([
    Command.make("up", {}, () => up).pipe(Command.withDescription("Run everything: database, API, worker, web")),
    Command.make("dev", {}, () => dev).pipe(Command.withDescription("Run everything from source, with reload")),
    demo,
    migrate,
    loadHistory,
    schema
  ])
)

/** Our own messages look like those of the processes we run. */
const ReadableLog = Logger.layer([
  Logger.make(({ date, logLevel, message }) => {
    const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
    const line = { level: logLevel.toUpperCase(), message: text, time: "", fields: [] }
    process.stdout.write(`${LogLine.format("v-insight", line, date.toISOString())}\n`)
  })
])

/** Errors people can act on are sentences; anything else is our mistake and shows where it comes from. */
const sentenceOf = (cause: Cause.Cause<{ readonly message: string }>): string => {
  const failure = cause.reasons.find(Cause.isFailReason)
  return failure === undefined ? Cause.pretty(cause) : failure.error.message.replaceAll(/\s*\n\s*/g, " ")
}

Command.run(vinsight, { version: "0.1.0" }).pipe(
  Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : Console.error(sentenceOf(cause)))),
  Effect.provide([ReadableLog, NodeServices.layer]),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // Being asked to stop and having stopped is a success.
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
  })
)
