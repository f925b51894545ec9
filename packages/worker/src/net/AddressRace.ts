/**
 * Connects to the first of several addresses that answers, as RFC 8305 has it: the next one is tried when one fails or
 * has not answered for a while, and the first connection wins.
 */
import { isIPv6 } from "node:net"
import { after } from "./Timer.ts"

/** Connection Attempt Delay, milliseconds: RFC 8305 section 5 recommends 250. */
const attemptDelayMs = 250
/** A name may have thousands of addresses; a check tries so many. */
const maxAttempts = 6

export class AddressRace<C extends { readonly close: () => void }> {
  readonly #addresses: ReadonlyArray<string>
  readonly #open: (address: string) => C | undefined
  #racing: Array<C> = []
  #next = 0
  #clearTimer: (() => void) | undefined
  #failure: NodeJS.ErrnoException | undefined

  /**
   * `open` begins a connection, whose fate `win` or `lose` is to be told of; undefined passes the address over, which
   * must not happen to the first.
   */
  constructor(addresses: ReadonlyArray<string>, open: (address: string) => C | undefined) {
    this.#addresses = addresses.slice(0, maxAttempts)
    this.#open = open
  }

  /** Tries the next address. */
  advance(): void {
    this.#clearTimer?.()
    let connection: C | undefined
    while (connection === undefined && this.#next < this.#addresses.length) {
      connection = this.#open(this.#addresses[this.#next++]!)
    }
    if (connection !== undefined) this.#racing.push(connection)
    if (this.#next < this.#addresses.length) this.#clearTimer = after(attemptDelayMs, () => this.advance())
  }

  /** The connection answered: ends all others. */
  win(winner: C): void {
    this.#racing = this.#racing.filter((connection) => connection !== winner)
    this.stop()
  }

  /** The connection failed. Once no other is left: the most telling error of all. */
  lose(loser: C, error: NodeJS.ErrnoException): NodeJS.ErrnoException | undefined {
    this.#racing = this.#racing.filter((connection) => connection !== loser)
    loser.close()
    if (this.#failure?.code !== "ECONNREFUSED") this.#failure = error
    if (this.#next < this.#addresses.length) this.advance()
    return this.#racing.length === 0 ? this.#failure : undefined
  }

  stop(): void {
    this.#clearTimer?.()
    this.#next = this.#addresses.length
    for (const connection of this.#racing) connection.close()
    this.#racing = []
  }
}

/** Alternates the families, as RFC 8305 section 4 has it, the preferred one first. */
export const interleave = (addresses: ReadonlyArray<string>, prefersIpv6: boolean): ReadonlyArray<string> => {
  if (addresses.length < 2) return addresses
  const preferred = addresses.filter((address) => isIPv6(address) === prefersIpv6)
  const others = addresses.filter((address) => isIPv6(address) !== prefersIpv6)
  const order: Array<string> = []
  for (let index = 0; index < Math.max(preferred.length, others.length); index++) {
    order.push(...preferred.slice(index, index + 1), ...others.slice(index, index + 1))
  }
  return order
}
