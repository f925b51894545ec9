/**
 * `vinsight demo`, which is `npm run demo`: a V-Insight of its own with 60 monitors and 90 days behind it, so that every
 * screen can be judged full. It keeps to its own folder and to this machine, and what it watches are servers of its own.
 */
import { Config, ConfigProvider, Console, Effect, Option, Path } from "effect"
import { Command, Flag } from "effect/cli"
import * as Settings from "./Settings.ts"
import { npmGone } from "./npmGone.ts"
import { Refusal } from "./Refusal.ts"
import { stack } from "./stack.ts"
import { bundles } from "./up.ts"

const flags = {
  port: Flag.Int("port").pipe(Flag.withDefault(3030), Flag.withDescription("Of the pages; 0 takes any free one")),
  folder: Flag.String("folder").pipe(
    Flag.withDefault("data/demo"),
    Flag.withDescription("Where the demo keeps its data")
  ),
  days: Flag.Int("days").pipe(Flag.withDefault(90), Flag.withDescription("Of history, back from now")),
  seed: Flag.Int("seed").pipe(Flag.withDefault(1), Flag.withDescription("The same seed tells the same story")),
  reset: Flag.Boolean("reset").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Begin anew, in place of going on where the last one stopped")
  )
}

/** 13 months; hours are kept as long. */
const maxDays = 400

export const demo = Command.make("demo", flags, (options) =>
  Effect.gen(function* () {
    if (options.days < 2 || options.days > maxDays) {
      return yield* new Refusal({ message: `--days is ${options.days}: give a number from 2 to ${maxDays}` })
    }
    const path = yield* Path.Path
    const folder = path.resolve(options.folder)
    const settings = yield* settingsFor(options.port, folder)
    // Late, because nothing else needs what history is made of.
    const { makeDemo } = yield* Effect.promise(() => import("./demo/makeDemo.ts"))
    const { beside, fill } = yield* makeDemo({ ...options, folder })
    const plan = yield* bundles
    return yield* stack({
      ...plan,
      purpose: "npm run demo",
      fill,
      beside: (api) => Effect.andThen(Console.log(welcome), beside(api)),
      environment: { NODE_ENV: "production", ...others, ...settings }
    }).pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(settings)))
  }).pipe(Effect.scoped, Effect.raceFirst(npmGone))
).pipe(Command.withDescription("Run everything with 60 monitors and their history, to look around"))

/** In place of the environment's, which are about an installation: this machine only, nothing from outside. */
const settingsFor = Effect.fnUntraced(function* (webPort: number, folder: string) {
  const postgresBin = yield* Settings.postgresBin
  const logLevel = yield* Config.option(Config.String("VINSIGHT_LOG_LEVEL"))
  return {
    VINSIGHT_DATA_DIR: folder,
    VINSIGHT_HOST: "127.0.0.1",
    VINSIGHT_WEB_PORT: String(webPort),
    VINSIGHT_API_PORT: "0",
    VINSIGHT_WORKER_PORT: "0",
    VINSIGHT_SIGNUP: "closed",
    VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,::1/128",
    ...Option.match(postgresBin, { onNone: () => ({}), onSome: (bin) => ({ VINSIGHT_PG_BIN: bin }) }),
    ...Option.match(logLevel, { onNone: () => ({}), onSome: (level) => ({ VINSIGHT_LOG_LEVEL: level }) })
  }
})

/** What an installation may have in its environment, and would change what is told here. */
const others = {
  VINSIGHT_ORIGIN: undefined,
  VINSIGHT_PUBLIC_URL: undefined,
  VINSIGHT_REGION: undefined,
  VINSIGHT_RETENTION_DAYS: undefined,
  VINSIGHT_MIN_INTERVAL_SECONDS: undefined,
  VINSIGHT_MAX_MONITORS: undefined,
  VINSIGHT_PROXY_HOPS: undefined
}

const welcome = `This is a demo: what it watches is made up and runs on this machine.

    e-mail    demo@nordlicht.example
    password  look around

Its colleagues have the same password: ines@ (admin), tomasz@ (editor) and finance@nordlicht.example (viewer).

npm run demo -- --reset begins anew.
`
