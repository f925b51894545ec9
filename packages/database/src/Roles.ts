/**
 * The roles an installation needs, made or repaired before migrations run. The API and the worker log in as roles that
 * own nothing and cannot bypass row-level security; that is what keeps tenants apart even when code forgets.
 */
import { Effect, Redacted, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { sessions } from "./Connections.ts"

export class RolesError extends Schema.TaggedError<RolesError>()("RolesError", { message: Schema.String }) {}

export interface Login {
  readonly name: string
  readonly password: Redacted.Redacted
}

interface Found {
  readonly isPowerful: boolean
}

/** Creates `login` when it is missing and gives it its password. Needs CREATEROLE, or the role as it should be. */
export const ensure = Effect.fn("Roles.ensure")(function* (login: Login) {
  const found = yield* find(login.name)
  if (found === undefined) return yield* refine(login, create(login))
  if (found.isPowerful) return yield* tooPowerful(login.name)
  return yield* refine(login, setPassword(login))
})

/** That a role somebody else made is as it should be. */
export const verify = Effect.fn("Roles.verify")(function* (name: string) {
  const found = yield* find(name)
  if (found === undefined) {
    return yield* new RolesError({
      message: `Role ${name} is missing: make it with: CREATE ROLE ${name} LOGIN NOBYPASSRLS PASSWORD '...'`
    })
  }
  if (found.isPowerful) return yield* tooPowerful(name)
})

/**
 * What the sessions of a role begin with, for connections through a pooler. Where we may not, the operator does it
 * (docs/operate/database.md): statements are given up in time either way.
 */
export const configure = Effect.fn("Roles.configure")(function* (name: keyof typeof sessions) {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ settings: ReadonlyArray<string> }>`
    SELECT coalesce(rolconfig, '{}') AS settings FROM pg_roles WHERE rolname = ${name}`
  for (const [setting, value] of Object.entries(sessions[name])) {
    if (found?.settings.includes(`${setting}=${value}`)) continue
    const values = value.split(", ").map((part) => literal(Redacted.make(part)))
    yield* sql.unsafe(`ALTER ROLE ${identifier(name)} SET ${setting} = ${values.join(", ")}`)
  }
})

const tooPowerful = (name: string) =>
  new RolesError({
    message: `Role ${name} can bypass row-level security, which keeps tenants apart: take that away with: ALTER ROLE ${name} NOSUPERUSER NOBYPASSRLS`
  })

/** The database `name`, owned by `owner`; true when it had to be made. Runs outside of a transaction. */
export const ensureDatabase = Effect.fn("Roles.ensureDatabase")(function* (name: string, owner: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`SELECT 1 FROM pg_database WHERE datname = ${name}`
  if (rows.length > 0) return false
  yield* sql.unsafe(`CREATE DATABASE ${identifier(name)} OWNER ${identifier(owner)}`)
  return true
})

const find = Effect.fn("Roles.find")(function* (name: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<Found>`
    SELECT rolsuper OR rolbypassrls AS "isPowerful"
    FROM pg_roles
    WHERE rolname = ${name}`
  return rows[0]
})

const create = Effect.fn("Roles.create")(function* (login: Login) {
  const sql = yield* SqlClient.SqlClient
  // Two processes may start at once: the loser of the race finds the role made.
  yield* sql
    .unsafe(`CREATE ROLE ${identifier(login.name)} LOGIN NOBYPASSRLS PASSWORD ${literal(login.password)}`)
    .pipe(Effect.catchReason("SqlError", "UniqueViolation", () => setPassword(login)))
})

const setPassword = Effect.fn("Roles.setPassword")(function* (login: Login) {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe(`ALTER ROLE ${identifier(login.name)} LOGIN PASSWORD ${literal(login.password)}`)
})

/** A refusal names the ways out; the statement itself holds a password and must not be shown. */
const refine = <R>(login: Login, effect: Effect.Effect<void, SqlError.SqlError, R>) =>
  effect.pipe(
    Effect.catchReason("SqlError", "AuthorizationError", () =>
      Effect.fail(
        new RolesError({
          message: `The login of DATABASE_URL may not set up role ${login.name}: give it CREATEROLE, or make the role yourself and set VINSIGHT_${login.name === "vinsight_api" ? "API" : "WORKER"}_DATABASE_URL`
        })
      )
    ),
    Effect.asVoid
  )

/** Quoted for places where SQL takes no parameter. */
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
const literal = (text: Redacted.Redacted): string => `'${Redacted.value(text).replaceAll("'", "''")}'`
