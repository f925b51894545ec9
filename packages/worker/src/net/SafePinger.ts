/** The worker's Pinger: finds and judges the address, and has packets sent to it and to nothing else. */
import { type PingAnswer, type PingCause, Pinger, type PingRequest } from "@v-insight/domain/monitor-types/Pinger"
import { Effect, Layer } from "effect"
import { Deadline } from "./Deadline.ts"
import { locate, type LocateEnvironment } from "./Locate.ts"
import { NetEnvironment } from "./NetEnvironment.ts"
import { PingBatches, windowMs, type Answered, type Echoes } from "./PingBatches.ts"
import { hostTarget } from "./Target.ts"

const make = (environment: LocateEnvironment, batches: PingBatches): Pinger["Service"] => ({
  ping: (request) =>
    Effect.callback((resume) => {
      const one = new Ping(request, environment, batches, (answer) => resume(Effect.succeed(answer)))
      return Effect.sync(() => one.stop())
    })
})

const layerIn = Layer.effect(
  Pinger,
  Effect.gen(function* () {
    const environment = yield* NetEnvironment
    const batches = yield* Effect.acquireRelease(
      Effect.sync(() => new PingBatches()),
      (it) => Effect.sync(() => it.close())
    )
    return make(environment, batches)
  })
)

export const SafePinger = { make, layerIn }

/** Between packets, milliseconds: as fast as is polite, slower than most round trips. */
const usualPeriodMs = 200
/** Nobody calls an answer that takes longer one, milliseconds. */
const longestMs = 2_000
/** For a program to start and to tell, milliseconds. */
const startMs = 150

/** All packets, and the wait for the last one, end within the time; in steps, so that others share the program. */
const echoesFor = ({ packets, sizeBytes }: PingRequest, leftMs: number): Echoes => {
  const budgetMs = Math.max(100, Math.floor((leftMs - windowMs - startMs) / 100) * 100)
  const periodMs = Math.max(10, Math.min(usualPeriodMs, Math.floor(budgetMs / (2 * packets) / 10) * 10))
  return { packets, sizeBytes, periodMs, lossMs: Math.min(longestMs, budgetMs - (packets - 1) * periodMs) }
}

class Ping {
  readonly #request: PingRequest
  readonly #batches: PingBatches
  readonly #done: (answer: PingAnswer) => void
  readonly #deadline: Deadline
  readonly #startedAt = performance.now()
  #dnsUs: number | undefined
  #address: string | undefined
  #undo: (() => void) | undefined
  #isFinished = false

  constructor(
    request: PingRequest,
    environment: LocateEnvironment,
    batches: PingBatches,
    done: (answer: PingAnswer) => void
  ) {
    this.#request = request
    this.#batches = batches
    this.#done = done
    this.#deadline = new Deadline(request.timeoutMs, () =>
      // In time everything is told by the program; this is for one that hangs or was never started.
      this.#address === undefined ? this.#fail("timeout_dns") : this.#fail("ping_broken", "not in time")
    )
    this.#begin(environment)
  }

  #begin(environment: LocateEnvironment): void {
    const { family, host, onPhase } = this.#request
    const target = hostTarget(host, 1)
    if (target === undefined) return this.#fail("invalid_request")
    let isLocated = false
    const stop = locate(target, family, environment, (located) => {
      isLocated = true
      if (this.#isFinished) return
      if (!target.isLiteral) this.#dnsUs = this.#elapsedUs()
      if ("cause" in located) return this.#fail(located.cause as PingCause, located.detail)
      if (this.#dnsUs !== undefined) onPhase?.("dns", this.#dnsUs)
      this.#send(located.addresses[0]!)
    })
    if (!isLocated) this.#undo = stop
  }

  stop(): void {
    this.#fail("cancelled")
  }

  #send(address: string): void {
    this.#address = address
    const echoes = echoesFor(this.#request, this.#request.timeoutMs - this.#elapsedUs() / 1000)
    this.#undo = this.#batches.ping(address, echoes, (answered) => this.#take(answered))
  }

  #take(answered: Answered): void {
    if ("failure" in answered) this.#fail(`ping_${answered.failure}`)
    else this.#finish(undefined, answered.roundTripsUs)
  }

  #fail(cause: PingCause, detail = ""): void {
    this.#finish({ cause, detail }, [])
  }

  #finish(failure: PingAnswer["failure"], roundTripsUs: ReadonlyArray<number>): void {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#deadline.clear()
    this.#undo?.()
    // A blocked target's answer tells nothing of what is there.
    const isBlocked = failure?.cause === "blocked"
    this.#done({
      failure,
      roundTripsUs,
      elapsedUs: isBlocked ? 0 : this.#elapsedUs(),
      dnsUs: isBlocked ? undefined : this.#dnsUs,
      address: isBlocked ? undefined : this.#address
    })
  }

  #elapsedUs(): number {
    return Math.round((performance.now() - this.#startedAt) * 1000)
  }
}
