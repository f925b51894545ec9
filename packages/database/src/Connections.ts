/**
 * The three logins, one Layer each. A process holds exactly one of them: the API cannot act as the worker, and neither
 * as the owner. URLs come from the environment; those of the API and the worker follow from DATABASE_URL and
 * VINSIGHT_SECRET when they are not given. What needs a session (LISTEN, session locks, migrations) goes to
 * DATABASE_DIRECT_URL, for those whose DATABASE_URL leads to a pooler.
 */
import { PgClient } from "@effect/sql-pg"
import { Config, Context, Duration, Effect, Layer, Option, Redacted, Schema } from "effect"
import { Keys } from "./Keys.ts"
import * as Pooling from "./Pooling.ts"

/** Roles of the database. They belong to the whole server, not to one database. */
export const apiRole = "vinsight_api"
export const workerRole = "vinsight_worker"

/** A list of monitors costs 1-2 ms of a connection: enough for thousands of requests a second on a few cores. */
const apiConnections = 10
/** One is pinned by LISTEN, one by the advisory locks of the cluster; the rest write results. */
const workerConnections = 8
/**
 * Statements that each of the worker's connections keeps prepared, those used last: what runs every few seconds is a
 * third of them. Of all of its hundred it would keep 4 KiB each here and a plan in PostgreSQL, and go on collecting those
 * that run once an hour for half a day.
 */
const workerStatements = 40
/** Migrations run one after another. */
const ownerConnections = 2
/**
 * PostgreSQL would keep the session of a machine that went without a word for two hours, with all that it locked. It is
 * asked after 10 s, and given up after 25.
 */
const absentPeer = {
  tcp_keepalives_idle: "10s",
  tcp_keepalives_interval: "5s",
  tcp_keepalives_count: "3",
  tcp_user_timeout: "25s"
} as const
/**
 * What each session begins with. A pooler does not pass it on and may refuse it, so it is sent to PostgreSQL itself only;
 * the roles carry it as well (Roles.configure).
 */
export const sessions = {
  /** No request waits longer for the database; the API answers 503 instead. */
  [apiRole]: { ...absentPeer, statement_timeout: "5s" },
  /**
   * Effect's cluster and queue keep their tables in schema worker and name them without a schema. No transaction of the
   * worker waits for anything but PostgreSQL: one that is idle belongs to a process that stands still.
   */
  [workerRole]: { ...absentPeer, search_path: "worker, public", idle_in_transaction_session_timeout: "30s" }
} as const
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

const urlNamed = (variable: string): Config.Config<Redacted.Redacted> =>
  Config.schema(
    Schema.Redacted(
      Schema.String.check(
        Schema.makeFilter((text) => URL.canParse(text) && /^postgres(ql)?:\/\/[^/]+\/./.test(text), {
          message: `${variable} must look like postgres://user:password@host:5432/database: correct it`
        })
      )
    ),
    variable
  )

export const ownerUrl = Config.Redacted("DATABASE_URL")
/** PostgreSQL itself. Whoever uses it logs in as themselves: a login in it counts for migrations only. */
export const directUrl = urlNamed("DATABASE_DIRECT_URL")
/** A replica for reports, or a pooler before it; the API logs in as itself. */
export const readUrl = urlNamed("DATABASE_READ_URL")
/** Where sessions last. */
const sessionUrl = Config.orElse(directUrl, () => ownerUrl)

/** `url` with the login of `other`. */
export const withLoginOf = (url: Redacted.Redacted, other: Redacted.Redacted): Redacted.Redacted => {
  const { password, username } = new URL(Redacted.value(other))
  return withLogin(url, decodeURIComponent(username), Redacted.make(decodeURIComponent(password)))
}

