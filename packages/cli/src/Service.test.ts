/** Children are started, heard, started again and stopped; real processes of a line or two. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import { Duration, Effect, FileSystem, Path } from "effect"
import { TestConsole } from "effect/testing"
import * as Service from "./Service.ts"

const program = (script: string, environment: Readonly<Record<string, string>> = {}): Service.Program => ({
  name: "child",
  title: "The child",
  command: process.execPath,
  args: ["-e", script],
  cwd: "/",
  environment,
  isReady: ({ message }) => message === "listening"
})

const stay = "setInterval(() => {}, 1000)"
const listening = `console.log(JSON.stringify({ message: "listening" }))`

layer(NodeServices.layer, { excludeTestServices: true })("Service", (it) => {
  it.effect("refuses with the program's own last complaint when it does not start", () =>
    Effect.gen(function* () {
      const script = `console.log(JSON.stringify({ level: "ERROR", message: "VINSIGHT_X is wrong" })); process.exitCode = 1`
      const service = yield* Service.start(program(script))
      const error = yield* Effect.flip(service.ready)
      assert.strictEqual(error.message, "The child did not start: VINSIGHT_X is wrong")
    })
  )

  it.effect("refuses with the exit code when it says nothing", () =>
    Effect.gen(function* () {
      const service = yield* Service.start(program("process.exitCode = 7"))
      assert.strictEqual((yield* Effect.flip(service.failed)).message, "The child did not start: exit code 7")
    })
  )

  it.effect("starts again what died after it had been ready", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const file = path.join(yield* fs.makeTempDirectoryScoped(), "lives")
      const script = `
        require("node:fs").appendFileSync(process.env.FILE, "x")
        ${listening}
        if (require("node:fs").readFileSync(process.env.FILE, "utf8") === "x") setTimeout(() => process.kill(process.pid, "SIGKILL"), 50)
        ${stay}`
      const service = yield* Service.start(program(script, { FILE: file }))
      yield* service.ready
      yield* Effect.raceFirst(
        Effect.repeat(Effect.andThen(Effect.sleep("20 millis"), fs.readFileString(file)), {
          until: (text) => text === "xx"
        }),
        service.failed
      )
    })
  )

  it.effect("stops with the scope, and hears what is said until the end", () =>
    Effect.gen(function* () {
      const script = `process.on("SIGTERM", () => { console.log("good bye"); process.exit(0) }); ${listening}; ${stay}`
      yield* Effect.scoped(Effect.flatMap(Service.start(program(script)), ({ ready }) => ready))
      const lines = yield* TestConsole.logLines
      assert.match(String(lines.at(-1)), / child {5}good bye$/)
    }).pipe(Effect.provide(TestConsole.layer))
  )
})

describe("pauseAfter", () => {
  const seconds = (deaths: ReadonlyArray<number>): number | undefined => {
    const pause = Service.pauseAfter(deaths.map((at) => at * 1000))
    return pause === undefined ? undefined : Duration.toSeconds(pause)
  }

  it("doubles up to a limit, then gives up", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5, 6].map((count) => seconds(Array.from({ length: count }, (_, index) => 1000 + index))),
      [1, 2, 4, 8, 15, undefined]
    )
  })

  it("forgets what is longer ago than five minutes", () => {
    assert.strictEqual(seconds([1, 2, 3, 4, 5, 1000]), 1)
  })
})
