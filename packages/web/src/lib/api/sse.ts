/**
 * Server-sent events from a fetch answer (WHATWG HTML section 9.2.6). EventSource cannot POST, and it gives up for good
 * on an HTTP error; reading the body ourselves does neither.
 */
export interface ServerEvent {
  readonly event: string
  readonly data: string
  /** The newest id seen, to resume from. */
  readonly id: string
}

/** Comments (heartbeats) come as events named "" so that a caller can tell silence from death. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ""
  let [event, data, id] = ["", "", ""]
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ""
      for (const line of lines) {
        if (line === "") {
          if (data !== "") yield { event: event || "message", data: data.slice(0, -1), id }
          event = data = ""
          continue
        }
        const colon = line.indexOf(":")
        if (colon === 0) {
          yield { event: "", data: "", id }
          continue
        }
        const field = colon < 0 ? line : line.slice(0, colon)
        const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "")
        if (field === "event") event = text
        else if (field === "data") data += `${text}\n`
        else if (field === "id" && !text.includes("\0")) id = text
      }
    }
  } finally {
    void reader.cancel().catch(() => {})
  }
}
