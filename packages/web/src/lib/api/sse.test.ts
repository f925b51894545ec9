import { describe, expect, it } from "vitest"
import { serverEvents } from "./sse.ts"

const read = async (...chunks: ReadonlyArray<string>) => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    }
  })
  return Array.fromAsync(serverEvents(body))
}

describe("serverEvents", () => {
  it("reads name, data and id", async () => {
    expect(await read('event: check\nid: 17\ndata: {"a":1}\n\n')).toEqual([
      { event: "check", data: '{"a":1}', id: "17" }
    ])
  })

  it("keeps the id until another comes, and joins lines of data", async () => {
    expect(await read("id: 1\ndata: a\ndata:b\n\ndata\ndata: c\n\n")).toEqual([
      { event: "message", data: "a\nb", id: "1" },
      { event: "message", data: "\nc", id: "1" }
    ])
  })

  it("does not care where chunks break, nor how lines end", async () => {
    expect(await read("eve", "nt: x\r", "\nda", "ta: 1\r\n\r", "\n", "data: 2\n", "\n")).toEqual([
      { event: "x", data: "1", id: "" },
      { event: "message", data: "2", id: "" }
    ])
  })

  it("tells of heartbeats and drops what has not ended", async () => {
    expect(await read(": beat\n\ndata: half")).toEqual([{ event: "", data: "", id: "" }])
  })
})
