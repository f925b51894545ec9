/**
 * A network namespace with two ways out, for workers that lose one of them: to the database, which stays, and to what is
 * watched, which a test takes away. Needs root and iproute2, for the silent way iptables.
 */
import { Effect, type Scope } from "effect"
import { execFileSync } from "node:child_process"
import { type AddressInfo, connect, createServer, type Server } from "node:net"

/** Of 10.214.0.0/16 and 10.215.0.0/16, a subnet per process, so that two runs do not meet. */
const subnet = 1 + (process.pid % 254)
const name = `vw${process.pid}`

const ip = (line: string): void => void execFileSync("ip", line.split(" "), { stdio: ["ignore", "ignore", "pipe"] })
const within = (line: string): void => ip(`netns exec ${name} ${line}`)

/** Of 11.0.0.0/8, which nobody routes here. */
const afar = (host: number): string => `11.${host}.${subnet}.1`

export interface Namespace {
  /** What a command must begin with to run there. */
  readonly prefix: ReadonlyArray<string>
  /** Of this machine, on the way that is taken away. */
  readonly outside: (host: number) => string
  readonly range: string
  /** The same way, by an address as the internet has them: each host is a network of its own. From 1. */
  readonly afar: (host: number) => string
  /** Of the namespace, on the way that stays. */
  readonly address: string
  /** The same URL by the way that stays, through a relay. */
  readonly reaching: (url: URL) => Effect.Effect<URL, never, Scope.Scope>
  /** Nothing leads there any more: connections fail at once. */
  readonly takeRoute: Effect.Effect<void>
  readonly giveRoute: Effect.Effect<void>
  /** Answers are lost: connections wait for nothing. */
  readonly mute: Effect.Effect<void>
  readonly unmute: Effect.Effect<void>
}

/** `hosts` addresses outside, and as many as `farHosts` afar. */
export const namespace = (hosts: number, farHosts = 0) =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(
      Effect.sync(() => ip(`netns add ${name}`)),
      () => Effect.sync(() => ip(`netns del ${name}`))
    )
    const ways = { stays: `10.214.${subnet}`, goes: `10.215.${subnet}` }
    // Deleted by name: with the namespace they would go at some time later, and their names with them.
    for (const [outer, inner] of [
      [`${name}s`, "stays"],
      [`${name}g`, "goes"]
    ]) {
      yield* Effect.acquireRelease(
        Effect.sync(() => ip(`link add ${outer} type veth peer name ${inner} netns ${name}`)),
        () => Effect.sync(() => ip(`link del ${outer}`))
      )
    }
    ip(`address add ${ways.stays}.1/24 dev ${name}s`)
    for (let host = 1; host <= hosts; host++) ip(`address add ${ways.goes}.${host}/24 dev ${name}g`)
    for (let host = 1; host <= farHosts; host++) ip(`address add ${afar(host)}/32 dev ${name}g`)
    ip(`link set ${name}s up`)
    ip(`link set ${name}g up`)
    within("ip link set lo up")
    within(`ip address add ${ways.stays}.250/24 dev stays`)
    within(`ip address add ${ways.goes}.250/24 dev goes`)
    within("ip link set stays up")
    within("ip link set goes up")
    if (farHosts > 0) within("ip route add 11.0.0.0/8 dev goes")

    const relay = (url: URL) =>
      Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const server = createServer((socket) => {
            const other = connect(Number(url.port), url.hostname)
            socket.pipe(other).pipe(socket)
            for (const end of [socket, other]) end.on("error", () => (socket.destroy(), other.destroy()))
          })
          server.listen(0, `${ways.stays}.1`, () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => void server.close())
      ).pipe(
        Effect.map((server) => {
          const there = new URL(url)
          there.host = `${ways.stays}.1:${(server.address() as AddressInfo).port}`
          return there
        })
      )
    const rule = (verb: string) => Effect.sync(() => within(`iptables ${verb} INPUT -i goes -j DROP`))
    return {
      prefix: ["ip", "netns", "exec", name],
      outside: (host: number) => `${ways.goes}.${host}`,
      range: `${ways.goes}.0/24`,
      afar,
      address: `${ways.stays}.250`,
      reaching: relay,
      takeRoute: Effect.sync(() => within(`ip route del ${ways.goes}.0/24`)),
      giveRoute: Effect.sync(() => within(`ip route add ${ways.goes}.0/24 dev goes`)),
      mute: rule("-A"),
      unmute: rule("-D")
    } satisfies Namespace
  })
