/** What the worker reads from its environment; `.env.example` says what each means. */
import { Config } from "effect"

export const settings = Config.all({
  host: Config.String("VINSIGHT_HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Int("VINSIGHT_WORKER_PORT").pipe(Config.withDefault(8081)),
  /** Where other workers reach this one; 0 takes any free port. */
  runnerHost: Config.String("VINSIGHT_RUNNER_HOST").pipe(Config.withDefault("127.0.0.1")),
  runnerPort: Config.Int("VINSIGHT_RUNNER_PORT").pipe(Config.withDefault(0)),
  region: Config.String("VINSIGHT_REGION").pipe(Config.withDefault("default")),
  capacity: Config.Int("VINSIGHT_CAPACITY").pipe(Config.withDefault(256)),
  retentionDays: Config.Int("VINSIGHT_RETENTION_DAYS").pipe(Config.withDefault(30))
})
