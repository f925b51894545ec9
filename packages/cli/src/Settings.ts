/** What the command itself reads from the environment; `.env.example` says what each means. */
import { Config, Schema } from "effect"

/** 0 takes any free port. */
const portOf = (name: string, fallback: number): Config.Config<number> =>
  Config.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 })), name).pipe(
    Config.withDefault(fallback)
  )

export const dataDir = Config.String("VINSIGHT_DATA_DIR").pipe(Config.withDefault("data"))

export const postgresBin = Config.option(Config.String("VINSIGHT_PG_BIN"))

/** What `up` and `dev` start. */
export const services = Config.all({
  host: Config.String("VINSIGHT_HOST").pipe(Config.withDefault("127.0.0.1")),
  apiPort: portOf("VINSIGHT_API_PORT", 8080),
  workerPort: portOf("VINSIGHT_WORKER_PORT", 8081),
  webPort: portOf("VINSIGHT_WEB_PORT", 3000),
  origin: Config.option(Config.String("VINSIGHT_ORIGIN")),
  signUp: Config.String("VINSIGHT_SIGNUP").pipe(Config.withDefault("first")),
  allowedCidrs: Config.option(Config.String("VINSIGHT_ALLOWED_CIDRS"))
})
export type Services = Config.Success<typeof services>
