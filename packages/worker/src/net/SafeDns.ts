/** The worker's DnsClient: questions to the machine's resolvers, or to one that a tenant names, as the policy allows. */
import { DnsClient } from "@v-insight/domain/monitor-types/DnsClient"
import { Effect, Layer } from "effect"
import { DnsQuery, type DnsEnvironment } from "./DnsQuery.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { onBehalf } from "./OnBehalf.ts"

const make = (common: DnsEnvironment): DnsClient["Service"] => ({
  ask: (question) =>
    onBehalf(common, (environment) =>
      Effect.callback((resume) => {
        const query = new DnsQuery(question, environment, (answer) => resume(Effect.succeed(answer)))
        return Effect.sync(() => query.cancel())
      })
    )
})

const layerIn = Layer.effect(DnsClient, Effect.map(NetEnvironment, make))

export const SafeDns = { make, layerIn }
