/** Targets that go down one by one, and the receiver that is told: both note when. Times are of performance.now(). */
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"

export interface Outages {
  readonly port: number
  /** From now on `/key` answers 503. */
  readonly breaks: (key: string) => void
  readonly mends: (key: string) => void
  /** A connection to `/key` is lost: during its outage that is a failing check like any other. */
  readonly loses: (key: string) => void
  /** When the outage began; when its last bad answer went out, or connection was lost, before `at`. */
  readonly brokenAt: (key: string) => number
  readonly lastBadBefore: (key: string, at: number) => number
  readonly stop: () => void
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => resolve((server.address() as AddressInfo).port))
  })

export const startOutages = async (): Promise<Outages> => {
  const broken = new Map<string, { readonly since: number; readonly failures: Array<number> }>()
  const server = createServer((request, response) => {
    const outage = broken.get(request.url!.slice(1))
    if (outage === undefined) return void response.end("ok\n")
    response.statusCode = 503
    response.end("down\n", () => outage.failures.push(performance.now()))
  })
  return {
    port: await listening(server),
    breaks: (key) => void broken.set(key, { since: performance.now(), failures: [] }),
    mends: (key) => void broken.delete(key),
    loses: (key) => void broken.get(key)?.failures.push(performance.now()),
    brokenAt: (key) => broken.get(key)!.since,
    lastBadBefore: (key, at) => broken.get(key)!.failures.findLast((failure) => failure <= at) ?? Number.NaN,
    stop: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

export interface Message {
  readonly id: string
  readonly type: string
  /** The monitor's name. */
  readonly monitor: string
  readonly at: number
}

export interface Receiver {
  readonly port: number
  readonly messages: ReadonlyArray<Message>
  readonly stop: () => void
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = ""
  for await (const part of request) text += String(part)
  return text
}

export const startReceiver = async (): Promise<Receiver> => {
  const messages: Array<Message> = []
  const server = createServer((request, response) => {
    void textOf(request).then(
      (text) => {
        const { data, type } = JSON.parse(text) as { type: string; data: { monitor: { name: string } | null } }
        const id = String(request.headers["webhook-id"])
        messages.push({ id, type, monitor: data.monitor?.name ?? "", at: performance.now() })
        response.end()
      },
      // Lost on the way: it comes again.
      () => {}
    )
  })
  return {
    port: await listening(server),
    messages,
    stop: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}
