/** Whether a TCP port of this machine can be listened on at this moment. */
import { Effect } from "effect"
import { createServer } from "node:net"

/** Listens and lets go again; 0 takes any port that is free. Answers with the port, fails with the system's code. */
export const probePort = (host: string, port = 0): Effect.Effect<number, string> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(error.code ?? error.message)))
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port)))
    })
  })
