import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AddressRace, interleave } from "./AddressRace.ts"
import { tcpServer, type LocalServer } from "./testing/LocalServer.ts"

interface Outcome {
  readonly won: string | undefined
  readonly code: string | undefined
  readonly dialled: ReadonlyArray<string>
  readonly sockets: ReadonlyArray<net.Socket>
  readonly ms: number
}

/** "silent" never answers, "closed" refuses, anything else reaches the server. */
const race = ({ port }: LocalServer, addresses: ReadonlyArray<string>) =>
  Effect.callback<Outcome>((resume) => {
    const started = performance.now()
    const dialled: Array<string> = []
    const sockets: Array<net.Socket> = []
    const end = (won?: string, code?: string) =>
      resume(Effect.succeed({ won, code, dialled, sockets, ms: performance.now() - started }))
    const race = new AddressRace(addresses, (address) => {
      const socket =
        address === "silent" ? new net.Socket() : net.connect(address.startsWith("closed") ? 1 : port, "127.0.0.1")
      const connection = { close: () => void socket.destroy() }
      dialled.push(address)
      sockets.push(socket)
      socket.once("connect", () => {
        race.win(connection)
        connection.close()
        end(address)
      })
      socket.on("error", (error: NodeJS.ErrnoException) => {
        const failure = race.lose(connection, error)
        if (failure !== undefined) end(undefined, failure.code)
      })
      return connection
    })
    race.advance()
    return Effect.sync(() => race.stop())
  })

const server = tcpServer((socket) => socket.resume())

describe("raceAddresses", () => {
  it.live("takes the first address when it answers, and tries no other", () =>
    Effect.gen(function* () {
      const target = yield* server
      const { dialled, won } = yield* race(target, ["a", "b"])
      assert.strictEqual(won, "a")
      assert.deepStrictEqual(dialled, ["a"])
      yield* Effect.sleep(300)
      assert.deepStrictEqual(dialled, ["a"])
      assert.strictEqual(target.hits(), 1)
    })
  )

  it.live("goes on at once when an address fails", () =>
    Effect.gen(function* () {
      const closed = Array.from({ length: 5 }, (_, index) => `closed${index}`)
      const { ms, won } = yield* race(yield* server, [...closed, "a"])
      assert.strictEqual(won, "a")
      // Waiting for each would take 1.25 s.
      assert.isBelow(ms, 1_200)
    })
  )

  it.live("tries the next address after 250 ms, and drops the one that is slow", () =>
    Effect.gen(function* () {
      const { dialled, ms, sockets, won } = yield* race(yield* server, ["silent", "a", "b"])
      assert.strictEqual(won, "a")
      assert.deepStrictEqual(dialled, ["silent", "a"])
      assert.isAtLeast(ms, 240)
      assert.isBelow(ms, 1_000)
      assert.isTrue(sockets.every((socket) => socket.destroyed))
    })
  )

  it.live("tells the most telling failure when nothing answers", () =>
    Effect.gen(function* () {
      const { code, won } = yield* race(yield* server, ["closed1", "closed2"])
      assert.isUndefined(won)
      assert.strictEqual(code, "ECONNREFUSED")
    })
  )

  it.live("tries six addresses at most", () =>
    Effect.gen(function* () {
      const { dialled, won } = yield* race(
        yield* server,
        [1, 2, 3, 4, 5, 6].map((index) => `closed${index}`).concat("a")
      )
      assert.isUndefined(won)
      assert.strictEqual(dialled.length, 6)
    })
  )

  it.live("ends with its connections when it is stopped", () =>
    Effect.gen(function* () {
      const open = new Set<string>()
      const race = new AddressRace(["a", "b"], (address) => {
        open.add(address)
        return { close: () => void open.delete(address) }
      })
      race.advance()
      race.stop()
      yield* Effect.sleep(300)
      assert.strictEqual(open.size, 0)
    })
  )
})

describe("interleave", () => {
  it("alternates the families, the preferred one first", () => {
    const addresses = ["1.1.1.1", "1.1.1.2", "1.1.1.3", "2606::1", "2606::2"]
    assert.deepStrictEqual(interleave(addresses, true), ["2606::1", "1.1.1.1", "2606::2", "1.1.1.2", "1.1.1.3"])
    assert.deepStrictEqual(interleave(addresses, false), ["1.1.1.1", "2606::1", "1.1.1.2", "2606::2", "1.1.1.3"])
    assert.deepStrictEqual(interleave(["1.1.1.1"], true), ["1.1.1.1"])
    assert.deepStrictEqual(interleave([], true), [])
  })
})
