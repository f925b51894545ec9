/** Checks of the real dialer against real servers on loopback, beside witnesses that are closed and opened again. */
import { assert, describe, it } from "@effect/vitest"
import type { CheckOutcome } from "@v-insight/domain/model/CheckOutcome"
import { Deferred, Effect, Exit, Fiber, Layer, Logger, Scope } from "effect"
import { freePort } from "../testing/freePort.ts"
import { Checker } from "../Checker.ts"
import { Connectivity } from "./Connectivity.ts"
import { dnsServer } from "../net/testing/DnsServer.ts"
import { httpServer, tcpServer } from "../net/testing/LocalServer.ts"
import { checkServices, testDialer, testEnvironment } from "../net/testing/TestDialer.ts"
import { NetEnvironment } from "../net/NetEnvironment.ts"
import { OwnResolver } from "../net/OwnResolver.ts"
import { OperatorAlerts } from "../operator/OperatorAlerts.ts"
import { fromRow, type MonitorRow } from "../buckets/ScheduledMonitor.ts"
import type { WitnessSettings } from "./Witnesses.ts"

const row: MonitorRow = {
  tenantId: "t",
  id: "m",
  type: "http",
  settings: { url: "http://example.org/" },
  intervalSeconds: 60,
  timeoutSeconds: 0.4,
  confirmations: 0,
  recoveryChecks: 1,
  inverted: false,
  degradedAfterMs: null,
  tags: [],
  isFirstRegion: true,
  isActive: true,
  isRemoved: false,
  isShared: false,
  version: 1,
  lastSlotMs: 0,
  status: "up",
  sinceMs: 0,
  failures: 0,
  successes: 0,
  isIncidentOpen: false,
  checkedAtMs: null,
  goodAtMs: null,
  goodTraits: null,
  remembered: null
}

const host = "127.0.0.1"

/** A server on a port of its own that can be closed and opened again, with all its connections. */
const switchable = Effect.gen(function* () {
  const port = yield* freePort(host)
  const outer = yield* Effect.scope
  let inner: Scope.Closeable | undefined
  const open = Effect.gen(function* () {
    inner = yield* Scope.fork(outer)
    yield* Scope.provide(
      tcpServer((socket) => void socket.destroy(), host, port),
      inner
    )
  })
  const close = Effect.suspend(() => Scope.close(inner!, Exit.void))
  yield* open
  return { port, open, close }
})

interface Setting {
  readonly witnesses: ReadonlyArray<number>
  readonly needed?: number
  /** Of DNS. */
  readonly servers?: ReadonlyArray<string>
}

/** Everything as the worker has it, but for the database. */
const here = ({ needed = 1, servers, witnesses }: Setting, log: Array<string> = []) => {
  const settings: WitnessSettings = { kind: "named", doors: witnesses.map((port) => ({ host, port })) }
  const resolver = OwnResolver.make(servers === undefined ? {} : { servers, hostsPath: "/nonexistent" })
  const environment = testEnvironment(["127.0.0.0/8"], resolver.resolve)
  const logger = Logger.map(Logger.formatJson, (line) => void log.push(line))
  return Checker.layer.pipe(
    Layer.provide(checkServices(testDialer(["127.0.0.0/8"], resolver.resolve), environment)),
    Layer.provideMerge(Connectivity.layerOf(settings, needed)),
    Layer.provideMerge(OperatorAlerts.layer("default")),
    Layer.provide([
      Layer.succeed(NetEnvironment, environment),
      Layer.succeed(OwnResolver, resolver),
      Logger.layer([logger])
    ])
  )
}

/** Repeated when this machine was so busy that the check is not judged by what is looked at here. */
const check = (changes: Partial<MonitorRow>): Effect.Effect<CheckOutcome, never, Checker> =>
  unlessStalled(checkOnce(changes))

const checkOnce = Effect.fnUntraced(function* (changes: Partial<MonitorRow>) {
  const monitor = yield* fromRow({ ...row, ...changes })
  return (yield* (yield* Checker).run(monitor, { isWatched: false })).outcome
})

const unlessStalled = <R>(outcome: Effect.Effect<CheckOutcome, never, R>): Effect.Effect<CheckOutcome, never, R> =>
  Effect.repeat(outcome, { while: ({ error }) => error?.code === "worker_stalled", times: 10 })

