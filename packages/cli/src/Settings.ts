/** What the command itself reads from the environment; `.env.example` says what each means. */
import { portSetting } from "@v-insight/database/intSetting"
import { Config } from "effect"

export const dataDir = Config.String("VINSIGHT_DATA_DIR").pipe(Config.withDefault("data"))

export const postgresBin = Config.option(Config.String("VINSIGHT_PG_BIN"))

/** What `up` and `dev` start. */
export const services = Config.all({
  host: Config.String("VINSIGHT_HOST").pipe(Config.withDefault("127.0.0.1")),
  apiPort: portSetting("VINSIGHT_API_PORT", 8080),
  workerPort: portSetting("VINSIGHT_WORKER_PORT", 8081),
  webPort: portSetting("VINSIGHT_WEB_PORT", 3000),
  origin: Config.option(Config.String("VINSIGHT_ORIGIN")),
  signUp: Config.String("VINSIGHT_SIGNUP").pipe(Config.withDefault("first")),
  allowedCidrs: Config.option(Config.String("VINSIGHT_ALLOWED_CIDRS"))
})
export type Services = Config.Success<typeof services>
