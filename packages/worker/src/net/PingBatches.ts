/**
 * Many targets in one program: a child process for each would cost a hundred times as much (11 against 0.11 CPU-ms).
 * Whoever asks within a moment with the same settings goes into one batch; each is answered as soon as its own packets
 * are back, however long others take. Where there is no fping, the system's ping does them one by one.
 */
import { isIPv6 } from "node:net"
import { fpingEcho, pingRoundTripUs } from "./PingOutput.ts"
import { runProgram, searchPath, type ProgramEnd } from "./PingProgram.ts"
import { after } from "./Timer.ts"

export interface Echoes {
  readonly packets: number
  readonly sizeBytes: number
  /** Between two packets to one target. At a packet a millisecond, as fping sends them, so many targets fit in. */
  readonly periodMs: number
  /** A packet that is not back by then is lost. */
  readonly lossMs: number
}

export type Answered =
  | { readonly roundTripsUs: ReadonlyArray<number> }
  | { readonly failure: Exclude<ProgramEnd, "finished"> }

/** How long others are waited for, milliseconds. Short beside what pings take, and at most five children a second. */
export const windowMs = 200
const maxChildren = 16
/** Batches that wait for a child. More would only wait for their time to run out. */
const maxWaiting = 1_000
/** How long a program that is missing or not allowed is not tried again, milliseconds. */
const forgetMs = 60_000
/** For starting and ending a program on a busy machine, milliseconds. */
const slackMs = 1_000

interface Listener {
  readonly roundTripsUs: Array<number>
  left: number
  batch: Batch
  readonly done: (answered: Answered) => void
}

interface Batch {
  readonly echoes: Echoes
  readonly targets: Map<string, Set<Listener>>
  kill: (() => void) | undefined
}

type Program = "fping" | "ping"

/** Answers wherever echo requests work at all. */
const ourselves = { 4: "127.0.0.1", 6: "::1" } as const
const familyOf = (address: string): 4 | 6 => (isIPv6(address) ? 6 : 4)

export class PingBatches {
  readonly #searchPath: string
  /** Not started: others may still join. */
  readonly #open = new Map<string, { readonly batch: Batch; readonly clearTimer: () => void }>()
  readonly #waiting: Array<Batch> = []
  readonly #running = new Set<Batch>()
  readonly #unusable = new Map<Program, { readonly why: "missing" | "not_permitted"; readonly until: number }>()
  /**
   * Families in which something has answered. Until then each batch asks ourselves too: where not even we answer, as in
   * some sandboxes, packets get lost on our side, and nobody can be called down for it.
   */
  readonly #proven = new Set<4 | 6>()
  #isClosed = false

  constructor(path: string = searchPath) {
    this.#searchPath = path
  }

  /** Calls `done` once, unless the returned function was called before. `address` was judged. */
  ping(address: string, echoes: Echoes, done: (answered: Answered) => void): () => void {
    const batch = this.#join(address, echoes)
    const listener: Listener = { roundTripsUs: [], left: echoes.packets, batch, done }
    const listeners = batch.targets.get(address) ?? new Set()
    batch.targets.set(address, listeners.add(listener))
    return () => this.#leave(address, listener)
  }

  /** Kills what runs and forgets what waits. */
  close(): void {
    this.#isClosed = true
    for (const { clearTimer } of this.#open.values()) clearTimer()
    this.#open.clear()
    this.#waiting.length = 0
    for (const batch of this.#running) batch.kill?.()
  }

  #join(address: string, echoes: Echoes): Batch {
    const key = JSON.stringify([familyOf(address), echoes])
    const open = this.#open.get(key)
    if (open !== undefined && open.batch.targets.size < echoes.periodMs) return open.batch
    open?.clearTimer()
    if (open !== undefined) this.#start(open.batch)
    const batch: Batch = { echoes, targets: new Map(), kill: undefined }
    const clearTimer = after(windowMs, () => {
      this.#open.delete(key)
      this.#start(batch)
    })
    this.#open.set(key, { batch, clearTimer })
    return batch
  }

  #leave(address: string, listener: Listener): void {
    const { batch } = listener
    const listeners = batch.targets.get(address)
    listeners?.delete(listener)
    if (listeners?.size === 0) batch.targets.delete(address)
    if (batch.targets.size === 0) batch.kill?.()
  }

