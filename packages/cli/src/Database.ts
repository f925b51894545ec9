/**
 * The database of a command: the one of DATABASE_URL, else the embedded PostgreSQL of the data directory. Either way it
 * ends up with its roles made and migrated, and with one URL per role.
 */
import { PgClient } from "@effect/sql-pg"
import {
  apiRole,
  directUrl,
  ownerSettings,
  ownerUrl,
  readUrl,
  wayTo,
  withLogin,
  withLoginOf,
  workerRole
} from "@v-insight/database/Connections"
import * as Migrations from "@v-insight/database/Migrations"
import * as Postgres from "@v-insight/database/Postgres"
import * as Roles from "@v-insight/database/Roles"
import { Config, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import * as DataDir from "./DataDir.ts"
import { Refusal } from "./Refusal.ts"
import * as Settings from "./Settings.ts"

export interface Database {
  readonly ownerUrl: Redacted.Redacted
  readonly apiUrl: Redacted.Redacted
  readonly workerUrl: Redacted.Redacted
  /** With the API's login: past a pooler, and of a replica where there is one. */
  readonly apiDirectUrl: Redacted.Redacted
  readonly apiReadUrl: Redacted.Redacted | undefined
  /** Fails when the embedded PostgreSQL ends by itself; an external one is the processes' own affair. */
  readonly lost: Effect.Effect<never, Postgres.PostgresError>
}

export const ownerRole = "vinsight_owner"
const databaseName = "vinsight"
const oldestVersion = 150_000

/** Found or started, reachable, with its roles. `isGuest`: uses the server of a V-Insight that runs. */
export const acquire = Effect.fn("Database.acquire")(function* (
  dataDir: DataDir.DataDir,
  options: { readonly purpose: string; readonly isGuest: boolean }
) {
  const external = yield* Config.option(ownerUrl)
  // What is wrong in the settings refuses before a role is made or given another password.
  const direct = yield* given(directUrl)
  const replica = yield* given(readUrl)
  const { lost, url } = Option.isSome(external)
    ? { url: yield* checked(external.value, direct), lost: Effect.never }
    : yield* embedded(dataDir, options)
  // Through the pooler, if there is one.
  const apiBase = Option.getOrElse(external, () => url)
  const apiUrl = yield* roleUrl(dataDir, { owner: url, base: apiBase }, apiRole, "VINSIGHT_API_DATABASE_URL")
  const workerUrl = yield* roleUrl(dataDir, { owner: url, base: url }, workerRole, "VINSIGHT_WORKER_DATABASE_URL")
  const apiReadUrl = Option.getOrUndefined(Option.map(replica, (read) => withLoginOf(read, apiUrl)))
  return { ownerUrl: url, apiUrl, workerUrl, apiDirectUrl: withLoginOf(url, apiUrl), apiReadUrl, lost }
})

/** Applies what is pending and says so. */
export const migrate = Effect.fn("Database.migrate")(function* ({ ownerUrl }: Pick<Database, "ownerUrl">) {
  const done = yield* asOwner(ownerUrl, Migrations.up)
  if (done.length > 0) yield* Effect.logInfo(`Migrated the database: ${done.join(", ")}`)
  return done
})

/** Runs `effect` logged in as the owner; what the database refuses becomes a sentence. */
export const asOwner = <A, E, R>(url: Redacted.Redacted, effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const context = yield* Layer.build(PgClient.layer(ownerSettings(url)))
      return yield* Effect.provideContext(effect, context)
    })
  ).pipe(
    Effect.catchTag("SqlError", (error) =>
      Effect.fail(new Refusal({ message: sentenceOf(error as SqlError.SqlError, url) }))
    )
  )

const embedded = Effect.fn("Database.embedded")(function* (
  dataDir: DataDir.DataDir,
  options: { readonly purpose: string; readonly isGuest: boolean }
) {
  const { folder } = dataDir
  const keys = yield* DataDir.keys(dataDir)
  const bin = Option.getOrUndefined(yield* Settings.postgresBin)
  const server = yield* Postgres.acquire({ ...options, dataDir: folder, bin, password: keys.rolePassword("vinsight") })
  if (!server.isAttached) {
    yield* asOwner(
      server.url("postgres"),
      Effect.gen(function* () {
        yield* Roles.ensure({ name: ownerRole, password: keys.rolePassword(ownerRole) })
        yield* Roles.ensure({ name: apiRole, password: keys.rolePassword(apiRole) })
        yield* Roles.ensure({ name: workerRole, password: keys.rolePassword(workerRole) })
        yield* Roles.ensureDatabase(databaseName, ownerRole)
      })
    ).pipe(
      Effect.catchIf(
        (error) => error._tag === "Refusal" && error.message.includes("refuses the login"),
        () => Effect.fail(otherSecret(folder))
      )
    )
  }
  return { url: withLogin(server.url(databaseName), ownerRole, keys.rolePassword(ownerRole)), lost: server.lost }
})