const codeOf = ({ error, status }: CheckOutcome): string => (error === null ? status : `${status} ${error.code}`)

/** Takes connections and never says a word. */
const silent = Effect.map(
  tcpServer(() => {}),
  ({ port }) => ({ settings: { url: `http://${host}:${port}/` } })
)

describe("R13: a check that fails while our network is away", () => {
  it.live("is unknown, from the first one on, and down again when the network is back", () =>
    Effect.gen(function* () {
      const witness = yield* switchable
      const target = yield* silent
      yield* Effect.gen(function* () {
        assert.strictEqual(codeOf(yield* check(target)), "down timeout_first_byte", "the witness answers")
        yield* witness.close
        // Nobody has looked since: the check itself must wait for somebody who does.
        assert.strictEqual(codeOf(yield* check(target)), "unknown own_network_gone")
        assert.strictEqual((yield* Connectivity).state().network, "gone")
        yield* witness.open
        yield* Effect.sleep("2500 millis")
        assert.strictEqual((yield* Connectivity).state().network, "up", "it is looked for by itself")
        assert.strictEqual(codeOf(yield* check(target)), "down timeout_first_byte")
      }).pipe(Effect.provide(here({ witnesses: [witness.port] })))
    }).pipe(Effect.scoped)
  )

  it.live("is unknown as well when the network is back before anybody has judged it", () =>
    Effect.gen(function* () {
      const witness = yield* switchable
      const target = yield* silent
      yield* Effect.gen(function* () {
        const outcome = yield* Effect.gen(function* () {
          yield* check(target)
          yield* witness.close
          // Keeps somebody looking.
          yield* check(target)
          const long = yield* Effect.forkChild(checkOnce({ ...target, timeoutSeconds: 4 }))
          yield* Effect.sleep("1500 millis")
          yield* witness.open
          return yield* Fiber.join(long)
        }).pipe(unlessStalled)
        assert.strictEqual(codeOf(outcome), "unknown own_network_gone")
      }).pipe(Effect.provide(here({ witnesses: [witness.port] })))
    }).pipe(Effect.scoped)
  )

  it.live("makes no inverted monitor good", () =>
    Effect.gen(function* () {
      const witness = yield* switchable
      const target = yield* silent
      yield* Effect.gen(function* () {
        assert.strictEqual(codeOf(yield* check({ ...target, inverted: true })), "up")
        yield* witness.close
        // What was seen a moment ago is good enough for what opens nothing; the check that comes later is not fooled.
        yield* check(target)
        assert.strictEqual(codeOf(yield* check({ ...target, inverted: true })), "unknown own_network_gone")
      }).pipe(Effect.provide(here({ witnesses: [witness.port] })))
    }).pipe(Effect.scoped)
  )

  it.live("is down when as many witnesses answer as must", () =>
    Effect.gen(function* () {
      const [first, second, third] = [yield* switchable, yield* switchable, yield* switchable]
      const target = yield* silent
      yield* first.close
      const witnesses = [first.port, second.port, third.port]
      yield* Effect.gen(function* () {
        assert.strictEqual(codeOf(yield* check(target)), "down timeout_first_byte", "two of three")
        yield* second.close
        assert.strictEqual(codeOf(yield* check(target)), "unknown own_network_gone", "one of three")
      }).pipe(Effect.provide(here({ witnesses, needed: 2 })))
      assert.strictEqual(
        codeOf(yield* Effect.provide(check(target), here({ witnesses }))),
        "down timeout_first_byte",
        "one is enough"
      )
    }).pipe(Effect.scoped)
  )

  it.live("is down when the target itself said so", () =>
    Effect.gen(function* () {
      const ill = yield* httpServer((_, response) => response.writeHead(500).end())
      const outcome = yield* Effect.provide(
        check({ settings: { url: `http://${host}:${ill.port}/` } }),
        here({ witnesses: [yield* freePort(host)] })
      )
      assert.strictEqual(codeOf(outcome), "down unexpected_status")
    }).pipe(Effect.scoped)
  )

  it.live("is down when witnesses are dead and other targets answer", () =>
    Effect.gen(function* () {
      const well = yield* httpServer((_, response) => response.end())
      const target = yield* silent
      yield* Effect.gen(function* () {
        const others = yield* check({ settings: { url: `http://${host}:${well.port}/` } }).pipe(
          Effect.delay("20 millis"),
          Effect.forever,
          Effect.forkChild
        )
        assert.strictEqual(codeOf(yield* check(target)), "down timeout_first_byte")
        yield* Fiber.interrupt(others)
      }).pipe(Effect.provide(here({ witnesses: [yield* freePort(host)] })))
    }).pipe(Effect.scoped)
  )

  it.live("opens at most one connection a second to a witness, however many fail", () =>
    Effect.gen(function* () {
      let knocks = 0
      const witness = yield* tcpServer((socket) => {
        knocks++
        socket.destroy()
      })
      const target = yield* silent
      const began = performance.now()
      yield* Effect.forEach(
        Array.from({ length: 60 }, (_, index) => index),
        (index) => Effect.delay(check(target), `${index * 50} millis`),
        { concurrency: "unbounded", discard: true }
      ).pipe(Effect.provide(here({ witnesses: [witness.port] })))
      assert.isAtMost(knocks, (performance.now() - began) / 1000 + 1)
      assert.isAtLeast(knocks, 2)
    }).pipe(Effect.scoped)
  )

  it.live("tells the operator once, after some seconds, and once more when it is over", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const witness = yield* switchable
      const target = yield* silent
      yield* Effect.gen(function* () {
        yield* witness.close
        yield* Effect.replicateEffect(check(target), 5, { concurrency: 5, discard: true })
        assert.deepStrictEqual((yield* OperatorAlerts).current(), [], "a blip is none")
        yield* Effect.sleep("6 seconds")
        assert.deepStrictEqual(
          (yield* OperatorAlerts).current().map(({ key }) => key),
          ["network_gone"]
        )
        yield* witness.open
        yield* Effect.sleep("2500 millis")
        assert.deepStrictEqual((yield* OperatorAlerts).current(), [])
      }).pipe(Effect.provide(here({ witnesses: [witness.port] }, log)))
      const told = log.map((line) => JSON.parse(line)).filter(({ annotations }) => annotations?.alert !== undefined)
      assert.deepStrictEqual(
        told.map(({ annotations, level }) => `${level} ${annotations.alert}`),
        ["ERROR network_gone", "WARN network_gone"]
      )
    }).pipe(Effect.scoped)
  )
})