const urlOf = (
  variable: string,
  role: string,
  base: Config.Config<Redacted.Redacted>
): Config.Config<Redacted.Redacted> =>
  Config.Redacted(variable).pipe(
    Config.orElse(() =>
      Config.map(Config.all({ base, secret: Keys.secret }), ({ base, secret }) =>
        withLogin(base, role, Keys.fromSecret(secret).rolePassword(role))
      )
    )
  )

export const apiUrl = urlOf("VINSIGHT_API_DATABASE_URL", apiRole, ownerUrl)
export const workerUrl = urlOf("VINSIGHT_WORKER_DATABASE_URL", workerRole, sessionUrl)

const settingsOf = (url: Redacted.Redacted, name: string, session: Readonly<Record<string, string>>) => ({
  url,
  connectTimeout,
  keepAlive,
  applicationName: `v-insight-${name}`,
  startupParameters: { timezone: "UTC", ...session }
})

export const apiSettings = (url: Redacted.Redacted, way: Pooling.Way = "direct"): PgClient.PgPoolConfig => ({
  ...settingsOf(url, "api", way === "direct" ? sessions[apiRole] : {}),
  maxConnections: apiConnections,
  // A prepared statement stays behind on a connection that somebody else gets next.
  prepare: way !== "transaction"
})

export const workerSettings = (url: Redacted.Redacted, way: Pooling.Way = "direct"): PgClient.PgPoolConfig => ({
  ...settingsOf(url, "worker", way === "direct" ? sessions[workerRole] : {}),
  maxConnections: workerConnections,
  preparedStatementCacheSize: workerStatements
})

export const ownerSettings = (url: Redacted.Redacted): PgClient.PgPoolConfig => ({
  ...settingsOf(url, "owner", { search_path: "public" }),
  maxConnections: ownerConnections,
  // Each statement of a migration is sent once.
  prepare: false
})

/** What stands between us and the database at `url`. */
export const wayTo = (url: Redacted.Redacted) => Pooling.find(settingsOf(url, "start", {}))

/** Sentences for what a pooler in transaction mode cannot do. */
const poolers = {
  worker:
    "The worker's database URL leads to a pooler in transaction mode, where session locks and LISTEN are lost: set DATABASE_DIRECT_URL (or VINSIGHT_WORKER_DATABASE_URL) to PostgreSQL itself.",
  listening:
    "The API's database URL leads to a pooler in transaction mode, which does not pass on what PostgreSQL announces (LISTEN): set DATABASE_DIRECT_URL to PostgreSQL itself; everything else goes on through the pooler."
} as const

/** A pooler that keeps one server connection per client is as good as PostgreSQL itself. */
const withSession = Effect.fnUntraced(function* (url: Redacted.Redacted, message: string) {
  const way = yield* wayTo(url)
  return way === "transaction" ? yield* new Pooling.PoolerError({ message }) : way
})

export const apiLayer = PgClient.layerFrom(
  Effect.gen(function* () {
    const url = yield* apiUrl
    return yield* PgClient.make(apiSettings(url, yield* wayTo(url)))
  })
)

export const workerLayer = PgClient.layerFrom(
  Effect.gen(function* () {
    const url = yield* workerUrl
    return yield* PgClient.make(workerSettings(url, yield* withSession(url, poolers.worker)))
  })
)

/** Where the API hears what PostgreSQL announces: a connection of its own, not a pooler's. */
export class Listening extends Context.Service<Listening, PgClient.PgClientConfig>()(
  "@v-insight/database/Connections/Listening"
) {
  static readonly layer = Layer.effect(
    Listening,
    Effect.gen(function* () {
      const api = yield* apiUrl
      const direct = yield* Config.option(sessionUrl)
      const url = Option.match(direct, { onNone: () => api, onSome: (url) => withLoginOf(url, api) })
      yield* withSession(url, poolers.listening)
      return settingsOf(url, "api-listen", {})
    })
  )

  /** Where queries go too. */
  static readonly layerSame = Layer.effect(
    Listening,
    Effect.map(PgClient.PgClient, ({ config }) => config)
  )
}
