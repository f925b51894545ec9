/** A website to watch, whose answer can be changed, and a receiver of webhooks that remembers what came. */
import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"

const listen = async (listener: RequestListener) => {
  const server = createServer(listener)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

export interface Target {
  readonly url: string
  /** What it answers from now on. */
  status: number
  readonly close: () => void
}

export const startTarget = async (): Promise<Target> => {
  const state = { status: 200 }
  const { url, close } = await listen((request, response) => {
    // `/status/404` always answers so; everything else as it is told.
    const fixed = /^\/status\/(\d{3})/.exec(request.url ?? "")?.[1]
    response.writeHead(fixed === undefined ? state.status : Number(fixed)).end("hello")
  })
  return Object.assign(state, { url, close })
}

export interface Sink {
  readonly url: string
  readonly received: ReadonlyArray<{ readonly type: string; readonly signature: string | undefined }>
  readonly close: () => void
}

export const startSink = async (): Promise<Sink> => {
  const received: Array<{ type: string; signature: string | undefined }> = []
  const { url, close } = await listen(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += chunk
    const signature = request.headers["webhook-signature"]
    received.push({ type: (JSON.parse(body) as { type: string }).type, signature: String(signature) })
    response.end('{"received":true}')
  })
  return { url, received, close }
}
