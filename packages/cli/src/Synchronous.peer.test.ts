/** What an acknowledgement is worth with a synchronous standby and with an asynchronous one. */
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { apiRole } from "@v-insight/database/Connections"
import { testSecret } from "@v-insight/database/testing/constants"
import { address } from "@v-insight/database/testing/peers/Address"
import {
  asRole,
  makeSynchronous,
  primary,
  promote,
  type Server,
  standbyOf
} from "@v-insight/database/testing/peers/Postgres"
import { Effect, Redacted } from "effect"
import { client, start } from "./testing/Deployment.ts"

/** Fewer than the API has connections. */
const clients = 8
/** A port where nothing listens. */
const nowhere = 1

const startApi = (server: Server) =>
  Effect.gen(function* () {
    const api = yield* start("server", {
      VINSIGHT_SECRET: Redacted.value(testSecret),
      VINSIGHT_API_PORT: "0",
      VINSIGHT_SIGNUP: "open",
      VINSIGHT_API_DATABASE_URL: Redacted.value(server.url(apiRole))
    })
    const { ask, register } = client(api)
    yield* register
    let number = 0
    /** Answers with the status and the new monitor's id. */
    const create = Effect.suspend(() =>
      Effect.map(
        ask("POST", "/monitors", {
          name: `Monitor ${number++}`,
          type: "tcp",
          settings: { host: "192.0.2.1", port: 1 }
        }),
        ({ body, status }) => ({ status, id: status === 201 ? (body.data.id as string) : undefined })
      )
    )
    return create
  })

const idsOn = (server: Server) =>
  Effect.map(
    asRole(
      server.url(),
      Effect.flatMap(PgClient.PgClient, (sql) => sql<{ id: string }>`SELECT id FROM monitors`)
    ),
    (rows) => new Set(rows.map(({ id }) => id))
  )

describe("an acknowledgement", () => {
  it.live(
    "is not given while a synchronous standby is away, and is given again when it is back",
    () =>
      Effect.gen(function* () {
        const first = yield* primary
        const road = yield* address(first.port)
        const second = yield* standbyOf(road)
        yield* makeSynchronous(first)
        const create = yield* startApi(first)
        assert.strictEqual((yield* create).status, 201)
        road.leadTo(nowhere)
        const asked = yield* Effect.forEach(
          Array.from({ length: clients }, (_, index) => index),
          // Spread over the API's looks at what takes too long.
          (index) => Effect.delay(create, index * 40),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          asked.map(({ status }) => status),
          Array.from({ length: clients }, () => 503)
        )
        road.leadTo(first.port)
        const again = yield* create.pipe(
          Effect.repeat({ until: ({ status }) => status === 201 }),
          Effect.timeout("10 seconds")
        )
        const ids = yield* Effect.repeat(idsOn(second), { until: (ids) => ids.has(again.id!) })
        assert.isAtLeast(ids.size, 2)
      }),
    120_000
  )

  it.live(
    "of a primary with an asynchronous standby can be lost with it: what had not been sent yet",
    () =>
      Effect.gen(function* () {
        const first = yield* primary
        const road = yield* address(first.port)
        const second = yield* standbyOf(road)
        const create = yield* startApi(first)
        const early = yield* create
        yield* Effect.repeat(idsOn(second), { until: (ids) => ids.has(early.id!) })
        road.leadTo(nowhere)
        const late = yield* create
        assert.strictEqual(late.status, 201)
        yield* first.kill
        yield* promote(second)
        const ids = yield* idsOn(second)
        assert.isTrue(ids.has(early.id!))
        assert.isFalse(ids.has(late.id!))
      }),
    120_000
  )
})
