/**
 * A TCP proxy on loopback that loses connections at random: reset before a byte was read, reset instead of the answer,
 * or cut in the midst of it. `node bench/lossyProxy.ts PORT PERCENT SEED`: before 127.0.0.1:PORT.
 */
import { createServer, connect, type AddressInfo } from "node:net"
import { makeDice } from "../chaos/dice.ts"

const ways = ["refused", "unanswered", "cut"] as const

if (process.argv[1] === import.meta.filename) {
  const [port, percent, seed] = process.argv.slice(2).map(Number)
  const dice = makeDice(seed!)
  const server = createServer((client) => {
    const lost = dice.next() < percent! / 100 ? dice.pick(ways) : undefined
    client.on("error", () => {})
    if (lost === "refused") return void client.resetAndDestroy()
    if (lost === "unanswered") return void client.once("data", () => client.resetAndDestroy())
    const target = connect(port!, "127.0.0.1")
    target.on("error", () => client.resetAndDestroy())
    client.on("close", () => target.destroy())
    client.pipe(target)
    if (lost === undefined) return void target.pipe(client)
    target.once("data", (answer) => {
      client.write(answer.subarray(0, answer.length >> 1), () => client.resetAndDestroy())
    })
  })
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () =>
    console.log(JSON.stringify({ message: "listening", port: (server.address() as AddressInfo).port }))
  )
}
