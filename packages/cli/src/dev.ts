/** `vinsight dev`, which is `npm run dev`: everything from source; what is saved is running a moment later. */
import { Duration, Effect, FileSystem, Path, Queue, Stream } from "effect"
import { npmGone } from "./npmGone.ts"
import { rootFolder } from "./rootFolder.ts"
import { stack } from "./stack.ts"
import { saysListening } from "./up.ts"

/** Editors write a file in several steps, and a change of branch writes many files. */
const settle = Duration.millis(200)

/** Vite knows nothing of VINSIGHT_PARENT_PIPE. */
const endWithParent = `data:text/javascript,process.stdin.on("end",()=>process.kill(process.pid,"SIGTERM")).resume()`

export const dev = Effect.gen(function* () {
  const path = yield* Path.Path
  const root = yield* rootFolder
  const program = Effect.fnUntraced(function* (name: string) {
    const changes = yield* changesOf(
      [name, "database", "domain"].map((part) => path.join(root, "packages", part, "src"))
    )
    return {
      command: process.execPath,
      args: () => [`packages/${name}/src/main.ts`],
      cwd: root,
      isReady: saysListening,
      changes
    }
  })
  const vite = path.join(root, "node_modules/vite/bin/vite.js")
  return yield* stack({
    purpose: "npm run dev",
    server: yield* program("server"),
    worker: yield* program("worker"),
    web: {
      command: process.execPath,
      args: (host, port) => [
        `--import=${endWithParent}`,
        vite,
        "dev",
        `--host=${host}`,
        `--port=${port}`,
        "--strictPort",
        "--clearScreen=false"
      ],
      cwd: path.join(root, "packages/web"),
      isReady: ({ message }) => /ready in/.test(message),
      // Vite replaces modules by itself; it is started again only by hand.
      changes: yield* Queue.unbounded<void>()
    },
    prepare: Effect.void,
    environment: { NODE_ENV: "development" }
  })
}).pipe(Effect.scoped, Effect.raceFirst(npmGone))

/** One element per burst of changes in the sources; tests are no sources. */
const changesOf = Effect.fn("dev.changesOf")(function* (folders: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const queue = yield* Queue.sliding<void>(1)
  yield* Stream.mergeAll(
    folders.map((folder) => fs.watch(folder, { recursive: true })),
    { concurrency: "unbounded" }
  ).pipe(
    Stream.filter(({ path }) => path.endsWith(".ts") && !path.endsWith(".test.ts")),
    Stream.debounce(settle),
    Stream.runForEach(() => Queue.offer(queue, undefined)),
    Effect.forkScoped
  )
  return queue
})
