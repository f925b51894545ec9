/**
 * One question to DNS through c-ares, on a channel of its own so that it can be cancelled alone (0.02 CPU-ms). Never
 * throws, calls `done` once. A resolver that a tenant names is judged when its address is known and asked at that
 * address. What the machine's own resolvers say is judged too: they also know the network that we stand in.
 */
import * as dns from "node:dns"
import type { DnsAnswer, DnsCause, DnsQuestion } from "@v-insight/domain/monitor-types/DnsClient"
import { Deadline } from "./Deadline.ts"
import { hostsOf, recordsOf, type DnsRecords } from "./DnsRecords.ts"
import type { HostTurns } from "./HostTurns.ts"
import { locate, type LocateEnvironment } from "./Locate.ts"
import { PhaseClock } from "./PhaseClock.ts"
import { isPrivateName } from "./PrivateName.ts"
import { hostTarget, type Target } from "./Target.ts"

export interface DnsEnvironment extends LocateEnvironment {
  readonly turns: HostTurns
  /** In place of the machine's own, `address:port`. */
  readonly servers?: ReadonlyArray<string> | undefined
}

/** Patience for a server's first answer, milliseconds; c-ares doubles it with every round. */
const tryMs = 1_000
/** More than fit into the longest time limit: the deadline decides. */
const tries = 7

const nothing: DnsRecords = { records: [], isTruncated: false }

export class DnsQuery {
  readonly #question: DnsQuestion
  readonly #environment: DnsEnvironment
  readonly #done: (answer: DnsAnswer) => void
  readonly #clock: PhaseClock
  #deadline: Deadline
  /** Undoes what is waited for before asking. */
  #stopWaiting: (() => void) | undefined
  /** Of the address. */
  #hasTurn = false
  #channel: dns.Resolver | undefined
  #address: string | undefined
  #isFinished = false

  constructor(question: DnsQuestion, environment: DnsEnvironment, done: (answer: DnsAnswer) => void) {
    this.#question = question
    this.#environment = environment
    this.#done = done
    this.#clock = new PhaseClock(question.onPhase)
    this.#deadline = new Deadline(question.timeoutMs, this.#expire)
    this.#begin()
  }

  #expire = (): void => this.#fail(this.#clock.phase === "connect" ? "resolver_not_found" : "timeout", "ETIMEOUT")

  cancel(): void {
    this.#fail("cancelled")
  }

  #begin(): void {
    const { name, resolver } = this.#question
    if (resolver === undefined) {
      if (this.#isHidden(name)) return this.#fail("private_name")
      return this.#ask(this.#environment.servers)
    }
    const target = hostTarget(resolver.host, resolver.port)
    if (target === undefined) return this.#fail("resolver_not_found", "no host")
    if (!target.isLiteral) this.#clock.skipTo("connect")
    let isLocated = false
    const stop = locate(target, undefined, this.#environment, (located) => {
      isLocated = true
      if (this.#isFinished) return
      if ("cause" in located) {
        const { cause, detail } = located
        const isOurs = cause === "blocked" || cause === "own_resolver_unreachable"
        return this.#fail(isOurs ? cause : "resolver_not_found", detail)
      }
      this.#queue(located.addresses[0]!, target)
    })
    if (!isLocated) this.#stopWaiting = stop
  }

  /** Politeness, as with every other target. */
  #queue(address: string, target: Target): void {
    const { turns } = this.#environment
    const ask = (): void => {
      this.#hasTurn = true
      this.#address = address
      if (this.#clock.phase === "connect") this.#clock.enter("dns")
      this.#ask([`[${address}]:${target.port}`])
    }
    if (turns.enter(address)) return ask()
    // In line no phase runs, and the question still gets all its time.
    const { timeoutMs } = this.#question
    const leftMs = Math.max(1, timeoutMs - this.#clock.elapsed() / 1000)
    this.#restart(timeoutMs, () => this.#fail("host_busy"))
    const leaveLine = turns.wait(address, () => {
      this.#stopWaiting = undefined
      this.#clock.forget()
      this.#restart(leftMs, this.#expire)
      ask()
    })
    if (leaveLine === undefined) this.#fail("host_busy")
    else this.#stopWaiting = leaveLine
  }

  #restart(milliseconds: number, expire: () => void): void {
    this.#deadline.clear()
    this.#deadline = new Deadline(milliseconds, expire)
  }

  #ask(servers: ReadonlyArray<string> | undefined): void {
    const { name, recordType } = this.#question
    const channel = new dns.Resolver({ timeout: tryMs, tries })
    if (servers !== undefined) channel.setServers(servers)
    this.#channel = channel
    channel.resolve(name, recordType, (error, answer) => {
      if (this.#isFinished) return
      if (error !== null) {
        const code = error.code ?? error.message
        if (code === "ECONNREFUSED") return this.#fail(this.#unreachable, code)
        return this.#fail(causes[code] ?? "malformed", code)
      }
      const found = recordsOf(recordType, answer)
      if (found.records.length === 0) return this.#fail("nodata")
      this.#tell(found)
    })
  }

  get #unreachable(): DnsCause {
    return this.#question.resolver === undefined ? "own_resolver_unreachable" : "resolver_unreachable"
  }

  #tell(found: DnsRecords): void {
    const { recordType, resolver } = this.#question
    if (resolver === undefined) {
      const isAddress = recordType === "A" || recordType === "AAAA"
      if (isAddress && !found.records.every((record) => this.#environment.policy.isAllowed(record))) {
        return this.#fail("blocked")
      }
      if (found.records.some((record) => hostsOf(recordType, record).some((host) => this.#isHidden(host)))) {
        return this.#fail("private_name")
      }
    }
    this.#finish(undefined, found)
  }

  /** The root, as in an MX of `0 .`, is everybody's. */
  #isHidden(name: string): boolean {
    return !this.#environment.policy.isWidened && name !== "." && isPrivateName(name)
  }

  #fail(cause: DnsCause, detail = ""): void {
    this.#finish({ cause, detail }, nothing)
  }

  #finish(failure: DnsAnswer["failure"], { isTruncated, records }: DnsRecords): void {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#deadline.clear()
    this.#stopWaiting?.()
    if (this.#hasTurn) this.#environment.turns.leave(this.#address!)
    this.#channel?.cancel()
    const totalUs = this.#clock.stop(failure === undefined)
    // What is hidden is hidden in time too.
    const isHidden = failure?.cause === "blocked" || failure?.cause === "private_name"
    this.#done({
      failure,
      records,
      isTruncated,
      phases: isHidden ? {} : this.#clock.phases,
      totalUs: isHidden ? 0 : totalUs,
      address: isHidden ? undefined : this.#address
    })
  }
}

/** Of c-ares, as Node names them. Others mean an answer that makes no sense. */
const causes: Readonly<Record<string, DnsCause>> = {
  ENOTFOUND: "nxdomain",
  ENODATA: "nodata",
  ESERVFAIL: "servfail",
  EREFUSED: "refused",
  EFORMERR: "not_understood",
  ENOTIMP: "not_understood",
  ETIMEOUT: "timeout",
  ENOMEM: "worker_exhausted",
  EMFILE: "worker_exhausted"
}
