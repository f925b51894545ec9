/** `npm start` as a user runs it, on free ports and with an empty data directory, and clients of its web server. */
import { probePort } from "@v-insight/database/probePort"
import type { LiveEvent } from "@v-insight/domain/model/LiveEvent"
import type { SignedIn } from "@v-insight/domain/model/Session"
import { Context, Effect, Layer, Schedule, type Scope } from "effect"
import { spawn } from "node:child_process"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const main = new URL("../main.ts", import.meta.url).pathname

/** The envelope as it comes, with the data that the contract promises. */
export interface Answer<A> {
  readonly status: number
  readonly data: A
  readonly error: { readonly code: string; readonly message: string } | null
}

export interface Client {
  readonly tenantId: string
  readonly get: <A>(path: string) => Effect.Effect<Answer<A>>
  readonly post: <A>(path: string, body?: unknown) => Effect.Effect<Answer<A>>
  readonly patch: <A>(path: string, body: unknown) => Effect.Effect<Answer<A>>
  readonly remove: (path: string) => Effect.Effect<Answer<unknown>>
  /** What a POST answers as text, to its end. */
  readonly stream: (path: string, body: unknown) => Effect.Effect<string>
  /** Opens the live stream through the web's proxy; what has come so far. */
  readonly events: Effect.Effect<() => ReadonlyArray<LiveEvent>, never, Scope.Scope>
}

export class Product extends Context.Service<
  Product,
  {
    readonly dataDir: string
    /** Signs up through the web's proxy. */
    readonly register: (email: string) => Effect.Effect<Client>
    /** Asks again until there is an answer, for at most 30 s. */
    readonly eventually: <A>(ask: Effect.Effect<A | undefined>) => Effect.Effect<A>
    /** The product's process and all its descendants. */
    readonly processes: Effect.Effect<ReadonlyArray<number>>
    /** Ctrl-C; answers with the exit code. */
    readonly interrupt: Effect.Effect<number | string>
    readonly pidFiles: () => ReadonlyArray<string>
  }
>()("@v-insight/cli/testing/Product") {
  static readonly layer = Layer.effect(
    Product,
    Effect.gen(function* () {
      const dataDir = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const dir = mkdtempSync(join(tmpdir(), "v-insight-"))
          // PostgreSQL runs as another user than root and must be able to enter.
          chmodSync(dir, 0o755)
          return dir
        }),
        (dir) => Effect.sync(() => rmSync(dir, { recursive: true, force: true }))
      )
      const [apiPort, workerPort, webPort] = yield* Effect.replicateEffect(freePort, 3)
      const child = spawn(process.execPath, [main, "up"], {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: process.env["PATH"],
          HOME: process.env["HOME"],
          VINSIGHT_DATA_DIR: dataDir,
          VINSIGHT_API_PORT: String(apiPort),
          VINSIGHT_WORKER_PORT: String(workerPort),
          VINSIGHT_WEB_PORT: String(webPort),
          VINSIGHT_SIGNUP: "open",
          VINSIGHT_MIN_INTERVAL_SECONDS: "1",
          VINSIGHT_ALLOWED_CIDRS: "127.0.0.0/8"
        }
      })
      let output = ""
      child.stdout.on("data", (part) => (output += part))
      child.stderr.on("data", (part) => (output += part))
      const exited = new Promise<number | string>((resolve) =>
        child.once("exit", (code, signal) => resolve(code ?? signal ?? ""))
      )
      const interrupt = Effect.promise(() => (child.kill("SIGINT"), exited))
      yield* Effect.addFinalizer(() => (child.exitCode === null && child.signalCode === null ? interrupt : Effect.void))

      const origin = `http://localhost:${webPort}`
      yield* Effect.sync(() => output.includes("V-Insight is ready at")).pipe(
        Effect.repeat({
          until: (isReady) => isReady || child.exitCode !== null,
          schedule: Schedule.spaced("50 millis")
        }),
        Effect.timeout("150 seconds"),
        Effect.filterOrFail(
          (isReady) => isReady,
          () => "ended"
        ),
        Effect.catchCause(() => Effect.die(new Error(`The product did not start:\n${output}`)))
      )

      const send = (method: string, path: string, token: string | undefined, body?: unknown): Promise<Response> =>
        fetch(`${origin}/api/v1${path}`, {
          method,
          headers: {
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined ? {} : { "content-type": "application/json" })
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) })
        })
      const request = <A>(method: string, path: string, token: string | undefined, body?: unknown) =>
        Effect.promise(async (): Promise<Answer<A>> => {
          const response = await send(method, path, token, body)
          return { status: response.status, ...((await response.json()) as Omit<Answer<A>, "status">) }
        })

      return Product.of({
        dataDir,
        register: Effect.fnUntraced(function* (email) {
          const { data, error, status } = yield* request<SignedIn>("POST", "/auth/register", undefined, {
            email,
            password: "correct horse battery"
          })
          if (status !== 201) return yield* Effect.die(new Error(`No account: ${JSON.stringify(error)}`))
          return {
            tenantId: data.tenant.id,
            get: (path) => request("GET", path, data.token),
            post: (path, body) => request("POST", path, data.token, body),
            patch: (path, body) => request("PATCH", path, data.token, body),
            remove: (path) => request("DELETE", path, data.token),
            stream: (path, body) =>
              Effect.promise(() => send("POST", path, data.token, body).then((response) => response.text())),
            events: listen(`${origin}/api/v1/stream/events`, data.token)
          }
        }),
        eventually: (ask) =>
          ask.pipe(
            Effect.flatMap((answer) => (answer === undefined ? Effect.fail("not yet") : Effect.succeed(answer))),
            Effect.retry(Schedule.spaced("50 millis")),
            Effect.timeout("30 seconds"),
            Effect.catchCause((cause) =>
              Effect.die(new Error(`It did not come to pass (${String(cause)}); output:\n${output.slice(-4000)}`))
            )
          ),
        processes: Effect.sync(() => descendants(child.pid!)),
        interrupt,
        pidFiles: () =>
          readdirSync(dataDir, { recursive: true, encoding: "utf8" }).filter((name) => /\.(pid|lock)$/.test(name))
      })
    })
  )
}

const freePort = Effect.orDie(probePort("127.0.0.1"))

/** From /proc: the parent of a process is the fourth field of its stat, after the name in brackets. */
const descendants = (root: number): ReadonlyArray<number> => {
  const parents = new Map<number, number>()
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8")
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]))
    } catch {
      // it has just ended
    }
  }
  const family = [root]
  for (const parent of family) for (const [pid, ppid] of parents) if (ppid === parent) family.push(pid)
  return family
}

const listen = (url: string, token: string) =>
  Effect.gen(function* () {
    const messages: Array<LiveEvent> = []
    const controller = new AbortController()
    yield* Effect.addFinalizer(() => Effect.sync(() => controller.abort()))
    const response = yield* Effect.promise(() =>
      fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: controller.signal })
    )
    const read = async (): Promise<void> => {
      let text = ""
      const decoder = new TextDecoder()
      for await (const part of response.body!) {
        text += decoder.decode(part, { stream: true })
        const blocks = text.split("\n\n")
        text = blocks.pop() ?? ""
        for (const block of blocks) {
          const event = /^event: ?(.*)$/m.exec(block)?.[1]
          const data = /^data: ?(.*)$/m.exec(block)?.[1]
          if (event !== undefined && data !== undefined) messages.push({ event, data: JSON.parse(data) } as LiveEvent)
        }
      }
    }
    read().catch(() => {})
    return () => messages
  })
