/** `vinsight up`, which is `npm start`: everything in one command, from the bundles. */
import { Effect, FileSystem, Path } from "effect"
import { ChildProcess } from "effect/process"
import type { LogLine } from "./LogLine.ts"
import { workerFlags } from "./memoryPolicy.ts"
import { Refusal } from "./Refusal.ts"
import { npmGone } from "./npmGone.ts"
import { rootFolder } from "./rootFolder.ts"
import { stack } from "./stack.ts"

/** Each process says so when it answers. */
export const saysListening = ({ message }: LogLine): boolean => message === "listening"

/** Builds what is stale, where there are sources; a release has none and is built. */
const built = Effect.fn("up.built")(function* (root: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const script = path.join(root, "packages/cli/src/build.ts")
  if (!(yield* fs.exists(script))) return
  const handle = yield* ChildProcess.make(process.execPath, [script, "server", "worker", "web"], {
    cwd: root,
    extendEnv: true,
    stdout: "inherit",
    stderr: "inherit"
  })
  if ((yield* handle.exitCode) !== 0) {
    return yield* new Refusal({
      message: "The build failed, its messages above say why: run npm install, then start again"
    })
  }
}, Effect.scoped)

/** The bundles, and how they are made where there are sources. */
export const bundles = Effect.gen(function* () {
  const root = yield* rootFolder
  const program = (file: string, flags: ReadonlyArray<string> = []) => ({
    command: process.execPath,
    args: () => [...flags, file],
    cwd: root,
    isReady: saysListening
  })
  return {
    server: program("dist/server/main.js"),
    worker: program("dist/worker/main.js", workerFlags),
    web: program("packages/web/server.js"),
    prepare: built(root)
  }
})

export const up = Effect.gen(function* () {
  const plan = yield* bundles
  return yield* stack({ ...plan, purpose: "npm start", environment: { NODE_ENV: "production" } })
}).pipe(Effect.scoped, Effect.raceFirst(npmGone))