  #start(batch: Batch): void {
    if (batch.targets.size === 0 || this.#isClosed) return
    if (this.#running.size < maxChildren) return this.#run(batch)
    if (this.#waiting.length < maxWaiting) this.#waiting.push(batch)
    else this.#fail(batch, "broken")
  }

  #run(batch: Batch): void {
    this.#running.add(batch)
    const isFpingUsable = this.#whyNot("fping") === undefined
    if (isFpingUsable) return this.#runFping(batch)
    const why = this.#whyNot("ping")
    if (why === undefined) return this.#runPing(batch)
    // Both have a reason; that one is there but may not is the one to mend.
    this.#fail(batch, why === "not_permitted" ? why : this.#whyNot("fping")!)
    this.#end(batch)
  }

  #runFping(batch: Batch): void {
    const { echoes, targets } = batch
    const [first] = targets.keys()
    const family = familyOf(first!)
    const control = this.#proven.has(family) ? [] : [ourselves[family]]
    // Once each, and ourselves first.
    const addresses = [...new Set([...control, ...targets.keys()])]
    batch.kill = runProgram({
      command: "fping",
      args: fpingArguments(echoes, addresses),
      searchPath: this.#searchPath,
      limitMs: echoes.packets * Math.max(echoes.periodMs, addresses.length) + echoes.lossMs + slackMs,
      // 1: some did not answer; 2: some addresses were no addresses.
      isAnswer: (exitCode) => exitCode <= 2,
      onLine: (line) => {
        const echo = fpingEcho(line)
        if (echo === undefined) return
        if (echo.roundTripUs !== undefined) this.#proven.add(family)
        this.#echo(batch, echo.address, echo.roundTripUs)
      },
      onEnd: (end) => this.#afterProgram(batch, "fping", end)
    })
  }

  /** One target after the other leaves the batch with a program of its own; the last one ends it. */
  #runPing(batch: Batch): void {
    const { echoes, targets } = batch
    const [address] = targets.keys()
    if (address === undefined) return this.#end(batch)
    const [, ...others] = targets
    if (others.length > 0) {
      for (const [other] of others) targets.delete(other)
      for (const other of others) {
        const alone: Batch = { echoes, targets: new Map([other]), kill: undefined }
        for (const listener of other[1]) listener.batch = alone
        this.#start(alone)
      }
    }
    batch.kill = runProgram({
      command: "ping",
      args: pingArguments(echoes, address),
      searchPath: this.#searchPath,
      limitMs:
        echoes.packets * Math.max(echoes.periodMs, minPingPeriodMs) + Math.ceil(echoes.lossMs / 1000) * 1000 + slackMs,
      // 1: not all came back. 2 is also an unreachable network.
      isAnswer: (exitCode) => exitCode <= 2,
      onLine: (line) => {
        const roundTripUs = pingRoundTripUs(line)
        if (roundTripUs !== undefined) this.#echo(batch, address, roundTripUs)
      },
      onEnd: (end) => this.#afterProgram(batch, "ping", end)
    })
  }

  #echo(batch: Batch, address: string, roundTripUs: number | undefined): void {
    for (const listener of batch.targets.get(address) ?? []) {
      if (roundTripUs !== undefined) listener.roundTripsUs.push(roundTripUs)
      listener.left--
      if (listener.left > 0) continue
      this.#leave(address, listener)
      this.#tell(listener, address)
    }
  }

  #tell(listener: Listener, address: string): void {
    const isLost = listener.roundTripsUs.length === 0
    const isOurs = isLost && this.#whyNot("fping") === undefined && !this.#proven.has(familyOf(address))
    listener.done(isOurs ? { failure: "broken" } : listener)
  }

  #afterProgram(batch: Batch, program: Program, end: ProgramEnd): void {
    batch.kill = undefined
    if (end === "missing" || end === "not_permitted") {
      this.#unusable.set(program, { why: end, until: performance.now() + forgetMs })
      if (!this.#isClosed && batch.targets.size > 0) return this.#run(batch)
    }
    if (end === "broken") this.#fail(batch, end)
    // What has not come back by now is lost.
    for (const [address, listeners] of batch.targets) for (const listener of listeners) this.#tell(listener, address)
    batch.targets.clear()
    this.#end(batch)
  }

  #fail(batch: Batch, failure: Exclude<ProgramEnd, "finished">): void {
    for (const listeners of batch.targets.values()) for (const listener of listeners) listener.done({ failure })
    batch.targets.clear()
  }

  #end(batch: Batch): void {
    this.#running.delete(batch)
    // One that everybody left takes no child.
    while (this.#running.size < maxChildren && this.#waiting.length > 0) this.#start(this.#waiting.shift()!)
  }

  #whyNot(program: Program): "missing" | "not_permitted" | undefined {
    const known = this.#unusable.get(program)
    return known !== undefined && known.until > performance.now() ? known.why : undefined
  }
}

/** `-C`: so many to each, every one told; `-i 1`: a millisecond between targets, the least without privileges. */
export const fpingArguments = (echoes: Echoes, addresses: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { lossMs, packets, periodMs, sizeBytes } = echoes
  const numbers = ["-C", packets, "-p", periodMs, "-t", lossMs, "-b", sizeBytes, "-i", 1].map(String)
  return [isIPv6(addresses[0]!) ? "-6" : "-4", ...numbers, "--", ...addresses]
}

/** iputils lets only root send faster, milliseconds. */
const minPingPeriodMs = 200

const pingArguments = ({ lossMs, packets, periodMs, sizeBytes }: Echoes, address: string): ReadonlyArray<string> => [
  isIPv6(address) ? "-6" : "-4",
  "-n",
  ...[
    "-c",
    packets,
    "-i",
    Math.max(periodMs, minPingPeriodMs) / 1000,
    "-W",
    Math.ceil(lossMs / 1000),
    "-s",
    sizeBytes
  ].map(String),
  "--",
  address
]
