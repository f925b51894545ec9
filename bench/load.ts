/**
 * Asks one URL over kept-alive connections, each as soon as it was answered, and prints what it saw as a JSON line.
 * A process of its own, so that it shares no thread with what it measures.
 *   node bench/load.ts URL TOKEN CONNECTIONS SECONDS
 */
import { Agent, get } from "node:http"

export interface Load {
  readonly answered: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

if (process.argv[1] === import.meta.filename) {
  const [url = "", token = "", connections = "1", seconds = "1"] = process.argv.slice(2)
  const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })
  const options = { agent, headers: { authorization: `Bearer ${token}` } }
  const end = performance.now() + Number(seconds) * 1000
  const times: Array<number> = []
  let failed = 0
  const ask = (): Promise<boolean> =>
    new Promise((resolve) => {
      get(url, options, (response) => {
        response.resume()
        response.on("end", () => resolve(response.statusCode === 200))
      }).on("error", () => resolve(false))
    })
  const loop = async (): Promise<void> => {
    while (performance.now() < end) {
      const start = performance.now()
      if (await ask()) times.push(performance.now() - start)
      else failed++
    }
  }
  await Promise.all(Array.from({ length: Number(connections) }, loop))
  agent.destroy()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN
  console.log(JSON.stringify({ answered: times.length, failed, p50Ms: at(0.5), p99Ms: at(0.99) } satisfies Load))
}
