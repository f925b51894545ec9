/**
 * A migrated database of its own for a test file, dropped with the Layer. Tests log in as the role they are about: the
 * API's and the worker's are bound by row-level security exactly as in an installation.
 */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { inject } from "vitest"
import * as Connections from "../Connections.ts"
import { Keys } from "../Keys.ts"
import { ownerRole, templateDatabase, testSecret } from "./constants.ts"

declare module "vitest" {
  export interface ProvidedContext {
    /** URL of the test server's database `postgres` as its superuser. */
    readonly postgresUrl: string
  }
}

/** The server that all test files share, as its superuser. */
export const testServer = (): URL => new URL(inject("postgresUrl"))

/** A test file needs few connections, and many files share the server. */
const maxConnections = 6

interface Urls {
  readonly ownerUrl: Redacted.Redacted
  readonly apiUrl: Redacted.Redacted
  readonly workerUrl: Redacted.Redacted
}

export class TestDatabase extends Context.Service<TestDatabase, Urls>()("@v-insight/database/testing/TestDatabase") {
  /** A clone of the migrated template. */
  static readonly layer = Layer.effect(
    TestDatabase,
    Effect.suspend(() => make(`CREATE DATABASE $ TEMPLATE ${templateDatabase} STRATEGY file_copy OWNER ${ownerRole}`))
  )

  /** An empty database, for tests of the migrations themselves. */
  static readonly layerEmpty = Layer.effect(
    TestDatabase,
    Effect.suspend(() => make(`CREATE DATABASE $ OWNER ${ownerRole}`))
  )

  /** Logged in as the API: bound by row-level security to the tenant of the transaction. */
  static readonly api = clientOf(({ apiUrl }) => Connections.apiSettings(apiUrl))

  /** Logged in as the worker: sees all tenants, may do little. */
  static readonly worker = clientOf(({ workerUrl }) => Connections.workerSettings(workerUrl))

  /** Logged in as the owner of the tables, who is bound by row-level security too. */
  static readonly owner = clientOf(({ ownerUrl }) => Connections.ownerSettings(ownerUrl))

  /** As the superuser: prepares what no role may do, sees everything. */
  static readonly superuser = clientOf(({ ownerUrl }) => ({
    url: inDatabase(new URL(Redacted.value(ownerUrl)).pathname)
  }))
}

function clientOf(settings: (urls: Urls) => PgClient.PgPoolConfig) {
  // Suspended: the class is not there yet when its static fields are made.
  const client = Effect.suspend(() =>
    Effect.flatMap(TestDatabase, (urls) => PgClient.make({ ...settings(urls), maxConnections }))
  )
  return PgClient.layerFrom(client).pipe(Layer.orDie)
}

const make = Effect.fn("TestDatabase.make")(function* (statement: string) {
  const name = `t_${randomUUID().replaceAll("-", "")}`
  const admin = yield* Layer.build(PgClient.layer({ url: Redacted.make(testServer().href), maxConnections: 1 }))
  const sql = Context.get(admin, SqlClient.SqlClient)
  yield* Effect.acquireRelease(sql.unsafe(statement.replace("$", name)), () =>
    Effect.orDie(sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`))
  )
  const keys = Keys.fromSecret(testSecret)
  const urlOf = (role: string) => Connections.withLogin(inDatabase(`/${name}`), role, keys.rolePassword(role))
  return {
    ownerUrl: urlOf(ownerRole),
    apiUrl: urlOf(Connections.apiRole),
    workerUrl: urlOf(Connections.workerRole)
  }
}, Effect.orDie)

const inDatabase = (pathname: string): Redacted.Redacted => {
  const url = testServer()
  url.pathname = pathname
  return Redacted.make(url.href)
}
