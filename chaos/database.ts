/** The PostgreSQL that is stopped, killed and missed: durable, always on the same port, watched from outside. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Connections from "@v-insight/database/Connections"
import { Keys } from "@v-insight/database/Keys"
import * as Postgres from "@v-insight/database/Postgres"
import { Effect, Exit, Redacted, Scope } from "effect"
import { appendFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Client, type QueryResultRow } from "pg"
import { name, postmasterOf, prepare, secret, withClient } from "../bench/database.ts"
import { steadyPort } from "./port.ts"

/** Recovery after a crash, on a machine that is busy with tests. */
const patienceMs = 60_000
const pauseMs = 100

export interface Database {
  readonly workerUrl: string
  readonly postmaster: () => Promise<number>
  /** As the superuser; asked again until there is an answer, whatever becomes of the server meanwhile. */
  readonly query: <Row extends QueryResultRow>(
    text: string,
    values?: ReadonlyArray<unknown>
  ) => Promise<ReadonlyArray<Row>>
  readonly start: () => Promise<void>
  /** `fast` ends connections in order, `immediate` and `kill` leave a crash to recover from. */
  readonly stop: (how: "fast" | "immediate" | "kill") => Promise<void>
}

/** `address`: where it listens beside the loopback. */
export const startDatabase = async (folder: string, address: string | undefined): Promise<Database> => {
  const keys = Keys.fromSecret(Redacted.make(secret))
  const port = await steadyPort("127.0.0.1")
  let scope: Scope.Closeable | undefined
  let client: Client | undefined

  const acquire = async (): Promise<Postgres.Postgres> => {
    scope = Effect.runSync(Scope.make())
    return Postgres.acquire({
      dataDir: path.join(folder, "data"),
      bin: process.env["VINSIGHT_PG_BIN"],
      password: keys.rolePassword("vinsight"),
      purpose: "npm run test:chaos",
      isGuest: false,
      port,
      settings: address === undefined ? {} : { listen_addresses: `127.0.0.1,${address}` }
    }).pipe(Scope.provide(scope), Effect.provide(NodeServices.layer), Effect.runPromise)
  }
  const postgres = await acquire()
  await Effect.runPromise(prepare(postgres, keys).pipe(Effect.provide(NodeServices.layer)))
  const admin = Redacted.value(postgres.url(name))

  if (address !== undefined) {
    const place = path.join(folder, "data", `postgres-${postgres.major}`)
    appendFileSync(path.join(place, "pg_hba.conf"), `host all all ${address}/24 scram-sha-256\n`)
    await withClient(admin, (client) => client.query("SELECT pg_reload_conf()"))
  }

  const connected = async (): Promise<Client> => {
    if (client !== undefined) return client
    const fresh = new Client({ connectionString: admin, connectionTimeoutMillis: 2000, query_timeout: 20_000 })
    fresh.on("error", () => {
      if (client === fresh) client = undefined
    })
    await fresh.connect()
    return (client = fresh)
  }

  const until = async <A>(ask: () => Promise<A>): Promise<A> => {
    const limit = performance.now() + patienceMs
    while (true) {
      try {
        return await ask()
      } catch (error) {
        if (isOurMistake(error) || performance.now() > limit) throw error
        client = undefined
        await sleep(pauseMs)
      }
    }
  }

  /** The client takes one question at a time. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <A>(ask: () => Promise<A>): Promise<A> => {
    const answer = turn.then(ask)
    turn = answer.catch(() => {})
    return answer
  }

  const stop: Database["stop"] = async (how) => {
    client = undefined
    if (how !== "fast") process.kill(await postmasterOf(admin), how === "kill" ? "SIGKILL" : "SIGQUIT")
    if (scope !== undefined) await Effect.runPromise(Scope.close(scope, Exit.void))
    scope = undefined
  }

  const workerUrl = new URL(
    Redacted.value(
      Connections.withLogin(postgres.url(name), Connections.workerRole, keys.rolePassword(Connections.workerRole))
    )
  )
  if (address !== undefined) workerUrl.hostname = address
  return {
    workerUrl: workerUrl.href,
    postmaster: () => postmasterOf(admin),
    query: <Row extends QueryResultRow>(text: string, values: ReadonlyArray<unknown> = []) =>
      inTurn(() => until(async () => (await (await connected()).query<Row>(text, [...values])).rows)),
    // A killed server's last processes hold its shared memory for a moment.
    start: () => until(acquire).then(() => {}),
    stop
  }
}

/** SQLSTATE classes 22, 23, 42: data, constraints, syntax. Another try would end alike. */
const isOurMistake = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && /^(22|23|42)/.test(String(error.code))
