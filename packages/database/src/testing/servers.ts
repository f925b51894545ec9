/** Real HTTP servers for tests: targets that die and come back, receivers of webhooks. */
import { Effect } from "effect"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"

interface Request {
  readonly path: string
  readonly headers: Record<string, string | undefined>
  readonly body: string
}

interface Response {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Serves until closed or until the scope ends. Closing it twice is harmless. */
export const serve = (answer: (request: Request) => Response | Promise<Response>, port = 0) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: Effect.Effect<void> }>((resume) => {
      const server = createServer((request, response) => {
        let body = ""
        request
          .on("data", (part) => (body += part))
          .on("end", async () => {
            const {
              body: text = "",
              headers = {},
              status
            } = await answer({
              path: request.url ?? "/",
              headers: flat(request.headers),
              body
            })
            response.writeHead(status, headers).end(text)
          })
      })
      const close = Effect.promise(
        () => new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve())))
      )
      server.once("error", (error) => resume(Effect.die(error)))
      server.listen(port, "127.0.0.1", () =>
        resume(Effect.succeed({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }))
      )
    }),
    ({ close }) => close
  )

const flat = (headers: IncomingHttpHeaders): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value])
  )
