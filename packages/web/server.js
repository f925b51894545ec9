// The web process: serves the build, says where it listens, and stops gracefully.
//
// adapter-node reads its settings from the environment when it is imported and takes https for granted; here the origin
// is what VINSIGHT_ORIGIN says, else plain http at the Host that was asked for, so that http://localhost:3000 works.
import { createHmac } from "node:crypto"
import { createServer } from "node:http"

/** Answers in flight may end within this; event streams are ended at once. */
const graceMs = 8000

const log = (/** @type {string} */ level, /** @type {string} */ message, fields = {}) =>
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level, service: "web", message, ...fields }))

const fail = (/** @type {string} */ message) => {
  log("error", message)
  process.exit(1)
}

const integer = (/** @type {string} */ name, /** @type {number} */ fallback, /** @type {number} */ maximum) => {
  const text = process.env[name] ?? ""
  if (text === "") return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    fail(`${name} is ${JSON.stringify(text)}: write a whole number from 0 to ${maximum}.`)
  }
  return value
}

const port = integer("VINSIGHT_WEB_PORT", 3000, 65_535)
/** How many reverse proxies stand before us; each appends to X-Forwarded-For. 0: the header is not believed. */
const proxyHops = integer("VINSIGHT_PROXY_HOPS", 0, 10)
const host = process.env.VINSIGHT_HOST || "127.0.0.1"
const originText = process.env.VINSIGHT_ORIGIN ?? ""
if (originText !== "" && !/^https?:\/\/[^/]+\/?$/.test(originText)) {
  fail(`VINSIGHT_ORIGIN is ${JSON.stringify(originText)}: write an origin such as https://status.example.org.`)
}
const origin = originText === "" ? undefined : new URL(originText)

// An installation has one secret; what the web needs of it follows as in packages/database/src/Keys.ts.
const secret = process.env.VINSIGHT_SECRET ?? ""
if (secret !== "" && !process.env.VINSIGHT_PROXY_SECRET) {
  process.env.VINSIGHT_PROXY_SECRET = createHmac("sha256", secret).update("proxy").digest("base64url")
}
delete process.env.VINSIGHT_SECRET

// Ours alone: set on every request below, whatever the client sent.
process.env.PROTOCOL_HEADER = "x-vinsight-scheme"
process.env.HOST_HEADER = "x-vinsight-host"
process.env.ADDRESS_HEADER = "x-vinsight-client"
process.env.BODY_SIZE_LIMIT = "1M"
delete process.env.PORT_HEADER

const { handler } = await import("./build/handler.js").catch((cause) =>
  fail(`The web is not built: run npm run build -w packages/web. (${cause.message})`)
)

/** @type {Set<import("node:http").ServerResponse>} */
const open = new Set()

const server = createServer(
  { headersTimeout: 20_000, requestTimeout: 60_000, maxHeaderSize: 32 * 1024 },
  (request, response) => {
    open.add(response)
    response.once("close", () => open.delete(response))
    request.headers["x-vinsight-scheme"] = origin === undefined ? "http" : origin.protocol.slice(0, -1)
    request.headers["x-vinsight-host"] = origin === undefined ? (request.headers.host ?? "localhost") : origin.host
    request.headers["x-vinsight-client"] = clientAddress(request)
    handler(request, response, () => response.writeHead(404).end())
  }
)

/** @param {import("node:http").IncomingMessage} request */
function clientAddress(request) {
  const forwarded = String(request.headers["x-forwarded-for"] ?? "").split(",")
  const told = proxyHops === 0 ? undefined : forwarded.at(-proxyHops)?.trim()
  return told || request.socket.remoteAddress || "unknown"
}

server.on("error", (/** @type {NodeJS.ErrnoException} */ error) =>
  fail(
    error.code === "EADDRINUSE"
      ? `Port ${port} is in use: stop what listens there, or set VINSIGHT_WEB_PORT.`
      : `Cannot listen on ${host}:${port}: ${error.message}.`
  )
)
server.listen(port, host, () => {
  const address = server.address()
  log("info", "listening", { port: typeof address === "object" && address !== null ? address.port : port })
})

let isStopping = false
const stop = () => {
  if (isStopping) return
  isStopping = true
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  for (const response of open) {
    if (String(response.getHeader("content-type") ?? "").startsWith("text/event-stream")) response.end()
    // Kept-alive connections would hold the server open.
    else response.once("finish", () => setImmediate(() => server.closeIdleConnections()))
  }
  setTimeout(() => {
    server.closeAllConnections()
    process.exit(0)
  }, graceMs).unref()
}
process.on("SIGTERM", stop)
process.on("SIGINT", stop)
// Whoever started us holds the other end; when it dies, even by kill -9, the pipe closes.
if (process.env.VINSIGHT_PARENT_PIPE === "1") process.stdin.on("close", stop).on("error", stop).resume()
