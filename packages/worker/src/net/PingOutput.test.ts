import { assert, describe, it } from "@effect/vitest"
import { fpingEcho, isNotPermitted, pingRoundTripUs } from "./PingOutput.ts"

describe("fping", () => {
  it.each([
    ["127.0.0.1   : [0], 64 bytes, 0.021 ms (0.021 avg, 0% loss)", "127.0.0.1", 21],
    ["::1       : [2], 84 bytes, 0.16 ms (0.05 avg, 0% loss)", "::1", 160],
    ["2001:db8::1 : [10], 64 bytes, 1234 ms (1234 avg, 0% loss)", "2001:db8::1", 1_234_000],
    ["192.0.2.1 : [0], timed out (NaN avg, 100% loss)", "192.0.2.1", undefined],
    ["192.0.2.1 : [1], timed out (12.3 avg, 50% loss)", "192.0.2.1", undefined]
  ])("%s", (line, address, roundTripUs) => assert.deepStrictEqual(fpingEcho(line), { address, roundTripUs }))

  it.each([
    "",
    "127.0.0.1 : 0.037 0.017 0.015",
    "127.0.0.1 : duplicate for [0], 64 bytes, 0.05 ms",
    "ICMP Host Unreachable from 192.0.2.254 for ICMP Echo sent to 192.0.2.1",
    "fping: can't create socket (must run as root?)",
    "127.0.0.1 : [0], 64 bytes, NaN ms"
  ])("%j says nothing of a packet", (line) => assert.isUndefined(fpingEcho(line)))
})

describe("ping", () => {
  it.each([
    ["64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.037 ms", 37],
    ["64 bytes from ::1: icmp_seq=3 ttl=64 time=12.5 ms", 12_500],
    ["64 bytes from 192.0.2.1: seq=0 ttl=64 time=0.050 ms", 50],
    ["1480 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=103 ms", 103_000]
  ])("%s", (line, us) => assert.strictEqual(pingRoundTripUs(line), us))

  it.each([
    "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.",
    "From 192.0.2.254 icmp_seq=1 Destination Host Unreachable",
    "64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.05 ms (DUP!)",
    "rtt min/avg/max/mdev = 0.037/0.037/0.037/0.000 ms",
    "3 packets transmitted, 3 received, 0% packet loss, time 402ms"
  ])("%j says nothing of a packet", (line) => assert.isUndefined(pingRoundTripUs(line)))
})

it.each([
  "fping: can't create socket (must run as root?)",
  "ping: socktype: SOCK_RAW\nping: socket: Operation not permitted",
  "ping: permission denied (are you root?)"
])("%j: not permitted", (words) => assert.isTrue(isNotPermitted(words)))

it.each(["192.0.2.1: error while sending ping: Operation not permitted", "ping: sendmsg: Operation not permitted"])(
  "%j is about one target",
  (words) => assert.isFalse(isNotPermitted(words))
)
