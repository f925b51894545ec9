/** A free TCP port of this machine, for a cluster address that nobody chose. */
import { Effect } from "effect"
import { createServer } from "node:net"

export const freePort = (host: string): Effect.Effect<number> =>
  Effect.callback<number>((resume) => {
    const server = createServer()
    server.once("error", (error) => resume(Effect.die(error)))
    server.listen(0, host, () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      server.close(() => resume(Effect.succeed(port)))
    })
  })
