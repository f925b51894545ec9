/** The worker's Dns: questions to the machine's resolvers, or to one that a tenant names, where the policy allows it. */
import type { Dns } from "@v-insight/domain/monitor-types/Dns"
import { Effect } from "effect"
import { DnsQuery, type DnsEnvironment } from "./DnsQuery.ts"

const make = (environment: DnsEnvironment): Dns["Service"] => ({
  ask: (question) =>
    Effect.callback((resume) => {
      const query = new DnsQuery(question, environment, (answer) => resume(Effect.succeed(answer)))
      return Effect.sync(() => query.cancel())
    })
})

export const DnsClient = { make }
