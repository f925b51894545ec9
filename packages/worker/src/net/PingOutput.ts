/** What programs that send echo requests write, line by line. */

export interface Echo {
  /** As the program was given it. */
  readonly address: string
  /** Whole microseconds; undefined: it did not come back in time. */
  readonly roundTripUs: number | undefined
}

/** fping -C: `192.0.2.1 : [0], 64 bytes, 0.037 ms (0.037 avg, 0% loss)` or `192.0.2.1 : [0], timed out (...)`. */
export const fpingEcho = (line: string): Echo | undefined => {
  const found = /^(\S+)\s*: \[\d+\], (?:\d+ bytes, (\d+(?:\.\d+)?) ms|(timed out))/.exec(line)
  if (found === null) return undefined
  const [, address, ms] = found
  return { address: address!, roundTripUs: ms === undefined ? undefined : microseconds(ms) }
}

/** ping of iputils and BusyBox: `64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.037 ms`; what is lost is not told. */
export const pingRoundTripUs = (line: string): number | undefined => {
  const found = /^\d+ bytes from .*[: ](?:icmp_)?seq=\d+ .*time=(\d+(?:\.\d+)?) ms(?! .*DUP)/.exec(line)
  return found === null ? undefined : microseconds(found[1]!)
}

const microseconds = (ms: string): number => Math.round(Number(ms) * 1000)

/**
 * What a program says when it may not open a socket for ICMP. That it may not send to one target, because a firewall
 * here forbids it, says nothing of others.
 */
export const isNotPermitted = (words: string): boolean => words.split("\n").some((line) => forbidden.test(line))

const forbidden =
  /^(?!.*\bsend).*(?:operation not permitted|permission denied|must run as root|can't create (?:raw )?socket|lacking privilege)/i
