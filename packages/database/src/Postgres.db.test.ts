/** The embedded server as a resource: one owner, guests, no orphan, no trace; with real processes that are killed. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { PgClient } from "@effect/sql-pg"
import { assert, layer, vi } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path, Schedule, Schema, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { SqlClient } from "effect/sql"
import { Keys } from "./Keys.ts"
import * as Account from "./postgres/Account.ts"
import * as PidFile from "./postgres/PidFile.ts"
import * as Postgres from "./Postgres.ts"
import { testSecret } from "./testing/constants.ts"

const holder = new URL("testing/holdPostgres.ts", import.meta.url).pathname

const password = Keys.fromSecret(testSecret).rolePassword("vinsight")

const acquire = (dataDir: string, options: Partial<Postgres.Options> = {}) =>
  Postgres.acquire({
    dataDir,
    password,
    purpose: "a test",
    isGuest: false,
    isDurable: false,
    bin: process.env["VINSIGHT_PG_BIN"],
    ...options
  })

const newDataDir = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "v-insight-postgres-" })
  yield* fs.chmod(folder, 0o755)
  return path.join(folder, "data")
})

const answer = Effect.fnUntraced(function* (server: Postgres.Postgres) {
  const client = yield* Layer.build(PgClient.layer({ url: server.url("postgres"), maxConnections: 1 }))
  const rows = yield* Effect.provideContext(
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ one: number }>`SELECT 1 AS one`),
    client
  )
  return rows[0]?.one
}, Effect.scoped)

/** The postmaster of a data directory, wherever in it the version's folder is. */
const postmasterOf = Effect.fn("postmasterOf")(function* (dataDir: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = yield* fs.readDirectory(dataDir)
  const name = names.find((name) => /^postgres-\d+$/.test(name)) ?? ""
  return yield* PidFile.read(path.join(dataDir, name))
})

const untilStopped = (dataDir: string) =>
  postmasterOf(dataDir).pipe(
    Effect.repeat({ until: (postmaster) => postmaster === undefined, schedule: Schedule.spaced("50 millis") }),
    Effect.timeout("10 seconds")
  )

const Report = Schema.fromJsonString(
  Schema.Struct({ port: Schema.optional(Schema.Int), message: Schema.optional(Schema.String) })
)

/** Another process that owns the server; it has said that it is ready. */
const hold = Effect.fn("hold")(function* (dataDir: string) {
  const handle = yield* ChildProcess.make(process.execPath, [holder, dataDir])
  const line = yield* handle.stdout.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runHead,
    Effect.flatMap(Effect.fromOption)
  )
  return { handle, report: yield* Schema.decodeEffect(Report)(line) }
})

// A busy machine starts processes in seconds, not in tenths.
vi.setConfig({ testTimeout: 120_000 })

layer(NodeServices.layer, { excludeTestServices: true })("the embedded PostgreSQL", (it) => {
  it.effect("starts, answers and stops without a trace", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* newDataDir
      const major = yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* acquire(dataDir)
          assert.isFalse(server.isAttached)
          assert.strictEqual(yield* answer(server), 1)
          return server.major
        })
      )
      assert.isUndefined(yield* postmasterOf(dataDir))
      assert.deepStrictEqual((yield* fs.readDirectory(dataDir)).toSorted(), [`postgres-${major}`, "postgres.log"])
    })
  )

  it.effect("has one owner; guests use its server and leave it running", () =>
    Effect.gen(function* () {
      const dataDir = yield* newDataDir
      const { handle } = yield* hold(dataDir)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const guest = yield* acquire(dataDir, { isGuest: true })
          assert.isTrue(guest.isAttached)
          assert.strictEqual(yield* answer(guest), 1)
        })
      )
      assert.isDefined(yield* postmasterOf(dataDir))
      yield* handle.kill()
      assert.isUndefined(yield* postmasterOf(dataDir))
    })
  )

  it.effect("stops when its owner is killed with kill -9, and the next owner starts it again", () =>
    Effect.gen(function* () {
      const dataDir = yield* newDataDir
      const { handle } = yield* hold(dataDir)
      yield* handle.kill({ killSignal: "SIGKILL" })
      yield* untilStopped(dataDir)
      const next = yield* acquire(dataDir)
      assert.isFalse(next.isAttached)
      assert.strictEqual(yield* answer(next), 1)
    })
  )

  it.effect("tells its owner when it ends by itself", () =>
    Effect.gen(function* () {
      const dataDir = yield* newDataDir
      const server = yield* acquire(dataDir)
      const postmaster = yield* postmasterOf(dataDir)
      process.kill(postmaster?.pid ?? 0, "SIGKILL")
      assert.match((yield* Effect.flip(server.lost)).message, /^PostgreSQL stopped unexpectedly/)
    })
  )

  it.effect("throws a half-made data directory away and takes over a lock left behind", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const dataDir = yield* newDataDir
      yield* fs.makeDirectory(dataDir)
      for (const major of [15, 16, 17, 18]) {
        yield* fs.makeDirectory(path.join(dataDir, `postgres-${major}.init`))
        yield* fs.writeFileString(path.join(dataDir, `postgres-${major}.init`, "half"), "")
      }
      const dead = { pid: process.pid, startedAt: "1", purpose: "died" }
      yield* fs.writeFileString(path.join(dataDir, "postgres.lock"), JSON.stringify(dead))
      assert.strictEqual(yield* answer(yield* acquire(dataDir)), 1)
    })
  )

  it.effect("works for an ordinary user as for root", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* newDataDir
      const account = yield* Account.choose()
      // Root becomes somebody else for this; an ordinary user is one already.
      if (account !== undefined) {
        yield* fs.makeDirectory(dataDir)
        yield* fs.chown(dataDir, account.uid, account.gid)
      }
      const command = [process.execPath, holder, dataDir] as const
      const handle = yield* account === undefined
        ? ChildProcess.make(command[0], command.slice(1))
        : ChildProcess.make("setpriv", [
            `--reuid=${account.uid}`,
            `--regid=${account.gid}`,
            "--clear-groups",
            ...command
          ])
      const line = yield* handle.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.runHead,
        Effect.flatMap(Effect.fromOption)
      )
      assert.match(line, /^\{"port":\d+\}$/)
      yield* handle.kill()
      // And what the ordinary user began, root goes on with.
      assert.strictEqual(yield* answer(yield* acquire(dataDir)), 1)
    })
  )
})
