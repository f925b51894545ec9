/**
 * Checks one target again and again over fresh connections, and says what that cost this process.
 * `node bench/references/checker.ts product|net|tls|http|https|connect|dgram|resolve URL CHECKS AT_ONCE` prints `{ cpuMs, failed }`, where
 * cpuMs is for all CHECKS; as many again before them are not counted, while V8 compiles.
 */
import { createSocket } from "node:dgram"
import { Resolver } from "node:dns"
import { get as httpGet, type IncomingMessage } from "node:http"
import { get as httpsGet } from "node:https"
import net from "node:net"
import tls from "node:tls"
import { Heartbeats, HeartbeatsAway } from "@v-insight/domain/monitor-types/Heartbeats"
import { MonitorSpec, runCheck } from "@v-insight/domain/monitor-types/registry"
import { Outbound } from "@v-insight/worker/net/Outbound"
import { Effect, Layer, Schema } from "effect"
import { askedName } from "../target.ts"

const [kind = "net", url = "", checksText = "0", atOnceText = "1"] = process.argv.slice(2)
const checks = Number(checksText)
const atOnce = Number(atOnceText)
const { hostname: host, port: portText, protocol } = new URL(url)
const port = Number(portText)
const timeoutMs = 10_000
const request = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: V-Insight\r\nConnection: close\r\n\r\n`)
const secureContext = tls.createSecureContext()

type Done = (isUp: boolean) => void

const overSocket = (socket: net.Socket, connected: string, done: Done): void => {
  let status = 0
  socket.setTimeout(timeoutMs, () => socket.destroy())
  socket.on(connected, () => socket.write(request))
  socket.on("data", (bytes: Buffer) => {
    if (status === 0) status = Number(bytes.toString("latin1", 9, 12))
  })
  socket.on("error", () => {})
  socket.on("close", () => done(status === 200))
}

const overRequest = (get: typeof httpGet, done: Done): void => {
  const options = { host, port, path: "/", agent: false as const, timeout: timeoutMs, secureContext, family: 4 }
  const sent = get(options, (response: IncomingMessage) => {
    response.resume()
    response.on("end", () => done(response.statusCode === 200))
  })
  sent.on("timeout", () => sent.destroy())
  sent.on("error", () => done(false))
}

const bare: Readonly<Record<string, (done: Done) => void>> = {
  net: (done) => overSocket(net.connect({ host: "127.0.0.1", port, noDelay: true }), "connect", done),
  tls: (done) =>
    overSocket(tls.connect({ host: "127.0.0.1", port, servername: host, secureContext }), "secureConnect", done),
  http: (done) => overRequest(httpGet, done),
  https: (done) => overRequest(httpsGet as typeof httpGet, done),
  connect: (done) => {
    const socket = net.connect({ host: "127.0.0.1", port, noDelay: true })
    socket.setTimeout(timeoutMs, () => socket.destroy())
    let isUp = false
    socket.on("connect", () => {
      isUp = true
      socket.destroy()
    })
    socket.on("error", () => {})
    socket.on("close", () => done(isUp))
  },
  dgram: (done) => overDatagram(done),
  resolve: (done) => {
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
    resolver.setServers([`127.0.0.1:${port}`])
    resolver.resolve4(askedName, (error) => done(error === null))
  }
}

/** A header with an id and one question (RFC 1035 section 4.1). */
const question = Buffer.concat([
  Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  ...askedName.split(".").map((label) => Buffer.from(String.fromCharCode(label.length) + label)),
  Buffer.from([0, 0, 1, 0, 1])
])

const overDatagram = (done: Done): void => {
  const socket = createSocket("udp4")
  const timer = setTimeout(() => end(false), timeoutMs)
  const end = (isUp: boolean): void => {
    clearTimeout(timer)
    socket.close()
    done(isUp)
  }
  socket.on("message", (answer) => end(answer.readUInt16BE(6) === 1))
  socket.send(question, port, "127.0.0.1")
}

/** As the product's settings have it. */
const settings: Readonly<Record<string, unknown>> = {
  "http:": { type: "http", settings: { url } },
  "https:": { type: "http", settings: { url } },
  "tcp:": { type: "tcp", settings: { host, port } },
  "dns:": { type: "dns", settings: { name: askedName, resolver: `127.0.0.1:${port}` } }
}

/** The product's own check, as its worker runs it: a fiber, the monitor type, the dialer. */
const runProduct = (count: number, done: Done): Promise<void> => {
  const spec = Schema.decodeUnknownSync(MonitorSpec)(settings[protocol])
  const check = Effect.map(runCheck(spec, { timeoutMs }), ({ status }) => done(status === "up"))
  return Effect.runPromise(
    Effect.forEach(Array.from({ length: count }), () => check, { concurrency: atOnce, discard: true }).pipe(
      Effect.provide(Outbound.layer),
      // Reads tables; none of these kinds does.
      Effect.provide(Layer.succeed(Heartbeats, { ofMonitor: () => new HeartbeatsAway() }))
    )
  )
}

const runBare = (count: number, done: Done): Promise<void> =>
  new Promise((resolve) => {
    let begun = 0
    let ended = 0
    const next = (): void => {
      if (begun === count) return
      begun++
      bare[kind]!((isUp) => {
        done(isUp)
        if (++ended === count) resolve()
        else next()
      })
    }
    for (let index = 0; index < atOnce; index++) next()
  })

let failed = 0
const count: Done = (isUp) => {
  if (!isUp) failed++
}
const run = kind === "product" ? runProduct : runBare

await run(checks, count)
const before = process.cpuUsage()
await run(checks, count)
const { system, user } = process.cpuUsage(before)
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, failed }))
