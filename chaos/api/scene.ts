/** What promises of the API are tried on: a database, two APIs behind a balancer, a worker, a target, somebody signed in. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { startDatabase, type Database } from "../database.ts"
import { type Dice, makeDice } from "../dice.ts"
import { type Balancer, startBalancer } from "./balancer.ts"
import { type Person, signUp } from "./client.ts"
import { makeFleet, type Program } from "./programs.ts"

export interface Scene {
  readonly folder: string
  readonly database: Database
  readonly apis: readonly [Program, Program]
  readonly worker: Program
  readonly balancer: Balancer
  readonly person: Person
  readonly dice: Dice
  /** Answers at once. */
  readonly targetUrl: string
  /** Takes requests and never answers. */
  readonly silentUrl: string
  readonly isLong: boolean
  /** Everything may take so many times as long. */
  readonly slack: number
  readonly stop: () => Promise<void>
}

/** What a promise came to: a figure beside its limit, and a sentence for each way in which it was broken. */
export interface Finding {
  readonly promise: string
  readonly figures: Readonly<Record<string, number | string>>
  readonly complaints: ReadonlyArray<string>
}

const target = (answer: boolean): Promise<{ readonly url: string; readonly stop: () => void }> => {
  const server = createServer((_, response) => {
    if (answer) response.end("ok\n")
  })
  server.keepAliveTimeout = 0
  return new Promise((resolve) => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        stop: () => {
          server.closeAllConnections()
          server.close()
        }
      })
    )
  })
}

export const openScene = async (
  folder: string,
  { isLong, seed, slack }: { readonly isLong: boolean; readonly seed: number; readonly slack: number }
): Promise<Scene> => {
  const database = await startDatabase(folder, undefined)
  const [quick, silent] = [await target(true), await target(false)]
  const { apis, worker } = await makeFleet(folder, database.workerUrl)
  await Promise.all([...apis, worker].map((program) => program.start()))
  const balancer = await startBalancer(apis)
  return {
    folder,
    database,
    apis,
    worker,
    balancer,
    person: await signUp(balancer.origin, "somebody"),
    dice: makeDice(seed),
    targetUrl: quick.url,
    silentUrl: silent.url,
    isLong,
    slack,
    stop: async () => {
      balancer.stop()
      for (const program of [...apis, worker]) if (program.isAlive()) await program.end("SIGKILL")
      quick.stop()
      silent.stop()
      await database.stop("fast")
    }
  }
}
