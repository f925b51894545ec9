/**
 * Connects to the first of several addresses that answers, as RFC 8305 has it: the next one is tried when one fails or
 * has not answered for a while, and the first connection wins.
 */
import { isIPv6, type Socket } from "node:net"
import { after } from "./Timer.ts"

/** Connection Attempt Delay, milliseconds: RFC 8305 section 5 recommends 250. */
const attemptDelayMs = 250
/** A name may have thousands of addresses; a check tries so many. */
const maxAttempts = 6

export interface RaceEvents<S extends Socket> {
  readonly dialled: (address: string) => void
  readonly won: (socket: S, address: string) => void
  /** No address answered; the error is the most telling one. */
  readonly lost: (error: NodeJS.ErrnoException) => void
}

/** `open` begins a connection. Returns what ends the race and every connection in it. */
export const raceAddresses = <S extends Socket>(
  addresses: ReadonlyArray<string>,
  open: (address: string) => S,
  events: RaceEvents<S>
): (() => void) => {
  const racing = new Set<S>()
  const count = Math.min(addresses.length, maxAttempts)
  let next = 0
  let clearTimer: (() => void) | undefined
  let failure: NodeJS.ErrnoException | undefined

  const stop = (): void => {
    clearTimer?.()
    next = count
    for (const socket of racing) socket.destroy()
    racing.clear()
  }
  const start = (): void => {
    clearTimer?.()
    const address = addresses[next++]!
    const socket = open(address)
    racing.add(socket)
    events.dialled(address)
    socket.once("connect", () => {
      if (!racing.delete(socket)) return
      stop()
      events.won(socket, address)
    })
    // Stays for good: sockets that lost may still complain.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (!racing.delete(socket)) return
      if (failure?.code !== "ECONNREFUSED") failure = error
      if (next < count) start()
      else if (racing.size === 0) events.lost(failure ?? error)
    })
    if (next < count) clearTimer = after(attemptDelayMs, start)
  }

  start()
  return stop
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
