/** The demo's servers and databases: opened before there is a story, because settings of monitors hold their ports. */
import * as Connections from "@v-insight/database/Connections"
import * as Roles from "@v-insight/database/Roles"
import type { Keys } from "@v-insight/database/Keys"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "../Database.ts"
import type { Places } from "./Places.ts"
import type { Authority } from "./targets/certificates.ts"
import { grpcServer } from "./targets/grpc.ts"
import { datagrams } from "./targets/names.ts"
import { talkers } from "./targets/talkers.ts"
import { type Play, webServers } from "./targets/web.ts"
import { webSocketServer } from "./targets/websocket.ts"

const superuser = "vinsight"
const product = "vinsight"
/** What the shop's monitors of PostgreSQL look at, and as whom. */
const shopDatabase = "nordlicht"
const watcher = "nordlicht_watcher"

/** `play` is asked when something dials: by then there is one. */
export const openServers = Effect.fn("demo.openServers")(function* (
  authority: Authority,
  play: () => Play | undefined
) {
  const ports: Places["ports"] = {
    ...(yield* webServers(authority, play)),
    ...(yield* talkers),
    ...(yield* datagrams),
    grpc: yield* grpcServer,
    websocket: yield* webSocketServer
  }
  return ports
})

type RoleKeys = Pick<Keys["Service"], "rolePassword">

const asSuperuser = <A, E, R>({ ownerUrl }: Database.Database, keys: RoleKeys, effect: Effect.Effect<A, E, R>) => {
  const url = new URL(Redacted.value(Connections.withLogin(ownerUrl, superuser, keys.rolePassword(superuser))))
  url.pathname = "/postgres"
  return Database.asOwner(Redacted.make(url.href), effect)
}

/** Forgets everything, and begins with empty tables. */
export const emptyDatabase = Effect.fn("demo.emptyDatabase")(function* (urls: Database.Database, keys: RoleKeys) {
  yield* asSuperuser(
    urls,
    keys,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql.unsafe(`DROP DATABASE IF EXISTS ${product} WITH (FORCE)`)
      yield* Roles.ensureDatabase(product, Database.ownerRole)
    })
  )
  yield* Database.migrate(urls)
})

/** A database like those of customers, and a role that may look at it. */
export const openDatabase = Effect.fn("demo.openDatabase")(function* (urls: Database.Database, keys: RoleKeys) {
  const password = keys.rolePassword(watcher)
  yield* asSuperuser(
    urls,
    keys,
    Effect.andThen(Roles.ensure({ name: watcher, password }), Roles.ensureDatabase(shopDatabase, watcher))
  )
  return {
    port: Number(new URL(Redacted.value(urls.ownerUrl)).port),
    name: shopDatabase,
    user: watcher,
    password: Redacted.value(password)
  } satisfies Places["database"]
})
