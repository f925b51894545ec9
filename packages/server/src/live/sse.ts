/** Server-sent events as bytes (WHATWG HTML, section 9.2). */
import { Sse } from "effect/encoding"

const encoder = new TextEncoder()

/** Browsers wait this long before they connect again, milliseconds. */
const retryMs = 2000

/** The first bytes: they open the stream at once, however long the first event takes. */
export const opening = encoder.encode(`retry: ${retryMs}\n: connected\n\n`)

/** A comment: proxies and browsers see that the stream lives. */
export const heartbeat = encoder.encode(": \n\n")

export const event = (name: string, data: unknown, id?: string): Uint8Array =>
  encoder.encode(Sse.encoder.write({ _tag: "Event", event: name, id, data: JSON.stringify(data) }))
