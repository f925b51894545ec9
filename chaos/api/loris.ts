/**
 * R15: 150 clients who take their time: some send nothing, some a header line every other second, some a body byte by
 * byte. Everybody else is served, and all of them are gone after a minute.
 */
import { connect, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { probe } from "./programs.ts"
import type { Finding, Scene } from "./scene.ts"

const ofEach = 50
const dropMs = 60_000
const healthMs = 1_000
const probeEveryMs = 500
const dripMs = 2_000

const kinds: ReadonlyArray<{ readonly first: string; readonly drip: string }> = [
  { first: "", drip: "" },
  { first: "GET /api/v1/monitors HTTP/1.1\r\nHost: slow\r\n", drip: "X-Slow: 1\r\n" },
  {
    first:
      "POST /api/v1/auth/login HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
    drip: " "
  }
]

export const slowClients = async ({ apis: [api], slack }: Scene): Promise<Finding> => {
  const began = performance.now()
  const open = new Set<Socket>()
  let lastDropMs = 0
  for (const { drip, first } of kinds) {
    for (let index = 0; index < ofEach; index++) {
      const socket = connect(api.port, "127.0.0.1")
      open.add(socket)
      const timer = setInterval(() => void (drip !== "" && socket.writable && socket.write(drip)), dripMs)
      socket.on("connect", () => void (first !== "" && socket.write(first)))
      socket.on("error", () => {})
      // What it is told, it does not want to know.
      socket.resume()
      socket.on("close", () => {
        clearInterval(timer)
        open.delete(socket)
        lastDropMs = performance.now() - began
      })
    }
  }
  const probes: Array<{ readonly ms: number; readonly status: number }> = []
  while (open.size > 0 && performance.now() - began < dropMs * slack) {
    probes.push(await probe(`${api.origin}/health`))
    await sleep(probeEveryMs)
  }
  const left = open.size
  for (const socket of open) socket.destroy()
  const slowest = Math.max(...probes.map(({ ms }) => ms))
  const bad = probes.filter(({ status }) => status !== 200).length
  return {
    promise: "R15",
    figures: {
      clients: kinds.length * ofEach,
      "health asked": probes.length,
      "slowest health, ms": Math.round(slowest),
      "all dropped after, ms": Math.round(lastDropMs),
      left
    },
    complaints: [
      ...(left > 0 ? [`${left} slow clients are still connected`] : []),
      ...(bad > 0 ? [`health failed ${bad} times`] : []),
      ...(slowest > healthMs * slack ? [`health took ${Math.round(slowest)} ms`] : [])
    ]
  }
}
