/** The worker as it really runs, a process of its own, for tests that stop it and kill it. */
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { testSecret } from "@v-insight/database/testing/constants"
import { Effect, Redacted } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"

const main = new URL("../main.ts", import.meta.url).pathname

export interface WorkerProcess {
  readonly child: ChildProcess
  /** Of /health and /metrics. */
  readonly port: number
  /** All that it has written so far, of every level. */
  readonly log: ReadonlyArray<string>
  /** Sends the signal and waits for the end; answers with the exit code, or the signal's name. */
  readonly end: (signal: NodeJS.Signals) => Effect.Effect<number | string>
}

export interface Surroundings {
  /** What the command begins with, such as `ip netns exec name`. */
  readonly prefix?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts a worker and waits until it listens. Killed with the scope when the test has not ended it. */
export const startWorker = Effect.fnUntraced(function* (
  runnerPort: number,
  { environment = {}, prefix = [] }: Surroundings = {}
) {
  const { workerUrl } = yield* TestDatabase
  return yield* Effect.acquireRelease(
    Effect.callback<WorkerProcess>((resume) => {
      const [command, ...words] = [...prefix, process.execPath, main]
      const child = spawn(command, words, {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: process.env["PATH"],
          VINSIGHT_SECRET: Redacted.value(testSecret),
          VINSIGHT_WORKER_DATABASE_URL: Redacted.value(workerUrl),
          VINSIGHT_WORKER_PORT: "0",
          VINSIGHT_RUNNER_PORT: String(runnerPort),
          VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8",
          ...environment
        }
      })
      const exited = new Promise<number | string>((resolve) =>
        child.once("exit", (code, signal) => resolve(code ?? signal ?? ""))
      )
      const end = (signal: NodeJS.Signals) =>
        Effect.promise(() => {
          child.kill(signal)
          return exited
        })
      const log: Array<string> = []
      createInterface({ input: child.stderr }).on("line", (line) => {
        log.push(line)
        process.stderr.write(`${line}\n`)
      })
      createInterface({ input: child.stdout }).on("line", (line) => {
        log.push(line)
        const { annotations, level, message } = JSON.parse(line)
        if (message === "listening") resume(Effect.succeed({ child, port: annotations.port, log, end }))
        if (level === "WARN" || level === "ERROR" || level === "FATAL") process.stderr.write(`${line}\n`)
      })
      void exited.then((code) => resume(Effect.die(new Error(`The worker ended with ${code} before it listened`))))
    }),
    ({ child, end }) => (child.exitCode === null && child.signalCode === null ? end("SIGKILL") : Effect.void)
  )
})