const otherSecret = (folder: string) =>
  new Refusal({
    message: `The database in ${folder} was made with another secret: put back the file ${folder}/secret or the VINSIGHT_SECRET of that time`
  })

/** A URL that is wrong refuses in the sentence of its setting. */
const given = (url: Config.Config<Redacted.Redacted>) =>
  Effect.mapError(
    Config.option(url),
    ({ message }) => new Refusal({ message: /\w+ must look like.*/.exec(message)?.[0] ?? message })
  )

/** The owner's way to PostgreSQL itself: well-formed, reachable, of a version we know, no pooler. */
const checked = Effect.fn("Database.checked")(function* (
  pooled: Redacted.Redacted,
  direct: Option.Option<Redacted.Redacted>
) {
  const parsed = yield* Effect.option(Effect.try(() => new URL(Redacted.value(pooled))))
  if (Option.isNone(parsed) || !/^postgres(ql)?:$/.test(parsed.value.protocol) || parsed.value.pathname.length < 2) {
    return yield* new Refusal({
      message: "DATABASE_URL must look like postgres://user:password@host:5432/database: correct it"
    })
  }
  const url = Option.match(direct, {
    onNone: () => pooled,
    onSome: (direct) => (new URL(Redacted.value(direct)).username === "" ? withLoginOf(direct, pooled) : direct)
  })
  const way = yield* Effect.catchTag(wayTo(url), "SqlError", (error) =>
    Effect.fail(new Refusal({ message: sentenceOf(error, url) }))
  )
  if (way !== "direct") {
    return yield* new Refusal({
      message: `${Option.isSome(direct) ? "DATABASE_DIRECT_URL" : "DATABASE_URL"} leads to a pooler, which migrations and the worker cannot use: set DATABASE_DIRECT_URL to PostgreSQL itself`
    })
  }
  const version = yield* asOwner(
    url,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql<{ version: number }>`SELECT current_setting('server_version_num')::int AS version`
      return rows[0]?.version ?? 0
    })
  )
  if (version >= oldestVersion) return url
  return yield* new Refusal({
    message: `The server of DATABASE_URL is PostgreSQL ${Math.trunc(version / 10_000)}: V-Insight needs 15 or newer`
  })
})

/** The URL that was set for the role, else one made of `base`; then the role is made or repaired too. */
const roleUrl = Effect.fn("Database.roleUrl")(function* (
  dataDir: DataDir.DataDir,
  { base, owner }: { readonly base: Redacted.Redacted; readonly owner: Redacted.Redacted },
  role: typeof apiRole | typeof workerRole,
  variable: string
) {
  const given = yield* Config.option(Config.Redacted(variable))
  if (Option.isSome(given)) {
    yield* asOwner(owner, Effect.andThen(Roles.verify(role), Effect.ignore(Roles.configure(role))))
    return given.value
  }
  const password = (yield* DataDir.keys(dataDir)).rolePassword(role)
  // A role that works already is left alone: the owner may lack the right to change it.
  const works = yield* Effect.isSuccess(
    asOwner(
      withLogin(owner, role, password),
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT 1`)
    )
  )
  const prepared = works ? Roles.verify(role) : Roles.ensure({ name: role, password })
  yield* asOwner(owner, Effect.andThen(prepared, Effect.ignore(Roles.configure(role))))
  return withLogin(base, role, password)
})

/** What to do about it; never the statement or its parameters. */
const sentenceOf = ({ reason }: SqlError.SqlError, url: Redacted.Redacted): string => {
  const { host, pathname, username } = new URL(Redacted.value(url))
  const { cause } = reason
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""
  const said = cause instanceof Error ? cause.message : reason._tag
  if (reason._tag === "AuthenticationError") {
    return `PostgreSQL at ${host} refuses the login ${username}: correct user and password in DATABASE_URL`
  }
  if (code === "3D000") {
    return `PostgreSQL at ${host} has no database ${pathname.slice(1)}: create it, or correct DATABASE_URL`
  }
  if (reason._tag === "ConnectionError") {
    return `No PostgreSQL answers at ${host} (${said}): start it, correct DATABASE_URL, or leave DATABASE_URL empty to use the bundled one`
  }
  return `PostgreSQL at ${host} refuses (${said}): the login ${username} must own the database ${pathname.slice(1)}`
}
