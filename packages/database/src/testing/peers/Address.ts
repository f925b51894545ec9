/**
 * An address that follows the primary, as a virtual IP, a name in DNS or a TCP balancer does: what goes through it is
 * PostgreSQL's own connection. Whom it leads to is said by the test.
 */
import { Effect, type Scope } from "effect"
import { connect, createServer, type Socket } from "node:net"

export interface Address {
  readonly port: number
  /** From now on; connections to where it led before are cut. */
  readonly leadTo: (port: number) => void
}

export const address = (first: number): Effect.Effect<Address, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Address & { readonly close: () => void }>((resume) => {
        let target = first
        const sockets = new Set<Socket>()
        const cut = (): void => {
          for (const socket of sockets) socket.destroy()
        }
        const server = createServer((near) => {
          const far = connect(target, "127.0.0.1")
          for (const [from, to] of [
            [near, far],
            [far, near]
          ] as const) {
            sockets.add(from)
            from.setNoDelay()
            from.pipe(to)
            from.on("error", () => to.destroy())
            from.on("close", () => {
              sockets.delete(from)
              to.destroy()
            })
          }
        })
        const leadTo = (port: number): void => {
          target = port
          cut()
        }
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as { readonly port: number }
          const close = (): void => {
            server.close()
            cut()
          }
          resume(Effect.succeed({ port, leadTo, close }))
        })
      }),
      ({ close }) => Effect.sync(close)
    ),
    ({ leadTo, port }) => ({ leadTo, port })
  )
