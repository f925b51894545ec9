/** What the worker reads from its environment; `.env.example` says what each means. */
import { Config, Schema } from "effect"
import { clusterSettings } from "./ClusterSettings.ts"

/** A capacity of 0 would check nothing, a negative retention drop the days to come: neither would say a word. */
const intOf = (name: string, minimum: number, maximum: number, fallback: number): Config.Config<number> =>
  Config.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })), name).pipe(Config.withDefault(fallback))
const lastPort = 65_535

export const settings = Config.all({
  host: Config.String("VINSIGHT_HOST").pipe(Config.withDefault("127.0.0.1")),
  port: intOf("VINSIGHT_WORKER_PORT", 0, lastPort, 8081),
  cluster: clusterSettings,
  capacity: intOf("VINSIGHT_CAPACITY", 1, 10_000, 256),
  /** Connections at once to one address, over all tenants. */
  hostConcurrency: intOf("VINSIGHT_HOST_CONCURRENCY", 1, 10_000, 50),
  retentionDays: intOf("VINSIGHT_RETENTION_DAYS", 1, 3650, 30)
})
