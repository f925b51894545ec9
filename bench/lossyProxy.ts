/**
 * A TCP proxy on loopback that loses connections at random: reset before a byte was read, reset instead of the answer,
 * or cut in the midst of it. `node bench/lossyProxy.ts PORT PERCENT SEED`: before 127.0.0.1:PORT.
 */
import { createServer, connect, type AddressInfo, type Server } from "node:net"
import { type Dice, makeDice } from "../chaos/dice.ts"

const ways = ["refused", "unanswered", "cut"] as const

/** Listens on a port of its own. `onLost`: a connection is being lost. */
export const startLossyProxy = async (
  port: number,
  percent: number,
  dice: Dice,
  onLost: () => void = () => {}
): Promise<{ readonly port: number; readonly server: Server }> => {
  const server = createServer((client) => {
    const way = dice.next() < percent / 100 ? dice.pick(ways) : undefined
    const lose = (): void => {
      onLost()
      client.resetAndDestroy()
    }
    client.on("error", () => {})
    if (way === "refused") return lose()
    if (way === "unanswered") return void client.once("data", lose)
    const target = connect(port, "127.0.0.1")
    target.on("error", () => client.resetAndDestroy())
    client.on("close", () => target.destroy())
    client.pipe(target)
    if (way === undefined) return void target.pipe(client)
    target.once("data", (answer) => {
      client.write(answer.subarray(0, answer.length >> 1), lose)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve)
  })
  return { port: (server.address() as AddressInfo).port, server }
}

if (process.argv[1] === import.meta.filename) {
  const [port, percent, seed] = process.argv.slice(2).map(Number)
  const proxy = await startLossyProxy(port!, percent!, makeDice(seed!))
  console.log(JSON.stringify({ message: "listening", port: proxy.port }))
}
