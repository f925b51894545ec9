/** What is watched and who is told: a real server that answers some monitors badly for some seconds, and a webhook. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { chanceOf } from "./dice.ts"

/** A flaky monitor's target changes its mind so often, milliseconds. */
const spellMs = 7_000
/** Of the spells: two in a run of four minutes, so that incidents come until its end, before monitors flap. */
const badShare = 0.06

/** So that checks are under way when their worker is frozen or killed. */
const thinkMs = 200

export interface Delivery {
  readonly id: string
  readonly incidentId: string
  readonly type: string
  /** Epoch milliseconds. */
  readonly at: number
}

export interface Target {
  readonly urlOf: (monitor: number, isFlaky: boolean) => string
  readonly hookUrl: string
  /** Of a monitor that comes and goes; what called it is remembered. */
  readonly guestUrl: (key: string) => string
  /** When it was called, epoch milliseconds, oldest first. */
  readonly guestCalls: (key: string) => ReadonlyArray<number>
  /** In the order in which they came. */
  readonly deliveries: ReadonlyArray<Delivery>
  readonly stop: () => void
}

const isBad = (seed: number, monitor: string): boolean => {
  const spell = Math.floor(Date.now() / spellMs)
  return chanceOf(seed, monitor, spell) < badShare
}

export const startTarget = async (seed: number, host: string): Promise<Target> => {
  const deliveries: Array<Delivery> = []
  const guests = new Map<string, Array<number>>()
  const server: Server = createServer((request, response) => {
    const [, kind, monitor = ""] = (request.url ?? "").split("/")
    if (kind === "hook") {
      let body = ""
      request
        .on("data", (part) => (body += part))
        .on("end", () => {
          const event = JSON.parse(body) as { type: string; data: { incident: { id: string } } }
          const id = String(request.headers["webhook-id"])
          deliveries.push({ id, incidentId: event.data.incident.id, type: event.type, at: Date.now() })
          response.writeHead(204).end()
        })
      return
    }
    if (kind === "guest") guests.set(monitor, [...(guests.get(monitor) ?? []), Date.now()])
    if (kind !== "flaky" || !isBad(seed, monitor)) {
      setTimeout(() => response.end("ok\n"), thinkMs)
      return
    }
    // Some say that they are ill, some just hang up.
    if (chanceOf(seed, monitor) < 0.5) response.writeHead(503).end("ill\n")
    else request.socket.destroy()
  })
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen({ port: 0, host, backlog: 4096 }, resolve))
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  return {
    urlOf: (monitor, isFlaky) => `${origin}/${isFlaky ? "flaky" : "well"}/${monitor}`,
    hookUrl: `${origin}/hook/`,
    guestUrl: (key) => `${origin}/guest/${key}`,
    guestCalls: (key) => guests.get(key) ?? [],
    deliveries,
    stop: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}
