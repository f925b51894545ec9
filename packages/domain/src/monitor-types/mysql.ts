/** MySQL and MariaDB: a user can sign in, and a query answers as it should. */
import { Effect, Schema } from "effect"
import { DatabaseClients } from "./DatabaseClients.ts"
import { hostAndPort } from "./fields/Host.ts"
import { define, type CheckLimits } from "./MonitorType.ts"
import { databaseFields, queryDatabase } from "./queryDatabase.ts"

const Settings = Schema.Struct(databaseFields({ port: 3306, database: "Left empty, none is chosen." })).annotate({
  identifier: "MysqlSettings"
})
type Settings = typeof Settings.Type

export const mysql = define({
  type: "mysql",
  label: "MySQL / MariaDB",
  description: "A user can sign in, and a query answers as it should.",
  target: ({ database, host, port }) => `${hostAndPort(host, port)}${database === "" ? "" : `/${database}`}`,
  settings: Settings,
  secrets: ["password"],
  check: (settings: Settings, limits: CheckLimits) =>
    queryDatabase(settings, limits, (request) => Effect.flatMap(DatabaseClients, (it) => it.mysql(request)))
})
