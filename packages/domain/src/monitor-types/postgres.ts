/** PostgreSQL: a user can sign in, and a query answers as it should. */
import { Effect, Schema } from "effect"
import { DatabaseClients } from "./DatabaseClients.ts"
import { hostAndPort } from "./fields/Host.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { databaseFields, queryDatabase } from "./queryDatabase.ts"

const Settings = Schema.Struct(
  databaseFields({ port: 5432, database: "Left empty, the one that is named as the user." })
).annotate({ identifier: "PostgresSettings" })
type Settings = typeof Settings.Type

export const postgres = define({
  type: "postgres",
  label: "PostgreSQL",
  description: "A user can sign in, and a query answers as it should.",
  target: ({ database, host, port }) => `${hostAndPort(host, port)}${database === "" ? "" : `/${database}`}`,
  settings: Settings,
  secrets: ["password"],
  check: (settings: Settings, limits: CheckLimits) =>
    queryDatabase(settings, limits, (request) => Effect.flatMap(DatabaseClients, (it) => it.postgres(request)))
})
