/**
 * A wire between the API and PostgreSQL that a test can cut, or clog: bytes go in and none come out. What was clogged
 * stays so, as with a firewall that forgot its connections; new ones are as the wire is now.
 */
import { Effect } from "effect"
import { connect, createServer, type Socket } from "node:net"

export type Condition = "open" | "cut" | "clogged"

/** Leads to `port`; listens on `wire.port`. */
export const makeWire = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<{
      readonly port: number
      readonly set: (condition: Condition) => void
      readonly close: () => void
    }>((resume) => {
      const pairs = new Set<Pair>()
      let condition: Condition = "open"
      const destroyAll = () => {
        for (const { far, near } of pairs) {
          near.destroy()
          far.destroy()
        }
      }
      const server = createServer((near) => {
        if (condition === "cut") return near.destroy()
        const pair: Pair = { near, far: connect(port, "127.0.0.1"), isClogged: condition === "clogged" }
        pairs.add(pair)
        for (const [from, to] of [
          [near, pair.far],
          [pair.far, near]
        ] as const) {
          from.on("data", (chunk) => !pair.isClogged && to.write(chunk))
          from.on("error", () => to.destroy())
          from.on("close", () => {
            to.destroy()
            pairs.delete(pair)
          })
        }
        return undefined
      })
      server.listen(0, "127.0.0.1", () => {
        const set = (next: Condition) => {
          condition = next
          if (next === "cut") destroyAll()
          if (next === "clogged") for (const pair of pairs) pair.isClogged = true
        }
        const close = () => {
          destroyAll()
          server.close()
        }
        resume(Effect.succeed({ port: (server.address() as { port: number }).port, set, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

interface Pair {
  readonly near: Socket
  readonly far: Socket
  isClogged: boolean
}
