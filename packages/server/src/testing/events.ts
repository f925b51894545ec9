/** Reads server-sent events over real HTTP, one after the other. */
import type { Person } from "@v-insight/database/testing/Cast"
import { Effect, Queue, type Scope } from "effect"
import type { Parsed } from "./TestServer.ts"

export interface Heard {
  readonly event: string
  readonly id: string | undefined
  readonly data: Parsed
}

export interface Listening {
  readonly status: number
  readonly headers: Headers
  /** The next event; comments are passed over. */
  readonly next: Effect.Effect<Heard>
  /** All that is there by now. */
  readonly rest: Effect.Effect<ReadonlyArray<Heard>>
  /** Done when the server ends the stream. */
  readonly ended: Effect.Effect<void>
}

export const listen = (
  url: string,
  { as, ...init }: RequestInit & { readonly as: Person }
): Effect.Effect<Listening, never, Scope.Scope> =>
  Effect.gen(function* () {
    const controller = new AbortController()
    yield* Effect.addFinalizer(() => Effect.sync(() => controller.abort()))
    const headers = { authorization: `Bearer ${as.token}`, accept: "text/event-stream", ...(init.headers as object) }
    const response = yield* Effect.promise(() => fetch(url, { ...init, headers, signal: controller.signal }))
    const heard = yield* Queue.unbounded<Heard>()
    const done = read(response, (event) => Queue.offerUnsafe(heard, event))
    return {
      status: response.status,
      headers: response.headers,
      next: Queue.take(heard),
      rest: Effect.map(Queue.clear(heard), (all) => [...all]),
      ended: Effect.promise(() => done)
    }
  })

const read = async (response: Response, onEvent: (event: Heard) => void): Promise<void> => {
  const decoder = new TextDecoder()
  let text = ""
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split("\n\n")
      text = blocks.pop()!
      for (const block of blocks) {
        const fields = new Map(block.split("\n").map((line) => line.split(/: (.*)/s) as unknown as [string, string]))
        const data = fields.get("data")
        if (data !== undefined)
          onEvent({ event: fields.get("event") ?? "message", id: fields.get("id"), data: JSON.parse(data) })
      }
    }
  } catch {
    // The test went away, or the server did.
  }
}
