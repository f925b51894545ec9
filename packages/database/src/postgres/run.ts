/** Runs a program of PostgreSQL to its end. Effect's own spawner knows no user id, which root needs to give up root. */
import { Duration, Effect } from "effect"
import { spawn, type SpawnOptions } from "node:child_process"
import type { Account } from "./Account.ts"
import { PostgresError } from "./PostgresError.ts"

/** initdb on a slow disk takes seconds; nothing else here takes one. */
const timeLimit = Duration.minutes(5)

export interface Finished {
  readonly exitCode: number
  readonly output: string
}

/** Where and as whom PostgreSQL's programs run: a fixed environment, so that locale and time zone are the same everywhere. */
export const spawnOptions = (account: Account | undefined): SpawnOptions => ({
  cwd: "/",
  env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
  ...(account === undefined ? {} : { uid: account.uid, gid: account.gid })
})

export const run = (command: string, args: ReadonlyArray<string>, account: Account | undefined) =>
  Effect.callback<Finished, PostgresError>((resume) => {
    const child = spawn(command, args, { ...spawnOptions(account), stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    const collect = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on("data", collect)
    child.stderr.on("data", collect)
    child.once("error", (error) =>
      resume(Effect.fail(new PostgresError({ message: `Cannot run ${command}: ${error.message}` })))
    )
    child.once("close", (code) => resume(Effect.succeed({ exitCode: code ?? -1, output: output.trim() })))
    return Effect.sync(() => child.kill("SIGKILL"))
  }).pipe(
    Effect.timeoutOrElse({
      duration: timeLimit,
      orElse: () =>
        Effect.fail(new PostgresError({ message: `${command} did not finish within ${Duration.format(timeLimit)}` }))
    })
  )
