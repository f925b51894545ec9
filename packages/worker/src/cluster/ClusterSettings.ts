/**
 * How workers of a region divide the work: what may be set, and how the times must stand to one another. Measured in chaos
 * runs: with an expiration of 4 s a starved CPU loses its shards; with the library's own times (35 s, 1 min) a killed
 * worker's monitors stay blind too long.
 */
import { intSetting, portSetting } from "@v-insight/database/intSetting"
import { Config, Effect, Schema } from "effect"
import { RegionName } from "@v-insight/domain/model/Region"

export interface ClusterSettings {
  readonly region: string
  /** Where other workers reach this one; port 0 takes any free one. */
  readonly runnerHost: string
  readonly runnerPort: number
  /** A worker that was not heard of for so long has lost its shards. */
  readonly lockExpirationSeconds: number
  readonly lockRefreshSeconds: number
  /** How often workers are asked whether they are there. */
  readonly healthCheckSeconds: number
  /** The same for all workers of a region. */
  readonly shards: number
}

export const defaults = {
  region: "default",
  runnerHost: "127.0.0.1",
  runnerPort: 0,
  lockExpirationSeconds: 9,
  lockRefreshSeconds: 3,
  healthCheckSeconds: 3,
  shards: 64
} as const satisfies ClusterSettings

/** A refresh may fail twice before the lock is lost. */
const refreshesPerLock = 3
/** What a killed worker had is blind for as long, and for the few seconds that another one needs to load it. */
const longestSeconds = 60

const secondsOf = (name: string, minimum: number, fallback: number): Config.Config<number> =>
  intSetting(name, { minimum, maximum: longestSeconds }).pipe(Config.withDefault(fallback))

/** What is wrong with the times, as a sentence that says what to do. */
export const problemOf = (settings: ClusterSettings): string | undefined => {
  const { lockExpirationSeconds: expiration, healthCheckSeconds: health, lockRefreshSeconds: refresh } = settings
  if (refresh * refreshesPerLock > expiration) {
    return `VINSIGHT_LOCK_EXPIRATION_SECONDS (${expiration}) must be at least ${refreshesPerLock} times VINSIGHT_LOCK_REFRESH_SECONDS (${refresh}): set it to ${refresh * refreshesPerLock} or more, or refresh more often.`
  }
  if (health > expiration) {
    return `VINSIGHT_HEALTH_CHECK_SECONDS (${health}) must not be longer than VINSIGHT_LOCK_EXPIRATION_SECONDS (${expiration}): a worker that is gone would be noticed after its locks are.`
  }
  return undefined
}

const TimesThatFit = Schema.Unknown.check(
  Schema.makeFilter((settings) => problemOf(settings as ClusterSettings) ?? true)
)

export const clusterSettings: Config.Config<ClusterSettings> = Config.all({
  region: Config.schema(RegionName, "VINSIGHT_REGION").pipe(Config.withDefault(defaults.region)),
  runnerHost: Config.String("VINSIGHT_RUNNER_HOST").pipe(Config.withDefault(defaults.runnerHost)),
  runnerPort: portSetting("VINSIGHT_RUNNER_PORT", defaults.runnerPort),
  lockExpirationSeconds: secondsOf("VINSIGHT_LOCK_EXPIRATION_SECONDS", 3, defaults.lockExpirationSeconds),
  lockRefreshSeconds: secondsOf("VINSIGHT_LOCK_REFRESH_SECONDS", 1, defaults.lockRefreshSeconds),
  healthCheckSeconds: secondsOf("VINSIGHT_HEALTH_CHECK_SECONDS", 1, defaults.healthCheckSeconds),
  shards: intSetting("VINSIGHT_SHARDS", { minimum: 1, maximum: 1024 }).pipe(Config.withDefault(defaults.shards))
}).pipe(
  Config.mapEffect((settings) =>
    Schema.decodeUnknownEffect(TimesThatFit)(settings).pipe(
      Effect.as(settings),
      Effect.mapError((error) => new Config.ConfigError(error))
    )
  )
)
