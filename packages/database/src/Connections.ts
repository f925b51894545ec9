/**
 * The three logins, one Layer each. A process holds exactly one of them: the API cannot act as the worker, and neither
 * as the owner. URLs come from the environment; those of the API and the worker follow from DATABASE_URL and
 * VINSIGHT_SECRET when they are not given.
 */
import { PgClient } from "@effect/sql-pg"
import { Config, Duration, Effect, Redacted } from "effect"
import { Keys } from "./Keys.ts"

/** Roles of the database. They belong to the whole server, not to one database. */
export const apiRole = "vinsight_api"
export const workerRole = "vinsight_worker"

/** A list of monitors costs 1-2 ms of a connection: enough for thousands of requests a second on a few cores. */
const apiConnections = 10
/** One is pinned by LISTEN, one by the advisory locks of the cluster; the rest write results. */
const workerConnections = 8
/** Migrations run one after another. */
const ownerConnections = 2
/** No request waits longer for the database; the API answers 503 instead. */
const apiStatementTimeout = "5s"
const connectTimeout = Duration.seconds(5)
/** A connection that died without a word (a failover, a firewall that forgot it) is found out 10 s after this. */
const keepAlive = Duration.seconds(10)

/** `url` with another login: how the URLs of the API and the worker follow from the owner's. */
export const withLogin = (url: Redacted.Redacted, username: string, password: Redacted.Redacted): Redacted.Redacted => {
  const changed = new URL(Redacted.value(url))
  changed.username = username
  changed.password = Redacted.value(password)
  return Redacted.make(changed.href)
}

export const ownerUrl = Config.Redacted("DATABASE_URL")

const urlOf = (variable: string, role: string): Config.Config<Redacted.Redacted> =>
  Config.Redacted(variable).pipe(
    Config.orElse(() =>
      Config.map(Config.all({ owner: ownerUrl, secret: Keys.secret }), ({ owner, secret }) =>
        withLogin(owner, role, Keys.fromSecret(secret).rolePassword(role))
      )
    )
  )

export const apiUrl = urlOf("VINSIGHT_API_DATABASE_URL", apiRole)
export const workerUrl = urlOf("VINSIGHT_WORKER_DATABASE_URL", workerRole)

const settingsOf = (url: Redacted.Redacted, name: string, session: Readonly<Record<string, string>>) => ({
  url,
  connectTimeout,
  keepAlive,
  applicationName: `v-insight-${name}`,
  startupParameters: { timezone: "UTC", ...session }
})

export const apiSettings = (url: Redacted.Redacted): PgClient.PgPoolConfig => ({
  ...settingsOf(url, "api", { statement_timeout: apiStatementTimeout }),
  maxConnections: apiConnections
})

export const workerSettings = (url: Redacted.Redacted): PgClient.PgPoolConfig => ({
  // Effect's cluster and queue keep their tables in schema worker and name them without a schema.
  ...settingsOf(url, "worker", { search_path: "worker, public" }),
  maxConnections: workerConnections
})

export const ownerSettings = (url: Redacted.Redacted): PgClient.PgPoolConfig => ({
  ...settingsOf(url, "owner", { search_path: "public" }),
  maxConnections: ownerConnections,
  // Each statement of a migration is sent once.
  prepare: false
})

export const apiLayer = PgClient.layerFrom(Effect.flatMap(apiUrl, (url) => PgClient.make(apiSettings(url))))
export const workerLayer = PgClient.layerFrom(Effect.flatMap(workerUrl, (url) => PgClient.make(workerSettings(url))))
