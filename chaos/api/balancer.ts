/**
 * What stands before two APIs in an installation, as small as can be: whoever refuses the connection is passed over for
 * the other. A request that an API had taken when it died is lost, and told apart from everything else.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Program } from "./programs.ts"

/** The answer that an API owed when its connection broke. */
export interface Broken {
  readonly program: string
  /** Epoch milliseconds. */
  readonly began: number
  readonly method: string
}

export interface Balancer {
  readonly origin: string
  readonly broken: ReadonlyArray<Broken>
  readonly stop: () => void
}

export const startBalancer = async (programs: ReadonlyArray<Program>): Promise<Balancer> => {
  const broken: Array<Broken> = []
  let turn = 0
  const inTurn = (): ReadonlyArray<Program> => {
    const first = turn++ % programs.length
    return [...programs.slice(first), ...programs.slice(0, first)]
  }

  /** To the first one; whoever refuses the connection has taken nothing. */
  const forward = (
    body: Buffer,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    [program, ...others]: ReadonlyArray<Program>
  ): void => {
    if (program === undefined) return void outgoing.destroy()
    const began = Date.now()
    const { headers, method = "GET", url } = incoming
    const upstream = request(
      {
        port: program.port,
        host: "127.0.0.1",
        method,
        path: url,
        agent: false,
        headers: { ...headers, connection: "close" }
      },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(outgoing)
        response.once("error", () => lose())
      }
    )
    const lose = (): void => {
      broken.push({ program: program.name, began, method })
      outgoing.destroy()
    }
    upstream.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") forward(body, incoming, outgoing, others)
      else lose()
    })
    upstream.end(body)
  }

  const server = createServer((incoming, outgoing) => {
    const parts: Array<Buffer> = []
    incoming
      .on("data", (part: Buffer) => parts.push(part))
      .on("end", () => forward(Buffer.concat(parts), incoming, outgoing, inTurn()))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    broken,
    stop: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}