describe("R13: a name that is not resolved", () => {
  const named = { settings: { url: "http://www.target.test/" }, timeoutSeconds: 1 }

  it.live("is unknown while our own resolver answers nobody", () =>
    Effect.gen(function* () {
      const witness = yield* switchable
      const { servers } = yield* dnsServer(() => undefined)
      yield* Effect.gen(function* () {
        assert.strictEqual(codeOf(yield* check(named)), "unknown own_resolver_unreachable")
        assert.deepStrictEqual((yield* Connectivity).state(), { network: "up", resolver: "silent" })
      }).pipe(Effect.provide(here({ witnesses: [witness.port], servers })))
    }).pipe(Effect.scoped)
  )

  it.live("is down while it answers for others", () =>
    Effect.gen(function* () {
      const { servers } = yield* dnsServer((name) => (name === "www.target.test" ? undefined : { code: "REFUSED" }))
      yield* Effect.gen(function* () {
        assert.strictEqual(codeOf(yield* check(named)), "down timeout_dns")
        assert.strictEqual((yield* Connectivity).state().resolver, "up")
      }).pipe(Effect.provide(here({ witnesses: [], servers })))
    }).pipe(Effect.scoped)
  )
})

it.live("a check that is interrupted while it waits for witnesses leaves the others their answer", () =>
  Effect.gen(function* () {
    const witness = yield* switchable
    const target = yield* silent
    yield* witness.close
    yield* Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const one = yield* Effect.forkChild(Effect.andThen(Deferred.succeed(begun, undefined), check(target)))
      const other = yield* Effect.forkChild(check(target))
      yield* Deferred.await(begun)
      yield* Effect.sleep("410 millis")
      yield* Fiber.interrupt(one)
      assert.strictEqual(codeOf(yield* Fiber.join(other)), "unknown own_network_gone")
    }).pipe(Effect.provide(here({ witnesses: [witness.port] })))
  }).pipe(Effect.scoped)
)
