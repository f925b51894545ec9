/**
 * The worker's DatabaseClients: libraries that speak the protocols, over connections of ours. They are loaded when the
 * first check needs them: both take 75 CPU-ms and 25 MB.
 */
import { DatabaseClients } from "@v-insight/domain/monitor-types/DatabaseClients"
import { Effect, Layer } from "effect"
import { talkTo } from "./DatabaseTalk.ts"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { onBehalf } from "./OnBehalf.ts"

const postgresClient = Effect.promise(() => import("./PostgresClient.ts"))
const mysqlClient = Effect.promise(() => import("./MysqlClient.ts"))

const make = (common: ExchangeEnvironment): DatabaseClients["Service"] => ({
  postgres: (request) =>
    Effect.flatMap(postgresClient, ({ postgres }) =>
      onBehalf(common, (environment) => talkTo(environment, request, (open) => postgres(open, request)))
    ),
  mysql: (request) =>
    Effect.flatMap(mysqlClient, ({ mysql }) =>
      onBehalf(common, (environment) => talkTo(environment, request, (open) => mysql(open, request)))
    )
})

const layerIn = Layer.effect(DatabaseClients, Effect.map(NetEnvironment, make))

export const SafeDatabaseClients = { make, layerIn }
