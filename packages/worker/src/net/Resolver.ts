/**
 * Names to addresses: the hosts file, then a short cache that honours TTLs, then DNS. Many monitors of one host ask at
 * once; they share one query.
 */
import * as dns from "node:dns"
import { queryAddresses, type Answer } from "./AddressQuery.ts"
import { ChangingFile } from "./ChangingFile.ts"
import { HostsFile } from "./HostsFile.ts"
import { after } from "./Timer.ts"

/** Calls back once, at once if the answer is known, unless the returned function was called before. */
export type Resolve = (name: string, done: (answer: Answer) => void) => () => void

/** The first try's patience, milliseconds; c-ares doubles it. Checks have their own limit on top. */
const tryMs = 1_500
const tries = 3
/** Seconds. Short, so that a check sees a change of DNS about as soon as anyone. */
const maxTtl = 30
const maxNames = 10_000
/** Whether a resolver lives is asked with less patience, milliseconds: people wait for the verdict. */
const lifeTryMs = 600
const lifeMs = 2_000
/** Nobody answered, or one that reaches nobody itself (RFC 1035 section 4.1.1, SERVFAIL): anything else is an answer. */
const silence: ReadonlySet<string> = new Set(["ETIMEOUT", "ECONNREFUSED", "ESERVFAIL", "ECANCELLED"])
/** RFC 1035 section 2.3.4. */
const maxNameLength = 253

export interface ResolverOptions {
  /** Of DNS, `address:port`; those of the machine unless given. */
  readonly servers?: ReadonlyArray<string>
  readonly hostsPath?: string
}

interface Known {
  readonly answer: Answer
  readonly until: number
}

const nothing = (): void => {}

export class Resolver {
  readonly #hosts: HostsFile
  readonly #dns: () => dns.Resolver
  readonly #known = new Map<string, Known>()
  readonly #asked = new Map<string, Set<(answer: Answer) => void>>()

  constructor({ hostsPath, servers }: ResolverOptions = {}) {
    this.#hosts = new HostsFile(hostsPath)
    if (servers !== undefined) {
      const fixed = new dns.Resolver({ timeout: tryMs, tries })
      fixed.setServers(servers)
      this.#dns = () => fixed
    } else {
      // A resolver reads its configuration when it is made; laptops change networks.
      const configured = new ChangingFile("/etc/resolv.conf", () => new dns.Resolver({ timeout: tryMs, tries }))
      this.#dns = () => configured.current()
    }
  }

  readonly resolve: Resolve = (name, done) => {
    const key = name.toLowerCase()
    const written = this.#hosts.addressesOf(key)
    if (written !== undefined) done({ addresses: written })
    else if (key === "" || key.length > maxNameLength) done({ cause: "dns", detail: "the name is empty or too long" })
    else {
      const known = this.#known.get(key)
      if (known === undefined || known.until <= performance.now()) return this.#ask(key, done)
      done(known.answer)
    }
    return nothing
  }

  /**
   * Whether the resolver answers at all: asked for the servers of the root, which it knows whatever it serves. Tells one
   * name whose own servers are silent from a resolver that is.
   */
  lookForLife(done: (isAlive: boolean) => void): void {
    const channel = new dns.Resolver({ timeout: lifeTryMs, tries: 2 })
    channel.setServers(this.#dns().getServers())
    const clear = after(lifeMs, () => channel.cancel())
    channel.resolveNs(".", (error) => {
      clear()
      done(error === null || !silence.has(error.code ?? ""))
    })
  }

  #ask(name: string, done: (answer: Answer) => void): () => void {
    let waiting = this.#asked.get(name)
    if (waiting === undefined) {
      const asked = new Set<(answer: Answer) => void>()
      waiting = asked
      this.#asked.set(name, asked)
      queryAddresses(this.#dns(), name, ({ answer, ttl }) => {
        this.#asked.delete(name)
        if (ttl > 0) this.#remember(name, answer, ttl)
        for (const tell of asked) tell(answer)
      })
    }
    waiting.add(done)
    return () => void waiting.delete(done)
  }

  #remember(name: string, answer: Answer, ttl: number): void {
    this.#known.delete(name)
    if (this.#known.size >= maxNames) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(name, { answer, until: performance.now() + Math.min(ttl, maxTtl) * 1000 })
  }
}
