/** The API as a process: it says where it listens, and stops when it is told to, whoever is connected. */
import { assert, layer } from "@effect/vitest"
import { Cast, type Things } from "@v-insight/database/testing/Cast"
import { testSecret } from "@v-insight/database/testing/constants"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { listen } from "./testing/events.ts"

const main = fileURLToPath(new URL("./main.ts", import.meta.url))

const start = (environment: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [main], {
        env: { PATH: process.env["PATH"], ...environment },
        stdio: ["ignore", "pipe", "inherit"]
      })
      const lines: Array<string> = []
      const exit = new Promise<number | null>((resolve) => child.once("exit", resolve))
      const first = new Promise<void>((resolve) => {
        createInterface(child.stdout).on("line", (line) => {
          lines.push(line)
          resolve()
        })
      })
      return {
        firstLine: Effect.map(
          Effect.promise(() => Promise.race([first, exit])),
          () => JSON.parse(lines[0]!)
        ),
        stop: Effect.sync(() => child.kill("SIGTERM")),
        exit: Effect.promise(() => exit),
        kill: () => child.kill("SIGKILL")
      }
    }),
    ({ exit, kill }) => Effect.andThen(Effect.sync(kill), exit)
  )

layer(Layer.provideMerge(Cast.layer, TestDatabase.layer), { excludeTestServices: true })("the API's process", (it) => {
  it.effect("listens on a free port, ends its live streams when told to stop, and exits with 0", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* TestDatabase
      const { alice, things } = yield* Cast
      const api = yield* start({
        VINSIGHT_API_PORT: "0",
        VINSIGHT_SECRET: Redacted.value(testSecret),
        VINSIGHT_API_DATABASE_URL: Redacted.value(apiUrl)
      })
      const line = yield* api.firstLine
      assert.deepInclude(line, { message: "listening", level: "INFO" })
      const url = `http://127.0.0.1:${line.annotations.port}`
      const stream = yield* listen(`${url}/api/v1/stream/events`, { as: alice })
      // News of its own: on a busy machine the start takes longer than the stream looks back.
      const renamed = yield* Effect.promise(() =>
        fetch(`${url}/api/v1/monitors/${things.monitorId}`, {
          method: "PATCH",
          headers: { authorization: `Bearer ${alice.token}`, "content-type": "application/json" },
          body: JSON.stringify({ name: "Seen" })
        })
      )
      assert.strictEqual(renamed.status, 200)
      yield* stream.next
      yield* api.stop
      yield* Effect.all([stream.ended, api.exit]).pipe(
        Effect.map(([, code]) => assert.strictEqual(code, 0)),
        Effect.timeout("8 seconds")
      )
    }).pipe(Effect.scoped)
  )

  it.effect("killed in the middle of calls has every one that it acknowledged", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* TestDatabase
      const { otherThings, things } = yield* Cast
      const api = yield* start({
        VINSIGHT_API_PORT: "0",
        VINSIGHT_SECRET: Redacted.value(testSecret),
        VINSIGHT_API_DATABASE_URL: Redacted.value(apiUrl)
      })
      const { annotations } = yield* api.firstLine
      const acknowledged = { [things.monitorId]: 0, [otherThings.monitorId]: 0 }
      const call = ({ heartbeatToken, monitorId }: Things) =>
        Effect.promise(() =>
          fetch(`http://127.0.0.1:${annotations.port}/api/v1/heartbeats/${heartbeatToken}`).then(
            ({ status }) => {
              if (status === 200) acknowledged[monitorId]!++
              if (acknowledged[monitorId]! >= 40) api.kill()
            },
            () => undefined
          )
        )
      const calls = Array.from({ length: 100 }, () => [things, otherThings]).flat()
      yield* Effect.forEach(calls, call, { concurrency: 16, discard: true })
      assert.isAbove(acknowledged[things.monitorId]!, 0)
      assert.isBelow(acknowledged[things.monitorId]!, 100)
      const sql = yield* SqlClient.SqlClient
      for (const [monitorId, count] of Object.entries(acknowledged)) {
        const [kept] = yield* sql<{ calls: number; rows: number }>`
          SELECT s.calls::integer AS calls, count(*)::integer AS rows
          FROM heartbeat_state s JOIN heartbeats h ON h.monitor_id = s.monitor_id
          WHERE s.monitor_id = ${monitorId} GROUP BY s.calls`
        // One was there before.
        assert.isAtLeast(kept!.calls, count + 1)
        assert.strictEqual(kept!.rows, kept!.calls)
      }
    }).pipe(Effect.scoped, Effect.provide(TestDatabase.superuser))
  )

  it.effect("defect 10: has no default secret: without one it does not start", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* TestDatabase
      const api = yield* start({ VINSIGHT_API_DATABASE_URL: Redacted.value(apiUrl), VINSIGHT_API_PORT: "0" })
      const { level, message } = yield* api.firstLine
      assert.strictEqual(level, "FATAL")
      assert.include(message, "VINSIGHT_SECRET")
      assert.strictEqual(yield* api.exit, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("says in one sentence why it cannot start, and exits with 1", () =>
    Effect.gen(function* () {
      const api = yield* start({
        VINSIGHT_SECRET: Redacted.value(testSecret),
        VINSIGHT_API_DATABASE_URL: "postgres://nobody:here@127.0.0.1:1/nothing"
      })
      const { level, message } = yield* api.firstLine
      assert.strictEqual(level, "FATAL")
      assert.match(message, /^PostgreSQL cannot be used .*check that it runs/)
      assert.strictEqual(yield* api.exit, 1)
    }).pipe(Effect.scoped)
  )
})
