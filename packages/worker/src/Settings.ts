/** What the worker reads from its environment; `.env.example` says what each means. */
import { intSetting, portSetting } from "@v-insight/database/intSetting"
import { Config } from "effect"
import { clusterSettings } from "./cluster/ClusterSettings.ts"

/** A capacity of 0 would check nothing, a negative retention drop the days to come: neither would say a word. */
const atLeastOne = (name: string, maximum: number, fallback: number): Config.Config<number> =>
  intSetting(name, { minimum: 1, maximum }).pipe(Config.withDefault(fallback))

export const settings = Config.all({
  host: Config.String("VINSIGHT_HOST").pipe(Config.withDefault("127.0.0.1")),
  port: portSetting("VINSIGHT_WORKER_PORT", 8081),
  cluster: clusterSettings,
  capacity: atLeastOne("VINSIGHT_CAPACITY", 10_000, 256),
  /** Connections at once to one address, over all tenants. */
  hostConcurrency: atLeastOne("VINSIGHT_HOST_CONCURRENCY", 10_000, 50),
  retentionDays: atLeastOne("VINSIGHT_RETENTION_DAYS", 3650, 30)
})
