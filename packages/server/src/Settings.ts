/** What the API reads from its environment; `.env.example` says what each means. */
import { intSetting, portSetting } from "@v-insight/database/intSetting"
import { IntervalSeconds } from "@v-insight/domain/model/Monitor"
import { Config, Context, Layer } from "effect"

const settings = Config.all({
  host: Config.String("VINSIGHT_HOST").pipe(Config.withDefault("127.0.0.1")),
  port: portSetting("VINSIGHT_API_PORT", 8080),
  signUp: Config.Literals(["first", "open", "closed"], "VINSIGHT_SIGNUP").pipe(Config.withDefault("first" as const)),
  minIntervalSeconds: Config.schema(IntervalSeconds, "VINSIGHT_MIN_INTERVAL_SECONDS").pipe(Config.withDefault(10)),
  maxMonitors: Config.option(intSetting("VINSIGHT_MAX_MONITORS", { minimum: 1, maximum: 1_000_000 }))
})

export class Settings extends Context.Service<Settings, Config.Success<typeof settings>>()(
  "@v-insight/server/Settings"
) {
  static readonly layer = Layer.effect(Settings, settings)
}
