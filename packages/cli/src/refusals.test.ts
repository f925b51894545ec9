/** What the command cannot do it says in one sentence that tells what to do, and ends with code 1. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { PgClient } from "@effect/sql-pg"
import { assert, layer, vi } from "@effect/vitest"
import * as Lock from "@v-insight/database/postgres/Lock"
import { testServer } from "@v-insight/database/testing/TestDatabase"
import { Effect, FileSystem, Path, Redacted } from "effect"
import { createServer, type Server } from "node:net"
import { newDataDir, type Variables, vinsight } from "./testing/command.ts"

/** The one line on stderr of a command that must fail. */
const refusal = Effect.fn("refusal")(function* (args: ReadonlyArray<string>, variables: Variables) {
  const { exitCode, stderr, stdout } = yield* vinsight(args, { VINSIGHT_DATA_DIR: yield* newDataDir, ...variables })
  assert.strictEqual(exitCode, 1, stdout)
  assert.lengthOf(stderr.split("\n"), 1, stderr)
  return stderr
})

/** Something that listens on a port of 127.0.0.1. */
const occupiedPort = Effect.acquireRelease(
  Effect.callback<Server>((resume) => {
    const server = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.sync(() => server.close())
).pipe(Effect.map((server) => String((server.address() as { port: number }).port)))

const postgresAs = (change: (url: URL) => void): string => {
  const url = testServer()
  change(url)
  return url.href
}

// A busy machine starts processes in seconds, not in tenths.
vi.setConfig({ testTimeout: 120_000 })

layer(NodeServices.layer, { excludeTestServices: true })("up says what to do when", (it) => {
  for (const variable of ["VINSIGHT_API_PORT", "VINSIGHT_WORKER_PORT", "VINSIGHT_WEB_PORT"]) {
    it.effect(`${variable} is in use`, () =>
      Effect.gen(function* () {
        const port = yield* occupiedPort
        assert.strictEqual(
          yield* refusal(["up"], { [variable]: port }),
          `Port ${port} is in use: stop the program that listens there, or set ${variable} to another port`
        )
      })
    )
  }

  it.effect("two of its ports are the same", () =>
    Effect.gen(function* () {
      const message = yield* refusal(["up"], { VINSIGHT_API_PORT: "8099", VINSIGHT_WEB_PORT: "8099" })
      assert.strictEqual(message, "VINSIGHT_API_PORT and VINSIGHT_WEB_PORT are both 8099: give each a port of its own")
    })
  )

  it.effect("a port is no number", () =>
    Effect.gen(function* () {
      assert.match(yield* refusal(["up"], { VINSIGHT_WEB_PORT: "http" }), /VINSIGHT_WEB_PORT/)
    })
  )

  it.effect("the secret is too short", () =>
    Effect.gen(function* () {
      assert.match(
        yield* refusal(["up"], { VINSIGHT_SECRET: "hunter2" }),
        /VINSIGHT_SECRET needs at least 32 characters/
      )
    })
  )

  it.effect("the data are of another major version", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const dataDir = yield* newDataDir
      const old = path.join(dataDir, "postgres-14")
      yield* fs.makeDirectory(old, { recursive: true })
      yield* fs.writeFileString(path.join(old, "PG_VERSION"), "14\n")
      assert.match(
        yield* refusal(["up"], { VINSIGHT_DATA_DIR: dataDir }),
        /postgres-14 were made by PostgreSQL 14, but the one found here is \d+: set VINSIGHT_PG_BIN .* or move .* away/
      )
    })
  )

  it.effect("the binaries are not where VINSIGHT_PG_BIN says", () =>
    Effect.gen(function* () {
      assert.match(
        yield* refusal(["up"], { VINSIGHT_PG_BIN: "/nowhere" }),
        /^VINSIGHT_PG_BIN is \/nowhere, but .*: correct it/
      )
    })
  )

  it.effect("another V-Insight runs on the data", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const dataDir = yield* newDataDir
      yield* fs.makeDirectory(dataDir)
      yield* Lock.acquire(path.join(dataDir, "vinsight.lock"), "npm start")
      assert.strictEqual(
        yield* refusal(["up"], { VINSIGHT_DATA_DIR: dataDir }),
        `V-Insight already runs on ${dataDir} (npm start, process ${process.pid}): stop it first, or set VINSIGHT_DATA_DIR to another folder`
      )
    })
  )

  it.effect("the data directory is no directory", () =>
    Effect.gen(function* () {
      assert.match(yield* refusal(["up"], { VINSIGHT_DATA_DIR: "/dev/null/data" }), /^VINSIGHT_DATA_DIR cannot be used/)
    })
  )

  it.effect("nothing answers at DATABASE_URL", () =>
    Effect.gen(function* () {
      const message = yield* refusal(["up"], { DATABASE_URL: "postgres://u:secret@127.0.0.1:1/x" })
      assert.match(
        message,
        /^No PostgreSQL answers at 127.0.0.1:1 \(.*ECONNREFUSED.*\): start it, correct DATABASE_URL, or/
      )
      assert.notInclude(message, "secret")
    })
  )

  it.effect("DATABASE_URL is not a URL of PostgreSQL", () =>
    Effect.gen(function* () {
      assert.match(yield* refusal(["up"], { DATABASE_URL: "localhost:5432" }), /^DATABASE_URL must look like/)
    })
  )

  for (const variable of ["DATABASE_DIRECT_URL", "DATABASE_READ_URL"]) {
    it.effect(`${variable} is not a URL of PostgreSQL, and no login was changed yet`, () =>
      Effect.gen(function* () {
        const passwords = Effect.gen(function* () {
          const sql = yield* PgClient.PgClient
          return yield* sql`SELECT rolname, rolpassword FROM pg_authid ORDER BY rolname`
        }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(testServer().href), maxConnections: 1 })))
        const before = yield* passwords
        assert.strictEqual(
          yield* refusal(["up"], { DATABASE_URL: testServer().href, [variable]: "replica:5432" }),
          `${variable} must look like postgres://user:password@host:5432/database: correct it`
        )
        assert.deepStrictEqual(yield* passwords, before)
      })
    )
  }

  it.effect("the login of DATABASE_URL is refused", () =>
    Effect.gen(function* () {
      const DATABASE_URL = postgresAs((url) => (url.password = "wrong"))
      assert.match(
        yield* refusal(["up"], { DATABASE_URL }),
        /refuses the login vinsight: correct user and password in DATABASE_URL$/
      )
    })
  )

  it.effect("the database of DATABASE_URL does not exist", () =>
    Effect.gen(function* () {
      const DATABASE_URL = postgresAs((url) => (url.pathname = "/missing"))
      assert.match(
        yield* refusal(["up"], { DATABASE_URL }),
        /has no database missing: create it, or correct DATABASE_URL$/
      )
    })
  )
})
