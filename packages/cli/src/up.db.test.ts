/** `npm start` with everything in it: it starts, heals, stops and leaves nothing, even when it is killed. */
import { probePort } from "@v-insight/database/probePort"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { testSecret } from "@v-insight/database/testing/constants"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, FileSystem, Queue, Redacted, Stream } from "effect"
import { familyOf, untilGone } from "./testing/family.ts"
import { launch, newDataDir, type Variables, vinsight } from "./testing/command.ts"

/** A running `up`: its output line by line, and its process. */
const started = Effect.fn("started")(function* (variables: Variables) {
  const handle = yield* launch(["up"], variables)
  const lines = yield* Queue.unbounded<string>()
  const heard: Array<string> = []
  yield* handle.all.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) => {
      heard.push(line)
      return Queue.offer(lines, line)
    }),
    Effect.forkScoped
  )
  /** Waits for a line; what was said is the reason when it never comes. */
  const line = (pattern: RegExp) =>
    Queue.take(lines).pipe(
      Effect.map((text) => pattern.exec(text)),
      Effect.repeat({ until: (match) => match !== null }),
      Effect.timeoutOrElse({
        duration: "100 seconds",
        orElse: () => Effect.die(new Error(`No line ${String(pattern)} in:\n${heard.join("\n")}`))
      })
    )
  const url = (yield* line(/V-Insight is ready at (\S+)/))?.[1] ?? ""
  return { handle, url, line, family: yield* familyOf(handle.pid) }
})

const statusOf = (url: string) => Effect.promise(() => fetch(url).then(({ status }) => status))

const leftovers = Effect.fn("leftovers")(function* (dataDir: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* fs.readDirectory(dataDir, { recursive: true })
  return names.filter((name) => /postmaster\.pid$|\.lock$/.test(name))
})

/** Ports that stay the same over two starts. */
const freePorts = Effect.gen(function* () {
  const [api, worker, web] = (yield* Effect.replicateEffect(probePort("127.0.0.1"), 3)).map(String)
  return { VINSIGHT_API_PORT: api!, VINSIGHT_WORKER_PORT: worker!, VINSIGHT_WEB_PORT: web! }
})

const minutes = (count: number): number => count * 60_000

layer(NodeServices.layer, { excludeTestServices: true })("vinsight up", (it) => {
  it.effect(
    "answers, refuses a second one, restarts what dies, and ends with 0 and without a trace",
    () =>
      Effect.gen(function* () {
        const VINSIGHT_DATA_DIR = yield* newDataDir
        const { family, handle, line, url } = yield* started({ VINSIGHT_DATA_DIR })
        assert.strictEqual(yield* statusOf(`${url}/login`), 200)

        const second = yield* vinsight(["up"], { VINSIGHT_DATA_DIR })
        assert.strictEqual(second.exitCode, 1)
        assert.match(second.stderr, /^V-Insight already runs on .* \(npm start, process \d+\): stop it first/)

        // A migration by hand uses the server that runs.
        assert.match(
          (yield* vinsight(["migrate", "status"], { VINSIGHT_DATA_DIR })).stdout,
          /0001_foundation {2}applied/
        )

        const worker = family.find(({ command }) => command.includes("dist/worker"))
        process.kill(worker?.pid ?? 0, "SIGKILL")
        yield* line(/The worker stopped unexpectedly \(SIGKILL\) and starts again/)
        yield* line(/worker +listening/)

        const whole = yield* familyOf(handle.pid)
        process.kill(handle.pid, "SIGTERM")
        assert.strictEqual(yield* handle.exitCode, 0)
        yield* untilGone(whole).pipe(Effect.timeout("5 seconds"))
        assert.deepStrictEqual(yield* leftovers(VINSIGHT_DATA_DIR), [])
      }),
    minutes(3)
  )

  it.effect(
    "leaves nothing running when it is killed, and starts again at once on the same data and ports",
    () =>
      Effect.gen(function* () {
        const variables = { VINSIGHT_DATA_DIR: yield* newDataDir, ...(yield* freePorts) }
        const first = yield* started(variables)
        process.kill(first.handle.pid, "SIGKILL")
        const second = yield* started(variables)
        yield* untilGone(first.family).pipe(Effect.timeout("20 seconds"))
        assert.strictEqual(yield* statusOf(`${second.url}/login`), 200)
        process.kill(second.handle.pid, "SIGINT")
        assert.strictEqual(yield* second.handle.exitCode, 0)
        assert.deepStrictEqual(yield* leftovers(variables.VINSIGHT_DATA_DIR), [])
      }),
    minutes(3)
  )

  // Elsewhere the system does not tell one process of another's environment.
  it.effect.runIf(process.platform === "linux")(
    "gives each process its own login and never the owner's",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { family } = yield* started({ VINSIGHT_DATA_DIR: yield* newDataDir })
        const variablesOf = Effect.fnUntraced(function* (part: string) {
          const pid = family.find(({ command }) => command.includes(part))?.pid
          const lines = (yield* fs.readFileString(`/proc/${pid}/environ`)).split("\0")
          const names = lines.map((line) => line.slice(0, line.indexOf("=")))
          return new Set(names.filter((name) => /DATABASE_URL|SECRET/.test(name)))
        })
        assert.deepStrictEqual(
          yield* variablesOf("dist/server"),
          new Set(["VINSIGHT_API_DATABASE_URL", "VINSIGHT_SECRET"])
        )
        assert.deepStrictEqual(
          yield* variablesOf("dist/worker"),
          new Set(["VINSIGHT_SECRET", "VINSIGHT_WORKER_DATABASE_URL"])
        )
        assert.deepStrictEqual(yield* variablesOf("web/server.js"), new Set(["VINSIGHT_PROXY_SECRET"]))
      }),
    minutes(3)
  )

  it.effect(
    "runs on the database of DATABASE_URL and starts none of its own",
    () =>
      Effect.gen(function* () {
        const { ownerUrl } = yield* TestDatabase
        const { family, url } = yield* started({
          DATABASE_URL: Redacted.value(ownerUrl),
          VINSIGHT_SECRET: Redacted.value(testSecret),
          VINSIGHT_DATA_DIR: yield* newDataDir
        })
        assert.strictEqual(yield* statusOf(`${url}/login`), 200)
        assert.isUndefined(family.find(({ command }) => command.includes("postgres")))
      }).pipe(Effect.scoped, Effect.provide(TestDatabase.layer)),
    minutes(3)
  )
})
