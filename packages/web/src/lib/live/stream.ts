/**
 * The tenant's live stream in this browser: one connection however many tabs are open. The tab that holds the lock
 * reads the stream and tells the others; when it closes, the next one takes over.
 */
import { serverEvents, type ServerEvent } from "#lib/api/sse.ts"
import { backoffMs } from "./backoff.ts"

export type Message =
  | { readonly kind: "event"; readonly event: ServerEvent }
  /** Connected (again): what was missed meanwhile follows. */
  | { readonly kind: "open" }
  | { readonly kind: "lost" }
  /** Nothing happened, and the connection lives. */
  | { readonly kind: "beat" }

/** The server sends a heartbeat every 15 s; after more than two missed ones the connection is dead. */
const silenceMs = 40_000
const lockName = "vinsight-live"
/** A tab that opens is told again what happened while it was loading. */
const memoryMs = 15_000

/** Calls back until the signal aborts, with what happened since then (epoch milliseconds of the server). */
export const follow = (since: number, tell: (message: Message) => void, signal: AbortSignal): void => {
  const channel = new BroadcastChannel(lockName)
  channel.addEventListener("message", ({ data }: MessageEvent<Message | "hello">) => {
    if (data !== "hello") tell(data)
  })
  channel.postMessage("hello")
  signal.addEventListener("abort", () => channel.close())
  const lead = () => {
    let recent: Array<{ readonly at: number; readonly message: Message }> = []
    let isOpen = false
    channel.addEventListener("message", ({ data }) => {
      if (data !== "hello" || !isOpen) return
      channel.postMessage({ kind: "open" } satisfies Message)
      for (const { message } of recent) channel.postMessage(message)
    })
    return read(
      since,
      (message) => {
        if (signal.aborted) return
        if (message.kind === "open" || message.kind === "lost") isOpen = message.kind === "open"
        if (message.kind === "event") recent.push({ at: Date.now(), message })
        recent = recent.filter(({ at }) => at > Date.now() - memoryMs)
        tell(message)
        channel.postMessage(message)
      },
      signal
    )
  }
  // Without locks (plain http on another host than localhost) every tab reads for itself.
  if (navigator.locks === undefined) void lead()
  else navigator.locks.request(lockName, { signal }, lead).catch(() => {})
}

const read = async (since: number, tell: (message: Message) => void, signal: AbortSignal): Promise<void> => {
  // Ids are the server's clock in microseconds: the first one asks for what happened while the page was loading.
  let lastId = `${Math.round(since) * 1000}`
  let failures = 0
  while (!signal.aborted) {
    const watch = new AbortController()
    const stop = () => watch.abort()
    signal.addEventListener("abort", stop)
    let alarm = setTimeout(stop, silenceMs)
    try {
      const response = await fetch("/api/v1/stream/events", {
        headers: { accept: "text/event-stream", "last-event-id": lastId },
        signal: watch.signal
      })
      // Signed out: reading on would only knock at a closed door.
      if (response.status === 401) return
      if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`)
      tell({ kind: "open" })
      for await (const event of serverEvents(response.body)) {
        failures = 0
        clearTimeout(alarm)
        alarm = setTimeout(stop, silenceMs)
        if (event.id !== "") lastId = event.id
        tell(event.event === "" ? { kind: "beat" } : { kind: "event", event })
      }
    } catch {
      // The reason does not matter: whatever it was, we connect again.
    }
    clearTimeout(alarm)
    signal.removeEventListener("abort", stop)
    if (signal.aborted) return
    if (failures > 0) tell({ kind: "lost" })
    await pause(backoffMs(failures++, Math.random()), signal)
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener("online", done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    addEventListener("online", done)
    signal.addEventListener("abort", done, { once: true })
  })
