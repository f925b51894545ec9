/** The real worker in a process of its own: the bundle when it was built. */
import { type Database, secret } from "./database.ts"
import { product, type Running, start } from "./processes.ts"

/**
 * All monitors of a benchmark look at one address, so its politeness limit (VINSIGHT_HOST_CONCURRENCY, 50 by default) is
 * lifted; everything else is as in an installation.
 */
export const startWorker = (database: Database, env: Readonly<Record<string, string>> = {}): Promise<Running> =>
  start(product("worker"), {
    VINSIGHT_SECRET: secret,
    VINSIGHT_WORKER_DATABASE_URL: database.worker,
    VINSIGHT_WORKER_PORT: "0",
    VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8,::1/128",
    VINSIGHT_HOST_CONCURRENCY: "10000",
    ...env
  })
