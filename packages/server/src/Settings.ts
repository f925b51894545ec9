/** What the API reads from its environment; `.env.example` says what each means. */
import { Config, Context, Layer } from "effect"

const settings = Config.all({
  host: Config.String("VINSIGHT_HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Int("VINSIGHT_API_PORT").pipe(Config.withDefault(8080)),
  signUp: Config.Literals(["first", "open", "closed"], "VINSIGHT_SIGNUP").pipe(Config.withDefault("first" as const)),
  minIntervalSeconds: Config.Int("VINSIGHT_MIN_INTERVAL_SECONDS").pipe(Config.withDefault(10)),
  maxMonitors: Config.option(Config.Int("VINSIGHT_MAX_MONITORS"))
})

export class Settings extends Context.Service<Settings, Config.Success<typeof settings>>()(
  "@v-insight/server/Settings"
) {
  static readonly layer = Layer.effect(Settings, settings)
}
