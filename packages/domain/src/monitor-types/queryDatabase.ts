/** What kinds that ask a database have in common: settings and how an answer is told. */
import { Effect, Schema } from "effect"
import type { CheckOutcome } from "../model/CheckOutcome.ts"
import { failed, judged } from "./converse.ts"
import { CheckProgress } from "./Dialer.ts"
import type { DatabaseAnswer, DatabaseRequest } from "./DatabaseClients.ts"
import { assertionsOf } from "./fields/Assertions.ts"
import { dialledHost, Host } from "./fields/Host.ts"
import { Port } from "./fields/Port.ts"
import { ca, serverName, trustOf } from "./fields/Trust.ts"
import type { CheckLimits } from "./MonitorType.ts"

/** Both protocols end texts with NUL. */
const withoutNul = Schema.makeFilter((text: string) => !text.includes("\0") || "Without the character NUL")

const Name = Schema.String.check(withoutNul, Schema.isMaxLength(128, { message: "At most 128 characters" }))

const Password = Schema.String.check(withoutNul, Schema.isMaxLength(1_000, { message: "At most 1,000 characters" }))

const Query = Schema.String.check(
  withoutNul,
  Schema.makeFilter((text: string) => text.trim() !== "" || "Write one statement, such as SELECT 1"),
  // Last: JSON Schema keeps what is said of a field with the last check that it can express.
  Schema.isMaxLength(10_000, { message: "At most 10,000 characters" })
)

/** Fields of both kinds; they differ in their port and in what they say of the database. */
export const databaseFields = (words: { readonly port: number; readonly database: string }) => ({
  host: Host.annotate({ title: "Host", description: "A name or an IP address." }),
  port: Port.annotate({ title: "Port", description: `Usually ${words.port}.` }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(words.port))
  ),
  database: Name.annotate({ title: "Database", description: words.database }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(""))
  ),
  user: Name.check(Schema.isMinLength(1, { message: "Write the user to sign in as" })).annotate({
    title: "User",
    description: "Best one that may do nothing but what the query needs."
  }),
  password: Password.annotate({ title: "Password", description: "Left empty, none is sent." }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(""))
  ),
  encryption: Schema.Literals(["verify", "require", "disable"])
    .annotate({
      title: "Encryption",
      description:
        "verify: TLS with a certificate that is trusted. require: TLS with any certificate. disable: none, the password can be read on the way."
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("verify" as const))),
  ca,
  serverName,
  query: Query.annotate({
    title: "Query",
    description: "One statement that reads: it cannot write, and is stopped when the time is over."
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("SELECT 1"))),
  assertions: assertionsOf([
    "body",
    "rows",
    "total_ms",
    "dns_ms",
    "connect_ms",
    "tls_ms",
    "first_byte_ms",
    "transfer_ms",
    "certificate_days",
    "certificate_issuer",
    "certificate_subject",
    "tls_version"
  ])
})

const Fields = Schema.Struct(databaseFields({ port: 1, database: "" }))
export type DatabaseSettings = typeof Fields.Type

/** The first value of the first row is what assertions call the body. */
export const queryDatabase = <R>(
  settings: DatabaseSettings,
  { timeoutMs }: CheckLimits,
  ask: (request: DatabaseRequest) => Effect.Effect<DatabaseAnswer, never, R>
): Effect.Effect<CheckOutcome, never, R> =>
  Effect.gen(function* () {
    const { assertions, database, encryption, host, password, port, query, user } = settings
    const onPhase = yield* CheckProgress
    const answer = yield* ask({
      host: dialledHost(host) ?? host,
      port,
      database,
      user,
      password,
      query,
      timeoutMs,
      onPhase,
      tls: encryption === "disable" ? undefined : trustOf({ ...settings, ignoreTlsErrors: encryption === "require" })
    })
    const { facts, failure, rows, value, version } = answer
    if (failure !== undefined) return failed(failure, host, facts, port)
    const found = {
      rows,
      ...(value === undefined ? {} : { text: value }),
      ...(version === undefined ? {} : { traits: { "server version": version.slice(0, maxVersion) } })
    }
    return yield* judged(found, facts, assertions)
  })

/** Characters. */
const maxVersion = 100
