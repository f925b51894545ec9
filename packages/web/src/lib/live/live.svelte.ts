/** The live state of the app: news by monitor and incident, the clock of the server, and whether news still come. */
import type { Incident } from "@v-insight/domain/model/Incident"
import type { CheckEvent, IncidentEvent, LiveEvent, MonitorEvent } from "@v-insight/domain/model/LiveEvent"
import { invalidate } from "$app/navigation"
import { getContext, setContext, untrack } from "svelte"
import { changesCounts } from "./apply.ts"
import { follow, type Message } from "./stream.ts"

const tickMs = 1000
/** News that change counts come in bursts: read them again at once, then at most this often. */
const settleMs = 400
/** Checks are shown together within this. */
const batchMs = 50

/** The newest news by id. Who reads one id is told of that one only, known or not. */
class News<T> {
  /** Behind functions, which Svelte leaves as they are: an object would be made reactive through and through. */
  readonly #known = $state<Record<string, () => T>>({})

  get(id: string): T | undefined {
    return this.#known[id]?.()
  }

  set(id: string, news: T): void {
    this.#known[id] = () => news
  }
}

export class Live {
  /** The newest check of each monitor since the page was loaded. */
  readonly checks = new News<CheckEvent>()
  readonly incidents = new News<Incident>()
  /** Epoch milliseconds by the server's clock. */
  now = $state(0)
  /** connecting: the page is as fresh as its load. */
  link = $state<"connecting" | "live" | "lost">("connecting")
  /** When the last news or the page itself came. */
  freshAt = $state(0)
  #offset = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isStale = false
  /** When the counts were last read, by the server's clock. */
  #readAt = 0
  readonly #pending = new Map<string, CheckEvent>()
  #flushing: ReturnType<typeof setTimeout> | undefined
  readonly #statuses = new Map<string, string>()
  readonly #listeners = new Set<(event: LiveEvent) => void>()

  constructor(now: number) {
    this.now = now
    this.freshAt = now
  }

  /** Call whenever the server has rendered or answered: its clock is the clock. */
  sync(now: number): void {
    this.#offset = now - Date.now()
    this.now = now
    this.freshAt = now
    this.#readAt = now
  }

  /** Runs in the browser until the returned function is called. */
  start(): () => void {
    const abort = new AbortController()
    const tick = setInterval(() => {
      if (!document.hidden) this.now = Date.now() + this.#offset
    }, tickMs)
    // Who starts it must not start it again whenever the clock ticks.
    follow(
      untrack(() => this.now),
      (message) => this.#hear(message),
      abort.signal
    )
    return () => {
      abort.abort()
      clearInterval(tick)
      clearTimeout(this.#timer)
      this.#timer = undefined
      clearTimeout(this.#flushing)
      this.#flushing = undefined
    }
  }

  on(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What the page knows, so that a check without a change of state does not read the counts again. */
  remember(id: string, status: string): void {
    this.#statuses.set(id, status)
  }

  #hear(message: Message): void {
    if (message.kind === "lost") {
      this.link = "lost"
      return
    }
    this.freshAt = Date.now() + this.#offset
    const wasLost = this.link === "lost"
    this.link = "live"
    // The stream resumes where it broke off, but counts and lists are cheap to read again.
    if (wasLost) this.#readAgain()
    if (message.kind !== "event") return
    const data: unknown = JSON.parse(message.event.data)
    switch (message.event.event) {
      case "check": {
        const event = data as CheckEvent
        this.#pending.set(event.monitorId, event)
        this.#flushing ??= setTimeout(() => this.#flush(), batchMs)
        return
      }
      case "monitor": {
        this.#readAgain()
        this.#tell({ event: "monitor", data: data as MonitorEvent })
        return
      }
      case "incident": {
        const event = data as IncidentEvent
        this.incidents.set(event.incident.id, event.incident)
        this.#readAgain()
        this.#tell({ event: "incident", data: event })
      }
    }
  }

  /** Checks come one by one, but a list of a hundred is drawn anew once for all of them. */
  #flush(): void {
    this.#flushing = undefined
    const events = [...this.#pending.values()]
    this.#pending.clear()
    let isNews = false
    for (const event of events) {
      this.checks.set(event.monitorId, event)
      isNews ||= changesCounts(event, this.#statuses.get(event.monitorId), this.#readAt)
      this.#statuses.set(event.monitorId, event.status)
    }
    if (isNews) this.#readAgain()
    for (const event of events) this.#tell({ event: "check", data: event })
  }

  #tell(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** Counts and lists come from the server: now, and once more when the burst is over. */
  #readAgain(): void {
    if (this.#timer !== undefined) {
      this.#isStale = true
      return
    }
    this.#isStale = false
    void invalidate("vinsight:live")
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#isStale) this.#readAgain()
    }, settleMs)
  }
}

const key = Symbol("live")
export const provideLive = (live: Live): Live => setContext(key, live)
export const useLive = (): Live => getContext<Live>(key)
