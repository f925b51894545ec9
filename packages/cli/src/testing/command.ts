/** Runs the real command as people do, in a process of its own. */
import { Effect, FileSystem, Path, Stream } from "effect"
import { ChildProcess } from "effect/process"

export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const main = new URL("../main.ts", import.meta.url).pathname

/** What would lead a test out of its own folder. */
const unset = {
  DATABASE_URL: undefined,
  DATABASE_DIRECT_URL: undefined,
  DATABASE_READ_URL: undefined,
  VINSIGHT_API_DATABASE_URL: undefined,
  VINSIGHT_WORKER_DATABASE_URL: undefined,
  VINSIGHT_SECRET: undefined,
  VINSIGHT_ALLOWED_CIDRS: undefined
}

const anyPorts = { VINSIGHT_API_PORT: "0", VINSIGHT_WORKER_PORT: "0", VINSIGHT_WEB_PORT: "0" }

export type Variables = Readonly<Record<string, string>>

/** The command as a child; it is asked to stop when the scope closes. */
export const launch = (args: ReadonlyArray<string>, variables: Variables) =>
  ChildProcess.make(process.execPath, [main, ...args], {
    extendEnv: true,
    env: { ...unset, ...anyPorts, ...variables },
    forceKillAfter: "40 seconds"
  })

/** Runs it to its end. */
export const vinsight = Effect.fn("vinsight")(function* (args: ReadonlyArray<string>, variables: Variables) {
  const handle = yield* launch(args, variables)
  const text = (stream: typeof handle.stdout) => Stream.mkString(Stream.decodeText(stream))
  const [stdout, stderr, exitCode] = yield* Effect.all([text(handle.stdout), text(handle.stderr), handle.exitCode], {
    concurrency: 3
  })
  return { exitCode, stdout, stderr: stderr.trim() } satisfies Outcome
}, Effect.scoped)

/** A new folder for VINSIGHT_DATA_DIR, where PostgreSQL's own user can get in. */
export const newDataDir = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "v-insight-cli-" })
  yield* fs.chmod(folder, 0o755)
  return path.join(folder, "data")
})
