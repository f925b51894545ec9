/** What `up` and `dev` have in common: the database, then worker, API and web, in the order in which they stop in reverse. */
import { Keys } from "@v-insight/database/Keys"
import { Cause, Clock, Console, Effect, Exit, Option, type Redacted } from "effect"
import * as Database from "./Database.ts"
import * as DataDir from "./DataDir.ts"
import * as memoryPolicy from "./memoryPolicy.ts"
import * as Ports from "./Ports.ts"
import { Refusal } from "./Refusal.ts"
import * as Service from "./Service.ts"
import * as Settings from "./Settings.ts"

/** How a program is run; `stack` adds with which environment. */
export interface Program extends Pick<Service.Program, "command" | "cwd" | "isReady" | "changes"> {
  readonly args: (host: string, port: number) => ReadonlyArray<string>
}

export interface Plan<E, R, FE = never, FR = never> {
  /** What people typed, for the sentence a second one gets: "npm start". */
  readonly purpose: string
  readonly server: Program
  readonly worker: Program
  readonly web: Program
  /** What has to be there before they start; the database comes up meanwhile. */
  readonly prepare: Effect.Effect<void, E, R>
  /** What the database has to hold before they start: it is migrated, and nobody else uses it. */
  readonly fill?: (database: Database.Database, dataDir: DataDir.DataDir) => Effect.Effect<void, FE, FR>
  /** Goes on beside them, once they answer; `api` is where. */
  readonly beside?: (api: string) => Effect.Effect<never, FE, FR>
  /** Settings of these programs that follow from nothing else. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Loopback and private networks; not link-local, where clouds keep their metadata. */
const nearby = "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
/** Says that not even these may be reached. */
const noneAllowed = "none"

/** Runs until interrupted; fails with the sentence why it cannot go on. */
export const stack = Effect.fn("stack")(function* <E, R, FE = never, FR = never>(plan: Plan<E, R, FE, FR>) {
  const began = yield* Clock.currentTimeMillis
  const settings = yield* Settings.services
  const dataDir = yield* DataDir.open
  const wasKilled = yield* DataDir.claim(dataDir, plan.purpose)
  const ports = yield* freePorts(settings, wasKilled)
  yield* onInterrupt("V-Insight has stopped.")
  const database = Database.acquire(dataDir, { purpose: plan.purpose, isGuest: false }).pipe(
    Effect.tap(Database.migrate),
    Effect.tap((urls) => plan.fill?.(urls, dataDir) ?? Effect.void)
  )
  const [urls] = yield* Effect.all([database, plan.prepare], { concurrency: 2 })
  const environment = yield* environmentsOf(plan, settings, ports, dataDir, urls)
  const start = (name: "worker" | "api" | "web", title: string, program: Program) =>
    Service.start({
      ...program,
      name,
      title,
      args: program.args(settings.host, ports[name]),
      environment: environment[name]
    })
  const worker = yield* start("worker", "The worker", plan.worker)
  const api = yield* start("api", "The API", plan.server)
  const web = yield* start("web", "The web", plan.web)
  yield* onInterrupt("Stopping web, API, worker, database ...")
  const trouble = Effect.raceAllFirst([worker.failed, api.failed, web.failed, urls.lost])
  yield* Effect.raceFirst(Effect.all([worker.ready, api.ready, web.ready], { concurrency: 3 }), trouble)
  const seconds = ((yield* Clock.currentTimeMillis) - began) / 1000
  const url = Option.getOrElse(settings.origin, () => `http://localhost:${ports.web}`)
  yield* Console.log(`\nV-Insight is ready at ${url} (${seconds.toFixed(1)} s). Ctrl-C stops it.\n`)
  const beside = plan.beside?.(apiAddress(settings.host, ports.api)) ?? Effect.never
  return yield* Effect.raceFirst(trouble, beside)
})

/** How programs on this machine reach the API. */
const apiAddress = (host: string, port: number): string =>
  `http://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port}`

/** Said when the scope gets here while it closes because somebody asked to stop; a failure has its own sentence. */
const onInterrupt = (text: string) =>
  Effect.addFinalizer((exit) =>
    Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? Console.log(text) : Effect.void
  )

interface PortNumbers {
  readonly api: number
  readonly worker: number
  readonly web: number
}

const freePorts = Effect.fn("freePorts")(function* (settings: Settings.Services, isPatient: boolean) {
  const { apiPort, host, webPort, workerPort } = settings
  const names = new Map<number, string>()
  for (const [name, port] of [
    ["VINSIGHT_API_PORT", apiPort],
    ["VINSIGHT_WORKER_PORT", workerPort],
    ["VINSIGHT_WEB_PORT", webPort]
  ] as const) {
    const other = names.get(port)
    if (port !== 0 && other !== undefined) {
      return yield* new Refusal({ message: `${other} and ${name} are both ${port}: give each a port of its own` })
    }
    names.set(port, name)
  }
  return {
    api: yield* Ports.take(host, apiPort, "VINSIGHT_API_PORT", isPatient),
    worker: yield* Ports.take(host, workerPort, "VINSIGHT_WORKER_PORT", isPatient),
    web: yield* Ports.take(host, webPort, "VINSIGHT_WEB_PORT", isPatient)
  } satisfies PortNumbers
})

type Environment = Readonly<Record<string, string | Redacted.Redacted | undefined>>

/** Each process gets what it needs and no more: its own login, never the owner's; the web neither login nor secret. */
const environmentsOf = Effect.fn("environmentsOf")(function* (
  plan: Pick<Plan<never, never>, "environment">,
  settings: Settings.Services,
  ports: PortNumbers,
  dataDir: DataDir.DataDir,
  { apiDirectUrl, apiReadUrl, apiUrl, workerUrl }: Database.Database
) {
  const allowed = yield* allowedRanges(settings)
  const secret = yield* dataDir.secret
  const { proxy } = Keys.fromSecret(secret)
  const common: Environment = {
    ...plan.environment,
    ...memoryPolicy.environment,
    DATABASE_URL: undefined,
    DATABASE_DIRECT_URL: undefined,
    DATABASE_READ_URL: undefined,
    VINSIGHT_API_DATABASE_URL: undefined,
    VINSIGHT_WORKER_DATABASE_URL: undefined,
    VINSIGHT_SECRET: undefined,
    VINSIGHT_HOST: settings.host,
    VINSIGHT_API_PORT: String(ports.api),
    VINSIGHT_WORKER_PORT: String(ports.worker),
    VINSIGHT_WEB_PORT: String(ports.web),
    VINSIGHT_ALLOWED_CIDRS: allowed
  }
  return {
    api: {
      ...common,
      VINSIGHT_API_DATABASE_URL: apiUrl,
      DATABASE_DIRECT_URL: apiDirectUrl,
      DATABASE_READ_URL: apiReadUrl,
      VINSIGHT_SECRET: secret
    },
    worker: { ...common, VINSIGHT_WORKER_DATABASE_URL: workerUrl, VINSIGHT_SECRET: secret },
    web: { ...common, VINSIGHT_API_URL: apiAddress(settings.host, ports.api), VINSIGHT_PROXY_SECRET: proxy }
  } satisfies Record<string, Environment>
})

/** One operator on a machine of their own may watch it and its network; where anybody may sign up, nobody may. */
const allowedRanges = Effect.fn("allowedRanges")(function* ({ allowedCidrs, signUp }: Settings.Services) {
  if (Option.isSome(allowedCidrs)) return allowedCidrs.value === noneAllowed ? undefined : allowedCidrs.value
  if (signUp === "open") return undefined
  yield* Effect.logInfo("Monitors may reach this machine and private networks; VINSIGHT_ALLOWED_CIDRS=none forbids it")
  return nearby
})
