/** The whole API over a database of its own, on a port of its own, asked through real HTTP. */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { PgClient } from "@effect/sql-pg"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import { Cast, type Person } from "@v-insight/database/testing/Cast"
import { testSecret } from "@v-insight/database/testing/constants"
import { TestDatabase } from "@v-insight/database/testing/TestDatabase"
import { type Condition, makeWire } from "@v-insight/database/testing/Wire"
import { ConfigProvider, Context, Effect, Layer, Logger, Redacted } from "effect"
import { HttpServer } from "effect/http"
import type { SqlClient } from "effect/sql"
import { Services } from "../Routes.ts"
import { Server } from "../Server.ts"
import { Settings } from "../Settings.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** As parsed, so that tests can look into it; undefined when the answer is not JSON. */
  readonly body: Parsed
}

/** Whatever came: what it must be is what tests say. */
export type Parsed = ReturnType<typeof JSON.parse>

export interface Asked {
  /** Whose token goes along. */
  readonly as?: Person | undefined
  /** Sent as JSON; text is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Between the API and PostgreSQL; open unless a test says otherwise. */
export class DatabaseWire extends Context.Service<
  DatabaseWire,
  { readonly port: number; readonly set: (condition: Condition) => void }
>()("@v-insight/server/testing/DatabaseWire") {
  static readonly layer = Layer.effect(
    DatabaseWire,
    Effect.flatMap(TestDatabase, ({ apiUrl }) => makeWire(Number(new URL(Redacted.value(apiUrl)).port)))
  )
}

export class TestServer extends Context.Service<
  TestServer,
  {
    readonly url: string
    readonly ask: (method: string, path: string, asked?: Asked) => Effect.Effect<Answer>
    /** Lines of the log so far. */
    readonly log: ReadonlyArray<string>
  }
>()("@v-insight/server/testing/TestServer") {
  /** With other environment variables than the defaults of the tests. */
  static readonly layerWith = (environment: Readonly<Record<string, string>>) => layer(environment)
  static readonly layer = Layer.suspend(() => layer({}))
  /** With a wire to the database that can be cut. */
  static readonly layerWired = Layer.suspend(() => layer({}, wired))
}

const defaults = { VINSIGHT_API_PORT: "0", VINSIGHT_SIGNUP: "open" }

const layer = (
  environment: Readonly<Record<string, string>>,
  database: Layer.Layer<PgClient.PgClient | SqlClient.SqlClient, never, TestDatabase | DatabaseWire> = TestDatabase.api
) => {
  const lines: Array<string> = []
  const logger = Logger.map(Logger.formatJson, (line) => void lines.push(line))
  const running = Server.pipe(
    Layer.provide(Services),
    Layer.provide([
      Settings.layer.pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...defaults, ...environment } })))
      ),
      Layer.succeed(Keys, Keys.fromSecret(testSecret)),
      Layer.provideMerge(Connections.Listening.layerSame, database),
      NodeCrypto.layer
    ]),
    Layer.provide(Logger.layer([logger]))
  )
  const client = Layer.effect(
    TestServer,
    Effect.map(HttpServer.HttpServer, ({ address }) => {
      const url = `http://127.0.0.1:${"port" in address ? address.port : 0}`
      return {
        url,
        ask: (method, path, asked = {}) => Effect.promise(() => send(url + path, method, asked)),
        log: lines
      }
    })
  )
  return client.pipe(
    Layer.provide(running),
    Layer.orDie,
    Layer.provideMerge(Cast.layer),
    Layer.provideMerge(DatabaseWire.layer),
    Layer.provideMerge(TestDatabase.layer)
  )
}

const wired = PgClient.layerFrom(
  Effect.gen(function* () {
    const { port } = yield* DatabaseWire
    const url = new URL(Redacted.value((yield* TestDatabase).apiUrl))
    url.port = String(port)
    return yield* PgClient.make(Connections.apiSettings(Redacted.make(url.href)))
  })
).pipe(Layer.orDie)

const send = async (url: string, method: string, { as, body, headers }: Asked): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(as && { authorization: `Bearer ${as.token}` }),
      ...headers
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) })
  })
  const text = await response.text()
  const isJson = text !== "" && (response.headers.get("content-type")?.includes("json") ?? false)
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
}
