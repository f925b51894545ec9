/**
 * The least a worker can be in Node: due times, a check on a fresh connection, a batch write. No tenants, no decisions,
 * no fence, no confirmations. `node bench/references/worker.ts net|http|tls|https PORT MONITORS INTERVAL_SECONDS URL`.
 */
import { get as httpGet, type IncomingMessage } from "node:http"
import { get as httpsGet } from "node:https"
import net from "node:net"
import tls from "node:tls"
import { Client } from "pg"

const [kind = "net", portText = "0", monitorsText = "0", intervalText = "1", url = ""] = process.argv.slice(2)
const port = Number(portText)
const monitors = Number(monitorsText)
const intervalMs = Number(intervalText) * 1000
const timeoutMs = 5000
const request = Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
const secureContext = tls.createSecureContext()

type Done = (status: number) => void

const overSocket = (socket: net.Socket, connected: string, done: Done): void => {
  let status = 0
  socket.setTimeout(timeoutMs, () => socket.destroy())
  socket.on(connected, () => socket.write(request))
  socket.on("data", (bytes: Buffer) => {
    if (status === 0) status = Number(bytes.toString("latin1", 9, 12))
  })
  socket.on("error", () => {})
  socket.on("close", () => done(status))
}

const overRequest = (get: typeof httpGet, done: Done): void => {
  const options = {
    host: "localhost",
    port,
    path: "/",
    agent: false as const,
    timeout: timeoutMs,
    secureContext,
    family: 4
  }
  const sent = get(options, (response: IncomingMessage) => {
    response.resume()
    response.on("end", () => done(response.statusCode ?? 0))
  })
  sent.on("timeout", () => sent.destroy())
  sent.on("error", () => done(0))
}

const checks: Readonly<Record<string, (done: Done) => void>> = {
  net: (done) => overSocket(net.connect({ host: "127.0.0.1", port, noDelay: true }), "connect", done),
  tls: (done) =>
    overSocket(tls.connect({ host: "127.0.0.1", port, servername: "localhost", secureContext }), "secureConnect", done),
  http: (done) => overRequest(httpGet, done),
  https: (done) => overRequest(httpsGet as typeof httpGet, done)
}

const client = new Client({ connectionString: url })
await client.connect()
await client.query(
  "CREATE UNLOGGED TABLE IF NOT EXISTS reference_checks (monitor_id int NOT NULL, at timestamptz NOT NULL, status smallint NOT NULL, total_us int, PRIMARY KEY (monitor_id, at))"
)
await client.query("ALTER TABLE reference_checks SET LOGGED")

let rows: [Array<number>, Array<string>, Array<number>, Array<number>] = [[], [], [], []]
let checked = 0
const check = checks[kind]!
const run = (monitor: number): void => {
  const start = performance.now()
  check((status) => {
    checked++
    rows[0].push(monitor)
    rows[1].push(new Date().toISOString())
    rows[2].push(status)
    rows[3].push(Math.round((performance.now() - start) * 1000))
  })
}

const begun = performance.now()
const due = Float64Array.from({ length: monitors }, (_, index) => begun + (intervalMs * index) / monitors)
let head = 0
setInterval(() => {
  const now = performance.now()
  while (due[head % monitors]! <= now) {
    const monitor = head++ % monitors
    due[monitor]! += intervalMs
    run(monitor)
  }
}, 10)

let isWriting = false
setInterval(() => {
  if (isWriting || rows[0].length === 0) return
  isWriting = true
  const values = rows
  rows = [[], [], [], []]
  void client
    .query({
      name: "write",
      text: "INSERT INTO reference_checks SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::smallint[], $4::int[]) ON CONFLICT DO NOTHING",
      values
    })
    .then(() => (isWriting = false))
}, 250)

const metrics = net
  .createServer((socket) => socket.end(String(checked)))
  .listen(0, "127.0.0.1", () => {
    console.log(JSON.stringify({ message: "listening", port: (metrics.address() as net.AddressInfo).port }))
  })
process.on("SIGTERM", () => process.exit(0))
