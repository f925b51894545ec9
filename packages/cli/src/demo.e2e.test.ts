/** `npm run demo` as people run it: it comes up full, its pages answer, and a second start finds what the first one made. */
import { assert, layer } from "@effect/vitest"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, FileSystem, Path, Stream } from "effect"
import { launch, newDataDir, vinsight } from "./testing/command.ts"

const email = "demo@nordlicht.example"
const password = "look around"
const days = 2
/** Building what is stale takes most of it. */
const readyWithin = "150 seconds"

const pages = ["/overview", "/monitors", "/incidents", "/alerts/rules", "/alerts/channels", "/settings"]

interface Envelope<A> {
  readonly data: A
}

/** Starts it, hands over its address, and stops it. */
const running = <A, E, R>(folder: string, use: (origin: string) => Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const handle = yield* launch(["demo", "--folder", folder, "--port", "0", "--days", String(days)], {})
      const lines = handle.all.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.map((line) => /ready at (http:\S+)/.exec(line)?.[1]),
        Stream.filter((origin) => origin !== undefined),
        Stream.runHead
      )
      const origin = yield* Effect.timeout(Effect.flatMap(lines, Effect.fromOption), readyWithin)
      return yield* use(origin)
    })
  )

const looked = Effect.fnUntraced(function* (origin: string) {
  const ask = (path: string, init?: RequestInit) =>
    Effect.promise(() => fetch(`${origin}${path}`, { redirect: "manual", ...init }))
  const login = yield* ask("/api/v1/auth/login", {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ email, password })
  })
  assert.strictEqual(login.status, 200)
  const cookie = login.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .join("; ")
  const read = Effect.fnUntraced(function* <A>(path: string) {
    const answer = yield* ask(`/api/v1${path}`, { headers: { cookie } })
    assert.strictEqual(answer.status, 200, path)
    return ((yield* Effect.promise(() => answer.json())) as Envelope<A>).data
  })
  const monitors =
    yield* read<ReadonlyArray<{ readonly id: string; readonly name: string; readonly type: string }>>(
      "/monitors?perPage=100"
    )
  for (const path of [...pages, ...monitors.slice(0, 2).map(({ id }) => `/monitors/${id}`)]) {
    const page = yield* ask(path, { headers: { cookie } })
    assert.strictEqual(page.status, 200, path)
    assert.include(yield* Effect.promise(() => page.text()), "Nordlicht Outdoor", path)
  }
  const open = yield* read<ReadonlyArray<{ readonly monitorName: string }>>("/incidents?status=open")
  return { names: monitors.map(({ name }) => name).toSorted(), kinds: new Set(monitors.map(({ type }) => type)), open }
})

layer(NodeServices.layer, { excludeTestServices: true })("npm run demo", (it) => {
  it.effect(
    "comes up full, and goes on where it stopped",
    () =>
      Effect.gen(function* () {
        const folder = yield* newDataDir
        const first = yield* running(folder, looked)
        assert.strictEqual(first.names.length, 60)
        assert.strictEqual(first.kinds.size, 14)
        assert.includeMembers(
          first.open.map(({ monitorName }) => monitorName),
          ["Image resizer", "Supplier price feed"]
        )
        const second = yield* running(folder, looked)
        assert.deepStrictEqual(second.names, first.names)
      }),
    360_000
  )

  it.effect("leaves alone a folder that is not a demo's", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folder = yield* newDataDir
      yield* fs.makeDirectory(folder)
      yield* fs.writeFileString(path.join(folder, "precious"), "mine")
      const { exitCode, stderr } = yield* vinsight(["demo", "--folder", folder], {})
      assert.strictEqual(exitCode, 1)
      assert.match(stderr, /something else than a demo: choose another --folder/)
      assert.deepStrictEqual(yield* fs.readDirectory(folder), ["precious"])
    })
  )
})
