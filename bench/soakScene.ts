/** A tenant as tenants are: kinds of all sorts, some that fail, some that hang, jobs that call in, people who edit. */
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type Database, secret } from "./database.ts"
import { product, type Running, start } from "./processes.ts"
import { askedName, authority } from "./target.ts"

const intervalSeconds = 10
/** Longer than the benchmarks of the targets need, shorter than the interval. */
const timeoutSeconds = 3
const counts = { good: 200, refused: 40, silent: 40, unexpected: 20, tls: 30, tcp: 30, dns: 20, jobs: 20 }
/** Of people who edit: one change each. */
const editEveryMs = 500
/** Monitors that are made anew and removed for good, the oldest first: what is kept of those would grow for ever. */
const passingCount = 5
const jobPeriodSeconds = 60
const callEveryMs = 1_000

export interface Scene {
  readonly api: Running
  /** Edits, runs and calls, from now on. */
  readonly begin: () => void
  readonly acts: () => number
  /** Acts that were not done, with the last answer: a worker that starts answers no runs. */
  readonly refused: () => { readonly count: number; readonly last: string }
  readonly stop: () => Promise<void>
}

interface Monitor {
  readonly id: string
}

export const startScene = async (
  database: Database,
  apiEnvironment: Readonly<Record<string, string>>
): Promise<Scene> => {
  const target = (kind: string) => start([process.execPath, path.join(import.meta.dirname, "target.ts"), kind], {})
  const [plain, https, tcp, silent, dns] = await Promise.all(["http", "https", "tcp", "silent", "dns"].map(target))
  const api = await start(product("server"), {
    VINSIGHT_SECRET: secret,
    VINSIGHT_API_DATABASE_URL: database.api,
    VINSIGHT_API_PORT: "0",
    ...apiEnvironment
  })
  const ask = await signIn(api)
  const http = (port: number) => ({ url: `http://localhost:${port}/` })
  const make = async (count: number, type: string, settings: object): Promise<ReadonlyArray<Monitor>> => {
    const made: Array<Monitor> = []
    const cadence = { intervalSeconds, timeoutSeconds, confirmations: 1 }
    while (made.length < count) made.push(await ask<Monitor>("POST", "/monitors", { type, settings, ...cadence }))
    return made
  }
  const channel = await ask<{ id: string }>("POST", "/alert-channels", {
    name: "Hook",
    type: "webhook",
    settings: http(plain!.port)
  })
  await ask("POST", "/alert-rules", { name: "Everything", condition: { trigger: "down" }, channelIds: [channel.id] })
  const good = await make(counts.good, "http", http(plain!.port))
  await make(counts.refused, "http", http(1))
  await make(counts.silent, "http", http(silent!.port))
  await make(counts.unexpected, "http", { ...http(plain!.port), expectedStatus: "201" })
  await make(counts.tls, "http", { url: `https://localhost:${https!.port}/` })
  await make(counts.tcp, "tcp", { host: "127.0.0.1", port: tcp!.port })
  await make(counts.dns, "dns", { name: askedName, recordType: "A", resolver: `127.0.0.1:${dns!.port}` })
  const jobs = await make(counts.jobs, "heartbeat", { periodSeconds: jobPeriodSeconds, graceSeconds: 10 })
  const tokens = await Promise.all(
    jobs.map(({ id }) => ask<{ token: string }>("GET", `/monitors/${id}/heartbeat`).then(({ token }) => token))
  )

  let turns = 0
  /**
   * In turn: monitors go down and come up again, are renamed, paused, resumed, run now, removed and restored; then
   * another one comes, and one goes.
   */
  const edit = async (): Promise<void> => {
    const turn = turns++
    const { id } = good[Math.floor(turn / (edits.length + 1)) % good.length]!
    const step = edits[turn % (edits.length + 1)]
    if (step === undefined) return pass()
    const [method, action, body] = step
    await ask(method, `/monitors/${id}${action}`, body)
  }
  const passing: Array<Monitor> = []
  const pass = async (): Promise<void> => {
    passing.push(...(await make(1, "http", http(plain!.port))))
    if (passing.length > passingCount) await ask("DELETE", `/monitors/${passing.shift()!.id}`)
  }
  const edits: ReadonlyArray<readonly [string, string, object?]> = [
    ["PATCH", "", { settings: http(1) }],
    ["PATCH", "", { name: "Renamed" }],
    ["POST", "/pause"],
    ["POST", "/resume"],
    ["POST", "/run"],
    ["DELETE", ""],
    ["POST", "/restore"],
    ["PATCH", "", { settings: http(plain!.port) }]
  ]
  let calls = 0
  /** The last job never calls, so it is late. */
  const call = async (): Promise<void> => {
    await ask("POST", `/heartbeats/${tokens[calls++ % (tokens.length - 1)]}`)
  }
  let refused = { count: 0, last: "" }
  const forgiving = (act: () => Promise<void>) => () =>
    act().catch((error: unknown) => {
      refused = { count: refused.count + 1, last: String(error) }
    })
  let loops: ReadonlyArray<() => Promise<void>> = []
  return {
    api,
    begin: () => (loops = [every(editEveryMs, forgiving(edit)), every(callEveryMs, forgiving(call))]),
    acts: () => turns + calls,
    refused: () => refused,
    stop: async () => {
      await Promise.all(loops.map((stop) => stop()))
      await Promise.all([api, plain!, https!, tcp!, silent!, dns!].map(({ stop }) => stop()))
    }
  }
}

/** What the worker needs to reach the scene's targets. */
export const workerEnvironment = { NODE_EXTRA_CA_CERTS: authority }

type Ask = <A>(method: string, path: string, body?: object) => Promise<A>

const signIn = async (api: Running): Promise<Ask> => {
  let headers: Record<string, string> = { "content-type": "application/json" }
  const ask = async <A>(method: string, where: string, body?: object): Promise<A> => {
    const answer = await fetch(`http://127.0.0.1:${api.port}/api/v1${where}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body)
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${text}`)
    return (text === "" ? undefined : (JSON.parse(text) as { data: unknown }).data) as A
  }
  const { token } = await ask<{ token: string }>("POST", "/auth/register", {
    email: "soak@example.org",
    password: "correct horse battery staple"
  })
  headers = { ...headers, authorization: `Bearer ${token}` }
  return ask
}

/** One after the other; the returned function waits for the last. */
const every = (ms: number, act: () => Promise<void>): (() => Promise<void>) => {
  const ending = new AbortController()
  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await act()
      await sleep(ms, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  const done = loop()
  return () => {
    ending.abort()
    return done
  }
}
