/** A website to watch, whose answer can be changed or which can die, and a receiver of webhooks that remembers. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

const listen = async (answer: Answer, port = 0) => {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(port, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    }
  }
}

const urlOf = ({ port }: { readonly port: number }) => `http://127.0.0.1:${port}`

export interface Target {
  readonly url: string
  /** What it answers from now on. */
  status: number
  /** Nothing listens on its port any more. */
  readonly die: () => Promise<void>
  /** Back on the same port. */
  readonly revive: () => Promise<void>
  readonly close: () => Promise<void>
}

export const startTarget = async (): Promise<Target> => {
  const answer: Answer = (request, response) => {
    // `/status/404` always answers so; everything else as it is told, `/health` with JSON.
    const fixed = /^\/status\/(\d{3})/.exec(request.url ?? "")?.[1]
    const status = fixed === undefined ? target.status : Number(fixed)
    if (request.url === "/health") {
      response.writeHead(status, { "content-type": "application/json", server: "halyard/4.17" })
      response.end(JSON.stringify({ status: "ok", checks: { queue: 3 } }))
    } else response.writeHead(status).end("hello")
  }
  let server: Awaited<ReturnType<typeof listen>> | undefined = await listen(answer)
  const { port } = server
  const die = async () => {
    const dying = server
    server = undefined
    await dying?.close()
  }
  const target: Target = {
    url: urlOf({ port }),
    status: 200,
    die,
    revive: async () => {
      server = await listen(answer, port)
    },
    close: die
  }
  return target
}

interface Received {
  readonly type: string
  readonly links?: { readonly incident: string; readonly acknowledge: string | null }
  readonly signature: string
}

export interface Sink {
  readonly url: string
  /** What it answers from now on, but for `/gone`, which is. */
  status: number
  readonly received: ReadonlyArray<Received>
  readonly close: () => Promise<void>
}

export const startSink = async (): Promise<Sink> => {
  const received: Array<Received> = []
  const server = await listen(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += chunk
    const signature = request.headers["webhook-signature"]
    const status = request.url === "/gone" ? 410 : sink.status
    response.writeHead(status)
    if (status !== 200) return void response.end("nobody lives here")
    received.push({ ...(JSON.parse(body) as Omit<Received, "signature">), signature: String(signature) })
    response.end('{"received":true}')
  })
  const sink: Sink = { url: urlOf(server), status: 200, received, close: server.close }
  return sink
}

/** In front of the API: passes questions on, except those whose path it is told to refuse. */
export const startGate = async (behind: string) => {
  const gate = { isRefused: (_path: string): boolean => false }
  const server = await listen(async (request, response) => {
    const path = request.url ?? "/"
    if (gate.isRefused(path)) {
      const error = { code: "UNAVAILABLE", message: "The database is not reachable.", details: {} }
      response.writeHead(503, { "content-type": "application/json" })
      response.end(JSON.stringify({ data: null, error, meta: {} }))
      return
    }
    const { accept = "*/*", cookie = "" } = request.headers
    const answer = await fetch(behind + path, { headers: { accept, cookie } })
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" })
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  return Object.assign(gate, { url: urlOf(server), close: server.close })
}
