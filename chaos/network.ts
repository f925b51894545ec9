/**
 * A network of our own: each worker in a namespace with an address, joined by a bridge, so that packets between any two
 * can be dropped or refused without either being told. Needs root, iproute2 and iptables.
 */
import { spawnSync } from "node:child_process"

/** Of 10.213.0.0/16, a subnet per process, so that two runs do not meet. */
const subnet = 1 + (process.pid % 254)
const bridge = `vi${process.pid}`
const addressOf = (host: number): string => `10.213.${subnet}.${host}`

/** Without a word, as when a switch fails; or with a reset, as when a firewall forgets. */
export type Cut = "silent" | "reset"

export interface Place {
  /** Where the process is reached by its neighbours. */
  readonly address: string
  /** What a command must begin with to run there. */
  readonly prefix: ReadonlyArray<string>
  /** Nothing comes from or gets to these addresses any more. */
  readonly cut: (addresses: ReadonlyArray<string>, how: Cut) => void
  readonly heal: () => void
}

export interface Network {
  readonly databaseAddress: string
  readonly targetAddress: string
  readonly place: (name: string) => Place
}

const attempt = (...words: ReadonlyArray<string>): string | undefined => {
  const [command = "", ...rest] = words
  const { error, status, stderr } = spawnSync(command, rest, { encoding: "utf8" })
  return status === 0 ? undefined : (error?.message ?? stderr)
}

const must = (line: string): void => {
  const trouble = attempt(...line.split(" "))
  if (trouble !== undefined) throw new Error(`${line}: ${trouble}`)
}

/** The reason in words where this machine cannot do it. */
export const openNetwork = (): Network | string => {
  const trouble = attempt("iptables", "-S") ?? attempt("ip", "link", "add", bridge, "type", "bridge")
  if (trouble !== undefined) return `no network namespaces here (root, iproute2, iptables): ${trouble.trim()}`
  const names: Array<string> = []
  process.on("exit", () => {
    for (const name of names) attempt("ip", "netns", "del", name)
    attempt("ip", "link", "del", bridge)
  })
  const [databaseAddress, targetAddress] = [addressOf(1), addressOf(2)]
  for (const address of [databaseAddress, targetAddress]) must(`ip address add ${address}/24 dev ${bridge}`)
  must(`ip link set ${bridge} up`)

  const place = (name: string): Place => {
    const namespace = `${bridge}-${name}`
    const ends = [`${bridge}h${names.length}`, `${bridge}n${names.length}`]
    const address = addressOf(11 + names.length)
    must(`ip netns add ${namespace}`)
    names.push(namespace)
    must(`ip link add ${ends[0]} type veth peer name ${ends[1]} netns ${namespace}`)
    must(`ip link set ${ends[0]} master ${bridge} up`)
    const prefix = ["ip", "netns", "exec", namespace]
    const within = (line: string): void => must(`${prefix.join(" ")} ${line}`)
    within("ip link set lo up")
    within(`ip address add ${address}/24 dev ${ends[1]}`)
    within(`ip link set ${ends[1]} up`)
    return {
      address,
      prefix,
      cut: (addresses, how) => {
        const refuse = how === "silent" ? "DROP" : "REJECT --reject-with tcp-reset"
        for (const other of addresses) {
          // A reset must get out itself.
          if (how === "reset") within(`iptables -A OUTPUT -d ${other} -p tcp --tcp-flags RST RST -j ACCEPT`)
          within(`iptables -A OUTPUT -d ${other} -p tcp -j ${refuse}`)
          within(`iptables -A INPUT -s ${other} -p tcp -j ${refuse}`)
        }
      },
      heal: () => within("iptables -F")
    }
  }
  return { databaseAddress, targetAddress, place }
}
