/** The worker's DatabaseClients: libraries that speak the protocols, over connections of ours. */
import { DatabaseClients } from "@v-insight/domain/monitor-types/DatabaseClients"
import { Effect, Layer } from "effect"
import { talkTo } from "./DatabaseTalk.ts"
import type { ExchangeEnvironment } from "./Exchange.ts"
import { mysql } from "./MysqlClient.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { postgres } from "./PostgresClient.ts"

const make = (environment: ExchangeEnvironment): DatabaseClients["Service"] => ({
  postgres: (request) => talkTo(environment, request, (open) => postgres(open, request)),
  mysql: (request) => talkTo(environment, request, (open) => mysql(open, request))
})

const layerIn = Layer.effect(DatabaseClients, Effect.map(NetEnvironment, make))

export const SafeDatabaseClients = { make, layerIn }
